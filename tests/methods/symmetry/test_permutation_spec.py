"""Symmetries written by hand: read, written, and held to the same law as traced ones."""

import alive
import pytest
import torch
from small_networks import traced
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Params, Symmetry
from basinbench.methods.symmetry.permutation_spec import declared_symmetry, to_axes_to_perm
from basinbench.methods.tracing.trace import trace

CONVNET = nn.Sequential(
    nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 6), nn.ReLU(),
    nn.Linear(6, 3),
)  # fmt: skip

SPEC = {
    "0.weight": ("P_conv", None, None, None),
    "0.bias": ("P_conv",),
    "1.weight": ("P_conv",),
    "1.bias": ("P_conv",),
    "1.running_mean": ("P_conv",),
    "1.running_var": ("P_conv",),
    "4.weight": ("P_dense", "P_conv"),
    "4.bias": ("P_dense",),
    "6.weight": (None, "P_dense"),
    "6.bias": (None,),
    "1.num_batches_tracked": (),
}

EXPRESSIBLE = [
    "mlp", "no bias", "linear", "flatten", "residual", "channel norm", "layer norm",
    "instance norm", "squeeze", "twice", "numbered",
]  # fmt: skip

INEXPRESSIBLE = ["group norm", "grouped", "concatenation", "dense", "shuffled", "attention"]


def images() -> Tensor:
    return torch.randn(3, 2, 6, 6, generator=torch.Generator().manual_seed(0)).double()


def deviation(symmetry: Symmetry, params: Params) -> float:
    expected = alive.output(CONVNET, params, images())
    moved = symmetry.transport(params, alive.shuffles(symmetry, 1))
    return alive.deviation(expected, alive.output(CONVNET, moved, images()))


def test_a_hand_written_specification_keeps_the_function():
    params = alive.draw(CONVNET, 1)
    symmetry = declared_symmetry(SPEC, params)
    assert symmetry.groups() == {"P_conv": 4, "P_dense": 6}
    assert deviation(symmetry, params) < 1e-10


def test_a_specification_that_forgets_one_tensor_does_not():
    params = alive.draw(CONVNET, 1)
    for name in [n for n, perms in SPEC.items() if any(perms)]:
        wrong = SPEC | {name: (None,) * len(SPEC[name])}
        assert deviation(declared_symmetry(wrong, params), params) > 1e-6, name


def test_a_channel_owns_a_run_of_the_flattened_columns():
    axis = declared_symmetry(SPEC, CONVNET.state_dict()).axes["4.weight"][1]
    ((unit, places),) = axis.segments
    assert (unit.size, unit.group, places.size, places.group) == (4, "P_conv", 16, None)
    assert axis.reads


def test_reading_and_writing_undo_each_other():
    assert to_axes_to_perm(declared_symmetry(SPEC, CONVNET.state_dict())) == SPEC


def test_a_traced_symmetry_is_written_and_read_back():
    for name in EXPRESSIBLE:
        module, _, symmetry = traced(name)
        params = alive.draw(module, 1)
        again = declared_symmetry(to_axes_to_perm(symmetry), params)
        assert again.axes == dict(symmetry.axes), name
        assert again.groups() == symmetry.groups(), name


@pytest.mark.parametrize("name", INEXPRESSIBLE)
def test_what_the_form_cannot_say_is_refused(name: str):
    with pytest.raises(ValueError, match="axes_to_perm cannot express"):
        to_axes_to_perm(traced(name)[2])


def test_the_spec_written_by_hand_is_the_one_found():
    names = {"P_conv": "0", "P_dense": "4", None: None}
    found = to_axes_to_perm(trace(CONVNET, images().float()))
    assert found == {n: tuple(names[p] for p in perms) for n, perms in SPEC.items()}


def test_scalars_may_be_left_out():
    shorter = {name: perms for name, perms in SPEC.items() if perms}
    params = CONVNET.state_dict()
    assert declared_symmetry(shorter, params) == declared_symmetry(SPEC, params)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"9.weight": ("P",)}, r"names '9.weight', which the network does not have"),
        ({"0.weight": ("P_conv", None)}, r"gives '0.weight' 2 dimensions, the network 4"),
        ({"6.weight": ("P_dense", None)}, r"group 'P_dense' has two sizes: 3, and 6 in .*'4"),
        ({"4.weight": ("P_conv", None)}, r"group 'P_conv' has two sizes: 4, and 6 in dimension 0"),
        ({"1.bias": ("P_dense",)}, r"group 'P_dense' has two sizes"),
    ],
)
def test_a_wrong_specification_is_refused_in_one_sentence(change: dict, sentence: str):
    with pytest.raises(ValueError, match=sentence) as error:
        declared_symmetry(SPEC | change, CONVNET.state_dict())
    assert "\n" not in str(error.value)


def test_a_tensor_that_is_not_mentioned_is_named():
    shorter = {name: perms for name, perms in SPEC.items() if name != "1.running_var"}
    with pytest.raises(ValueError, match=r"says nothing of '1.running_var' \(4,\)"):
        declared_symmetry(shorter, CONVNET.state_dict())
