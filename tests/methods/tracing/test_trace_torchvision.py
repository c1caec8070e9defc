"""Torchvision's classifiers, traced: they compute the same after every group is shuffled.

Each test says which axes may stay, so that pinning more than that fails as well.
"""

import warnings
from dataclasses import dataclass

import alive
import pytest
import torch
import torchvision.models
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace

pytestmark = pytest.mark.slow

SIDE = 64


@dataclass(frozen=True)
class Known:
    """What is known of a network: its groups, its input and output layers."""

    groups: int
    first: str
    last: str


NETWORKS = {
    # A residual stream for each of 4 stages, the stem in the first; 8 blocks inside.
    "resnet18": Known(4 + 8, "conv1", "fc"),
    # The stem is a group of its own; two groups inside each of 16 blocks.
    "resnet50": Known(1 + 4 + 2 * 16, "conv1", "fc"),
    # Inside each block: groups x channels before and after the grouped convolution.
    "resnext50_32x4d": Known(1 + 4 + 3 * 16, "conv1", "fc"),
    "vgg11_bn": Known(8 + 2, "features.0", "classifier.6"),
    "alexnet": Known(5 + 2, "features.0", "classifier.6"),
    # Stem, 7 streams, 16 expansions, the last convolution.
    "mobilenet_v2": Known(1 + 7 + 16 + 1, "features.0.0", "classifier.1"),
    # Stem, 7 streams, 15 expansions, 16 squeezes, the last convolution.
    "efficientnet_b0": Known(1 + 7 + 15 + 16 + 1, "features.0.0", "classifier.1"),
    # A stream for each of 4 stages, 18 hidden layers.
    "convnext_tiny": Known(4 + 18, "features.0.0", "classifier.2"),
    # Stem, 58 layers of bottleneck and growth, 3 transitions.
    "densenet121": Known(1 + 2 * 58 + 3, "features.conv0", "classifier"),
    # The stream; heads, query and value channels, and hidden units of 12 layers.
    "vit_b_16": Known(1 + 4 * 12, "conv_proj", "heads.head"),
}


def built(name: str) -> tuple[nn.Module, Tensor, Symmetry]:
    """A network, images for it, its symmetry; without the slow random initialisation."""
    size = {"image_size": SIDE} if name.startswith("vit") else {}
    with torch.device("meta"):
        module = getattr(torchvision.models, name)(weights=None, **size)
    module = module.to_empty(device="cpu")
    x = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an unknown operator would pin what should move
        symmetry = trace(module, x)
    return module, x.double(), symmetry


def assert_function_is_kept(module: nn.Module, x: Tensor, symmetry: Symmetry) -> None:
    params, maps = alive.draw(module, 1), alive.shuffles(symmetry, 2)
    expected = alive.output(module, params, x)
    assert alive.spread(expected) > 1e-3 * expected.abs().max()
    moved = symmetry.transport(params, maps)
    assert alive.deviation(expected, alive.output(module, moved, x)) < 1e-10

    # A group that moves everywhere but in one tensor must be noticed: the test can fail.
    group = list(symmetry.groups())[len(maps) // 2]
    spared = symmetry.occurrences(group)[0].name
    moved = symmetry.transport(params, {group: maps[group]}) | {spared: params[spared]}
    assert alive.deviation(expected, alive.output(module, moved, x)) > 1e-6


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_moves_but_inputs_outputs_and_kernels(name: str):
    known = NETWORKS[name]
    module, x, symmetry = built(name)
    shapes = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    assert {name: tuple(a.size for a in axes) for name, axes in symmetry.axes.items()} == shapes
    allowed = {(f"{known.first}.weight", 1), (f"{known.last}.weight", 0), (f"{known.last}.bias", 0)}
    allowed |= {(name, dim) for name, shape in shapes.items() for dim in (2, 3) if len(shape) == 4}
    if name == "vit_b_16":
        allowed.add(("encoder.pos_embedding", 1))
    still = {(name, dim) for name, dim in allowed if shapes[name][dim] > 1}
    assert set(alive.stays(symmetry)) == still
    assert len(symmetry.groups()) == known.groups
    assert_function_is_kept(module, x, symmetry)
    if name == "densenet121":
        (*_, axis) = symmetry.axes["features.denseblock1.denselayer6.conv1.weight"][:2]
        assert [f.size for segment in axis.segments for f in segment] == [64] + [32] * 5
        assert len(axis.groups) == 6


def test_shuffled_channels_move_but_for_single_ones():
    """A chunk of interleaved channels cuts groups in halves until a single unit is left."""
    module, x, symmetry = built("shufflenet_v2_x0_5")
    still = alive.stays(symmetry)
    assert all(
        still.get((name, 0), 0) <= 3 for name, axes in symmetry.axes.items() if len(axes) == 4
    )
    assert sum(symmetry.groups().values()) == 2938
    assert any(axis.order for axes in symmetry.axes.values() for axis in axes)
    assert_function_is_kept(module, x, symmetry)
