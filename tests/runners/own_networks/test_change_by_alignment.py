"""Proofs on random inputs: of every network, and of outputs that are no finite numbers."""

import math

import pytest
import torch
from torch import Tensor, nn

from basinbench import Alignment, Permutation, Problem, network
from basinbench.runners.own_networks.examples import example_named
from basinbench.runners.own_networks.proof import change_by_alignment

EXAMPLE = example_named("4")
REVERSED = Permutation(torch.arange(5, -1, -1))


class Masked(nn.Module):
    """A perceptron, one of whose outputs is out of reach, as those of masked logits are."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.hidden(x))
        return self.head(hidden) + torch.tensor([0.0, 0.0, -math.inf])


def problem(module: type[nn.Module] = Masked) -> Problem:
    networks = (network(module(), example=EXAMPLE) for _ in range(2))
    return Problem(tuple(networks))


def reversing(problem: Problem, place: int) -> Alignment:
    """The units of one network in the reverse order."""
    (group,) = problem.networks[place].widths
    return Alignment(tuple({group: REVERSED} if i == place else {} for i in range(2)))


@pytest.mark.parametrize("place", [0, 1])
def test_infinite_outputs_that_stay_are_no_change(place: int):
    made = problem()
    assert 0 < change_by_alignment(made, reversing(made, place), [EXAMPLE]).error < 1e-12


@pytest.mark.parametrize("place", [0, 1])
def test_outputs_that_are_no_numbers_are_no_proof_whichever_network_has_them(place: int):
    made = problem()
    made.networks[place].params["head.bias"][0] = torch.nan
    assert math.isnan(change_by_alignment(made, reversing(made, 1), [EXAMPLE]).error)
