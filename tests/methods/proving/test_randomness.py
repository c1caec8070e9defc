"""A network that is random in evaluation mode is called that, and not another network."""

import warnings

import pytest
import torch
from demanding_networks import FLOAT32, RANDOM
from torch import nn

import basinbench as bb
from basinbench.errors import UserError
from basinbench.methods.proving.randomness import RandomNetworkWarning
from basinbench.runners.measuring.align import relative_change

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
SAID = "is random in evaluation mode: two calls on one input differ"


@pytest.mark.parametrize("name", RANDOM)
def test_it_is_said_on_the_way_in_and_by_every_proof(name: str):
    for example in (X[:2], torch.zeros(2, 4)):
        with pytest.warns(RandomNetworkWarning, match=f"Net {SAID}"):
            one = bb.network(RANDOM[name](), example=example)
    proof = bb.prove(one, one.symmetry, X)
    assert proof.random
    assert SAID in str(proof) or not proof
    aligned = bb.align(one, one, method="identity")
    with pytest.raises(UserError, match=f"Net {SAID}"):
        relative_change(aligned.problem, aligned.alignment, [X])
    with pytest.raises(UserError, match=f"Net {SAID}"):
        bb.line(one, one, method="identity", data=(X, Y))


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.BatchNorm1d(8), nn.Linear(8, 3)),
        nn.Sequential(nn.Linear(4, 8), nn.RReLU(), nn.Linear(8, 3), nn.LogSigmoid()),
        FLOAT32["a state"](),
    ],
)
def test_others_are_not(module: nn.Module):
    before = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = bb.network(module, example=X[:2])
    assert not bb.prove(one, one.symmetry, X).random
    assert torch.get_rng_state().equal(before)


def test_outputs_that_are_no_numbers_are_not_random():
    module = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bb.network(module, example=X[:2], output=lambda y: y / 0 * 0)
