"""Planted permutations: a network, its units in another order with noise, and the answer to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import torch
from torch import Tensor

from ...methods.base import Alignment, Network
from ...methods.symmetry.maps import Map, Nested, Permutation
from ...methods.symmetry.reorderings import Reorderings, after, completed, drawn
from ...methods.weight_matching import weight_objective


@dataclass(frozen=True, eq=False)
class Planted:
    """A network, `other` that was made of it, and the permutations that bring `other` back.

    Unit `i` of a group of `network` became unit `maps[group].index[i]` of `other`: what a perfect
    method answers for the second of the two. Units within others are all counted, under each of
    these by themselves.
    """

    network: Network
    other: Network
    maps: Reorderings

    def recovered(self, alignment: Alignment) -> float:
        """The share of units, of all groups together, that meet the unit they became.

        NaN for a network without hidden units.
        """
        found = self._relative(alignment)
        hits = sum(int((found[g].index == m.index).sum()) for g, m in self.maps.items())
        units = sum(len(m.index) for m in self.maps.values())
        return hits / units if units else nan

    def objective_ratio(self, alignment: Alignment) -> float:
        """The inner product of all weights that is reached, as a multiple of the planted one."""
        return self._objective(self._relative(alignment)) / self._objective(self.maps)

    def _objective(self, maps: Reorderings) -> float:
        weights = self.other.weights
        moved = self.other.symmetry.only(weights).transport(weights, maps)
        return weight_objective(self.network.weights, moved)

    def _relative(self, alignment: Alignment) -> Reorderings:
        """For each unit of `network` the one of `other` that stands at the same place."""
        first, second = (completed(self.network.symmetry, _on_cpu(m)) for m in alignment.maps)
        return {group: after(own.inverse(), second[group]) for group, own in first.items()}


def plant(network: Network, noise: float, generator: torch.Generator) -> Planted:
    """`network` with the units of every group in a random order, then with noise on its weights.

    Each trained tensor `w`, reordered, becomes `w + noise * std(w) * e`: `std` is the root mean
    square deviation of its elements and `e` standard normal. Buffers only move with their units:
    variances stay positive and counters whole. From one state of `generator` the order and `e` are
    the same at every `noise`.
    """
    order = drawn(network.symmetry, generator)
    moved = Network(
        network.module, network.symmetry.transport(network.params, order), network.symmetry
    )
    other = noisy(moved, noise, generator)
    return Planted(network, other, {group: m.inverse() for group, m in order.items()})


def noisy(network: Network, noise: float, generator: torch.Generator) -> Network:
    """`network` with normal noise on its weights, `noise` times the deviation of each tensor."""

    def moved(w: Tensor) -> Tensor:
        e = torch.randn(w.shape, generator=generator, dtype=torch.float64).to(w)
        return w + noise * w.std(correction=0) * e

    weights = {name: moved(w) for name, w in network.weights.items()}
    return Network(network.module, network.params | weights, network.symmetry)


def _on_cpu(maps: Mapping[str, Map]) -> dict[str, Map]:
    """The maps on the CPU; `TypeError` for one that is no permutation."""
    found: dict[str, Map] = {}
    for group, own in maps.items():
        if isinstance(own, Nested):
            found[group] = Nested(own.outer.cpu(), own.inner.cpu())
        elif isinstance(own, Permutation):
            found[group] = Permutation(own.index.cpu())
        else:
            raise TypeError(f"the map of group {group!r} is no permutation")
    return found
