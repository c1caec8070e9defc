"""Operators one by one, each in a network that is alive: exact groups, functional equivalence."""

import warnings

import alive
import pytest
import torch
from further_operators import OPERATORS, around

from basinbench.methods.tracing.trace import UnknownOperatorWarning


@pytest.mark.parametrize("name", OPERATORS)
def test_groups_are_all_found_and_the_function_is_kept_when_they_move(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnknownOperatorWarning)
        module, x, symmetry = around(name)
    alive.keeps_its_function(module, x, symmetry)
    assert tuple(symmetry.groups().values()) == OPERATORS[name].groups, "missed, or invented"


@pytest.mark.parametrize("name", [name for name in OPERATORS if OPERATORS[name].groups])
def test_units_are_seen_moving_with_their_group(name: str):
    module, x, symmetry = around(name)
    params = alive.draw(module, 1)
    seen = symmetry.activations(params, x)
    for group, move in alive.shuffles(symmetry, 2).items():
        moved = symmetry.activations(symmetry.transport(params, {group: move}), x)[group]
        torch.testing.assert_close(moved, seen[group][move.index], rtol=1e-9, atol=1e-9)
