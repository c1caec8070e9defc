"""What is a chain of layers is found, and what is none is said."""

import live_networks
import pytest
import torch
from chains import UNEQUAL, Unusual, alone, of_widths, traced

from basinbench.methods.base import Problem
from basinbench.methods.fedma import FedMA
from basinbench.methods.matching.chain import chain, refold
from basinbench.methods.matching.matched_averaging import MatchedAveraging
from basinbench.methods.pfnm import PFNM


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (live_networks.problem("mlp-bn"), "without norms, where one layer writes group 'hidden.0'"),
        (live_networks.problem("vgg-bn"), "without norms"),
        (live_networks.problem("resnet-ln"), "one layer writes group 'stem' and one reads it"),
        (alone(*[of_widths("mlp")] * 2), "has nothing to match"),
        (alone(of_widths("mlp", 6, 8), of_widths("mlp", 6)), "equal depth"),
        (alone(*[traced(Unusual(beside=True), 0)] * 2), "group 'hidden' and one reads it"),
        (alone(*[traced(Unusual(beside=False), 0)] * 2), "without 'scale'"),
    ],
    ids=["mlp-bn", "vgg-bn", "resnet-ln", "linear", "depth", "concatenation", "scale"],
)
def test_what_is_no_chain_is_said(problem: Problem, reason: str):
    methods: tuple[MatchedAveraging, ...] = (PFNM(), FedMA(epochs=0))
    for method in methods:
        assert reason in (method.skip(problem) or ""), method


@pytest.mark.parametrize("kind", ["conv", "mlp"])
def test_folding_undoes_unfolding(kind: str):
    net = of_widths(*UNEQUAL[kind][0])
    for layer in chain(net.symmetry):
        for place in filter(None, (layer.weight, layer.bias, layer.read)):
            tensor = net.params[place.name]
            rows = net.symmetry.unfold(tensor, place)
            assert torch.equal(refold(net.symmetry, rows, place, tensor), tensor)
