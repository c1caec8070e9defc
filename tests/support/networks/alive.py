"""Networks that are alive, and what it takes to compare them in float64.

A dead network (zero-initialised scales, statistics at their defaults, outputs that do not depend
on the input) passes an equivalence test with any symmetry, so everything is drawn at random.
"""

import torch
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Params, Symmetry
from basinbench.methods.symmetry.maps import Permutation

POSITIVE = ("running_var", "norm.weight", "layer_scale")


def draw(module: nn.Module, seed: int) -> Params:
    """Random float64 values for every parameter and buffer; tied tensors stay tied."""
    generator = torch.Generator().manual_seed(seed)
    drawn: dict[int, Tensor] = {}
    params: Params = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in drawn:
            drawn[id(tensor)] = _values(name, tensor, generator)
        params[name] = drawn[id(tensor)]
    return params


def _values(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().clone()
    # Of variance 1, and drawn four times as fast as normal ones: the largest have 10^8 weights.
    noise = torch.empty(tensor.shape, dtype=torch.float64)
    noise.uniform_(-(3**0.5), 3**0.5, generator=generator)
    if name.endswith("running_var") or (tensor.ndim == 1 and name.endswith("weight")):
        return 0.5 + noise.abs()  # variances and scales
    if tensor.ndim < 2 or 1 in tensor.shape[:2]:
        return 0.3 * noise  # biases, means, tokens, channel scales, depthwise kernels
    return noise.mul_((2 / tensor[0].numel()) ** 0.5)


def output(module: nn.Module, params: Params, x: Tensor) -> Tensor:
    """What `module` computes in evaluation mode with `params`."""
    module.eval()
    with torch.no_grad():
        return torch.func.functional_call(module, _untied(module, params), (x,))


def _untied(module: nn.Module, params: Params) -> Params:
    """`params` under one name for each tensor, as `functional_call` wants them."""
    own = dict(module.named_parameters()) | dict(module.named_buffers())
    return {name: value for name, value in params.items() if name in own}


def deviation(a: Tensor, b: Tensor) -> float:
    """The largest difference of two outputs, relative to how much `a` varies between inputs."""
    return float((a - b).abs().max() / spread(a))


def spread(a: Tensor) -> Tensor:
    """How much the outputs vary between inputs; positive in a network that is alive."""
    return (a - a.mean(0)).abs().max()


def shuffles(symmetry: Symmetry, seed: int) -> dict[str, Permutation]:
    """A random permutation of every group, none of them the identity."""
    generator = torch.Generator().manual_seed(seed)
    maps = {}
    for group, units in symmetry.groups().items():
        index = torch.randperm(units, generator=generator)
        maps[group] = Permutation(index.roll(1) if index.equal(torch.arange(units)) else index)
    return maps


def keeps_its_function(module: nn.Module, x: Tensor, symmetry: Symmetry) -> None:
    """Moves all groups at random, three times: the outputs vary, and stay what they were."""
    params = draw(module, 1)
    expected = output(module, params, x)
    assert spread(expected) > 1e-3 * expected.abs().max()
    for seed in range(3):
        moved = symmetry.transport(params, shuffles(symmetry, seed))
        assert deviation(expected, output(module, moved, x)) < 1e-10


def stays(symmetry: Symmetry) -> dict[tuple[str, int], int]:
    """(tensor, dimension) -> number of its positions that no group moves, where there are any."""
    counts = {}
    for name, axes in symmetry.axes.items():
        for dim, axis in enumerate(axes):
            still = 0
            for segment in axis.segments:
                size = 1
                for factor in segment:
                    size *= factor.size
                still += size if all(factor.group is None for factor in segment) else 0
            if still and axis.size > 1:
                counts[name, dim] = still
    return counts
