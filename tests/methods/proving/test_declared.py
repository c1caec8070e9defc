"""Specifications as they are published: read as they are, and proved on the module."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from basinbench import from_axes_to_perm, to_axes_to_perm
from basinbench.errors import UserError
from basinbench.methods.symmetry.permutation_spec import PermutationSpec

NET = nn.Sequential(
    nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 6), nn.ReLU(),
    nn.Linear(6, 3),
)  # fmt: skip
X = torch.randn(3, 2, 6, 6)
PUBLISHED = {
    "0.weight": ("P_conv", None, None, None),
    "0.bias": ("P_conv", None),
    "1.weight": ("P_conv", None),
    "1.bias": ("P_conv", None),
    "1.running_mean": ("P_conv", None),
    "1.running_var": ("P_conv", None),
    "1.num_batches_tracked": (None,),
    "4.weight": ("P_dense", "P_conv"),
    "4.bias": ("P_dense",),
    "6.weight": (None, "P_dense"),
    "6.bias": (None,),
}
"""With entries for dimensions that the tensors have not, as VGG's and C2M3's tables have them."""


def parameters() -> dict[str, Tensor]:
    return dict(NET.state_dict())


@pytest.mark.parametrize(
    "specification",
    [
        PUBLISHED,
        SimpleNamespace(axes_to_perm=PUBLISHED),
        SimpleNamespace(layer_and_axes_to_perm=PUBLISHED),
        PermutationSpec({}, PUBLISHED),  # type: ignore[arg-type]
    ],
    ids=["table", "Git Re-Basin", "C2M3", "ours"],
)
def test_published_tables_are_read_as_they_are(specification: object):
    for symmetry in (
        from_axes_to_perm(specification, parameters()),
        from_axes_to_perm(specification, NET, X),
    ):
        assert symmetry.groups() == {"P_conv": 4, "P_dense": 6}
        written = to_axes_to_perm(symmetry)
        assert written["0.bias"] == ("P_conv",)
        assert written["1.num_batches_tracked"] == ()


def test_the_names_of_c2m3_are_served():
    spec = PermutationSpec({"P": [("a", 0)]}, {"a": ("P",)})
    assert spec.perm_to_layers_and_axes is spec.perm_to_axes
    assert spec.layer_and_axes_to_perm is spec.axes_to_perm


def test_a_permutation_of_a_dimension_that_is_not_there_is_refused():
    with pytest.raises(UserError, match=r"gives '0\.bias' 2 dimensions, the network 1"):
        from_axes_to_perm(PUBLISHED | {"0.bias": (None, "P_conv")}, parameters())
    with pytest.raises(UserError, match=r"gives '1\.num_batches_tracked' 1 dimensions"):
        from_axes_to_perm(PUBLISHED | {"1.num_batches_tracked": ("P_conv",)}, parameters())


@pytest.mark.parametrize("name", [n for n, perms in PUBLISHED.items() if any(perms)])
def test_a_specification_that_forgets_a_tensor_is_refused_for_the_module(name: str):
    wrong = PUBLISHED | {name: (None,) * len(PUBLISHED[name])}
    assert from_axes_to_perm(wrong, parameters()).groups()
    with pytest.raises(UserError, match=r"no symmetry of the network: moving the units of 'P_"):
        from_axes_to_perm(wrong, NET, X)


def test_a_module_needs_an_example():
    with pytest.raises(UserError, match="needs an example"):
        from_axes_to_perm(PUBLISHED, NET)
    with pytest.raises(UserError, match="a specification is a dictionary"):
        from_axes_to_perm(["P"], parameters())
