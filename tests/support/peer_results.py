"""What an alignment by any program is worth, told from the weights alone."""

from collections.abc import Mapping
from math import nan

import torch
from torch import Tensor

from basinbench.methods.base import Network, double
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import weight_objective

Weights = Mapping[str, Tensor]


def fit(network: Network, weights: Weights) -> dict[str, Tensor]:
    """`weights` in the order of the network's own; `ValueError` where they are not of its form."""
    form = network.params
    if odd := form.keys() ^ weights.keys():
        raise ValueError(f"its answer has not the parameters of the network: {', '.join(odd)}")
    for name, value in form.items():
        if weights[name].shape != value.shape:
            raise ValueError(f"its answer has another shape of {name}")
    return {name: weights[name] for name in form}


def objective(fixed: Network, moved: Weights) -> float:
    """The inner product of all weights."""
    return weight_objective(fixed.weights, {name: moved[name] for name in fixed.weights})


@torch.no_grad()
def function_change(network: Network, moved: Weights, x: Tensor) -> float:
    """Greatest change of the outputs in float64, over the greatest output."""
    before = network(x.double(), double(network.params))
    after = network(x.double(), double(moved))
    return float((after - before).abs().max() / before.abs().max())


def recovered(planted: Network, moved: Weights) -> float:
    """The share of units of all groups that stand again where those of `planted` do.

    A unit is known by the numbers that touch it, in whatever order: those are not changed by
    where other groups' units stand. NaN without groups.
    """
    here, there = _rows(planted, planted.params), _rows(planted, moved)
    hits = sum(int((there[g] == rows).all(1).sum()) for g, rows in here.items())
    units = sum(len(rows) for rows in here.values())
    return hits / units if units else nan


def reorders(network: Network, moved: Weights) -> bool:
    """Whether `moved` is the network with its units in another order, to the last bit."""
    before, after = _rows(network, network.params), _rows(network, moved)
    maps: dict[str, Permutation] = {}
    for group, rows in before.items():
        places: dict[bytes, list[int]] = {}
        for i, row in enumerate(rows):
            places.setdefault(row.numpy().tobytes(), []).append(i)
        index = []
        for row in after[group]:
            if not (left := places.get(row.numpy().tobytes())):
                return False
            index.append(left.pop(0))
        maps[group] = Permutation(torch.tensor(index))
    found = network.symmetry.transport(network.params, maps)
    return all(torch.equal(found[name], moved[name]) for name in network.params)


def _rows(network: Network, weights: Weights) -> dict[str, Tensor]:
    """For each group (units, numbers): what touches each unit, by size."""
    own = {name: weights[name] for name in network.weights}
    symmetry = network.symmetry.only(own)
    return {g: symmetry.features(own, g).sort(1).values + 0.0 for g in symmetry.groups()}
