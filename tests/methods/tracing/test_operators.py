"""Every operator's rule, on a live network: what it ties moves, and what it tells apart stays."""

import warnings
from functools import cache

import pytest
import torch
from operator_networks import OPERATORS
from torch import Tensor, nn

from basinbench.methods.proving.proof import prove
from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace


@cache
def traced(name: str) -> tuple[nn.Module, tuple[Tensor, ...], Symmetry]:
    torch.manual_seed(0)
    module, inputs = OPERATORS[name].build(), OPERATORS[name].inputs()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return module, inputs, trace(module, inputs[0])


@pytest.mark.parametrize("name", OPERATORS)
def test_the_function_is_kept(name: str):
    module, inputs, symmetry = traced(name)
    proof = prove(module, symmetry, *inputs)
    assert proof, proof


@pytest.mark.parametrize("name", OPERATORS)
def test_no_symmetry_is_missed(name: str):
    _, _, symmetry = traced(name)
    assert tuple(symmetry.groups().values()) == OPERATORS[name].groups
