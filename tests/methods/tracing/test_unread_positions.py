"""What a graph does not read stays: the same symmetry holds for inputs of every length."""

import warnings
from functools import cache

import pytest
import torch
from sliced_tables import SLICED
from torch import Tensor, nn

from basinbench.methods.proving.proof import prove
from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace


@cache
def traced(name: str) -> tuple[nn.Module, tuple[Tensor, ...], Symmetry]:
    torch.manual_seed(0)
    module = SLICED[name].build()
    inputs = tuple(torch.randn(3, length, 4) for length in SLICED[name].lengths)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return module, inputs, trace(module, inputs[0])


@pytest.mark.parametrize("name", SLICED)
def test_the_function_is_kept_at_every_length(name: str):
    module, inputs, symmetry = traced(name)
    proof = prove(module, symmetry, *inputs)
    assert proof, proof
    assert proof.precision == "float64"


@pytest.mark.parametrize("name", SLICED)
def test_all_units_that_are_read_move(name: str):
    _, _, symmetry = traced(name)
    assert tuple(symmetry.groups().values()) == SLICED[name].groups
