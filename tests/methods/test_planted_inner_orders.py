"""A network relabelled inside its heads and groups is the same one to all that reorders."""

import live_networks
import pytest
import torch

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Method
from basinbench.methods.best_of import BestOf
from basinbench.methods.forward_bipartite import ForwardBipartite
from basinbench.methods.frank_wolfe import FrankWolfe
from basinbench.methods.merge_many import MergeMany
from basinbench.methods.neuron_alignment import NeuronAlignment
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.symmetry.maps import Nested, Permutation
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.networks.alive import problem_of

METHODS: tuple[Method, ...] = (
    WeightMatching(order="widest"),
    WeightMatching(start="greedy"),
    BestOf(),
    ActivationMatching(),
    NeuronAlignment(),
    OTFusionWeights(bias=True),
    OTFusionActivations(),
    ForwardBipartite(),
    FrankWolfe(),
    MergeMany(order="widest"),
    StraightThrough(epochs=1, batch=96, judge=48, order="widest"),
)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_inner_orders_are_found(method: Method):
    """Units have another order in each head and group; heads and groups themselves stay."""
    net = live_networks.network("heads", 1)
    maps = drawn(net.symmetry, torch.Generator().manual_seed(3))
    inner = {
        g: Nested(torch.arange(len(m.outer)), m.inner)
        if isinstance(m, Nested)
        else Permutation.identity(m.units)
        for g, m in maps.items()
    }
    other = type(net)(net.module, net.symmetry.transport(net.params, inner), net.symmetry)
    found = problem_of(net, other)
    alignment = method.align(found)
    assert any(isinstance(m, Nested) for m in alignment.maps[1].values())
    merged = method.merge(found, alignment, [0.5, 0.5])
    for name, value in net.params.items():
        torch.testing.assert_close(merged[name], value, rtol=1e-9, atol=1e-9)
