"""Networks of one's own aligned, merged and measured along the line, in one call each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from ..errors import UserError
from ..methods.base import Alignment, Method, Network, Problem, Samples, transported
from ..methods.modules.forms import Inputs, arguments
from ..methods.networks.merged import given_back
from ..methods.symmetry.axes import Params
from ..methods.symmetry.maps import Map
from .lines import BATCH, demand_fit, measured_line
from .lines import Line as Line
from .networks.evaluate import check_points
from .own_networks.named import one_method


@dataclass(frozen=True, eq=False)
class AlignedNetworks:
    """Networks, and the maps that a method found to bring them into one basis."""

    method: Method
    problem: Problem
    alignment: Alignment

    @property
    def maps(self) -> tuple[Mapping[str, Map], ...]:
        """For each network group -> map; groups without one stay as they are."""
        return self.alignment.maps

    @property
    def stats(self) -> Mapping[str, float]:
        """What the method says of its search: sweeps, objective, converged."""
        return self.alignment.stats

    @property
    def networks(self) -> tuple[Params, ...]:
        """Each network in the common basis, in the types in which it came, ready to be saved.

        After a permutation it computes what it did. Raises `UserError` where the method gives the
        merge whole, and no basis.
        """
        if self.alignment.merged is not None:
            raise UserError(f"{self.method.name} gives the merge whole: there is no common basis")
        moved = zip(self.problem.networks, transported(self.problem, self.alignment), strict=True)
        return tuple(given_back(params, network) | network.extra for network, params in moved)

    def merge(self, weights: Sequence[float] | None = None) -> Params:
        """The mean of the networks there, ready to be saved; with equal weights by default.

        Names, types, extra states and what is excluded are the first network's. Raises `UserError`
        unless the weights are finite, one for each network, and add up to 1.
        """
        count = len(self.problem.networks)
        shares = [1 / count] * count if weights is None else weights
        merged = self.method.merge(self.problem, self.alignment, shares)
        return merged | self.problem.networks[0].extra

    def line(self, data: Any, points: int = 25) -> Line:
        """Loss and accuracy along the line between the two networks; see `basinbench.line`."""
        return measured_line(self.method, self.problem, self.alignment, data, points)


def align(
    *networks: Network,
    method: str | Method | type[Method] = "weight-matching",
    samples: Any = None,
    seed: int = 0,
    per_network_data: Sequence[Any] | None = None,
    validation: Any = None,
) -> AlignedNetworks:
    """Bring `networks` into one basis by `method`: the first network's order of units.

    `method`: a value such as `WeightMatching(order="widest")`, its class, or its name with
    parameters as tables print it, `"weight-matching(order=widest)"`. `samples`: training data, for
    methods that look at any: a `Dataset` of torch, a `DataLoader`, tensors (inputs, labels).
    `per_network_data`: that of each network alone, where they differ; `validation`: data that none
    was trained on, for settings that a method chooses; without it they are chosen by `samples`. The
    same `seed` gives the same result. Raises `UserError` with the reason where the method cannot
    solve the problem, and where the networks compute another function of batches of the data than
    with the example that they were traced with.
    """
    if len(networks) < 2:
        raise UserError(f"to align takes at least two networks, not {len(networks)}")
    shares = None if per_network_data is None else tuple(per_network_data)
    problem = Problem(networks, samples, seed, shares, validation)
    _check_data(problem)
    chosen = one_method(method)
    return AlignedNetworks(chosen, problem, chosen.align(problem))


def merge(
    *networks: Network,
    method: str | Method | type[Method] = "weight-matching",
    samples: Any = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    per_network_data: Sequence[Any] | None = None,
    validation: Any = None,
) -> Params:
    """The merge of `networks` after `method` aligned them, ready to be saved; see `align`.

    `weights`: one for each network, which add up to 1; equal ones by default.
    """
    aligned = align(
        *networks,
        method=method,
        samples=samples,
        seed=seed,
        per_network_data=per_network_data,
        validation=validation,
    )
    return aligned.merge(weights)


def line(
    first: Network,
    second: Network,
    *,
    data: Any,
    method: str | Method | type[Method] = "weight-matching",
    samples: Any = None,
    points: int = 25,
    seed: int = 0,
    per_network_data: Sequence[Any] | None = None,
    validation: Any = None,
) -> Line:
    """Loss and accuracy along the line between two networks after `method` aligned them.

    It is `align(first, second, ...).line(data, points)`: the same arguments give the maps that they
    give in `align` and `merge`.

    `data`: what they are measured on, labelled, in any form that `align` takes for `samples`; the
    `data`: what they are measured on, labelled, in any form that `align` takes for `samples`; the
    test set, say, which no method sees. It is drawn once, and all points see the same. `points`:
    equally spaced, an odd number has the middle among them. The ends are the networks as they were
    trained, as in `compare`: see `Line` for what that means where maps are no permutations. Raises
    `UserError` where the method's merge is no line, where what the networks exclude differs between
    them, so that no merge is the second one, and where they do not classify `data`: where they are
    random, or compute another function of batches of it.
    """
    check_points(points)
    aligned = align(
        first,
        second,
        method=method,
        samples=samples,
        seed=seed,
        per_network_data=per_network_data,
        validation=validation,
    )
    return aligned.line(data, points)


def _check_data(problem: Problem) -> None:
    """`UserError` where units of the networks may not move with batches of the problem's data."""
    shares = problem.per_network_data or (None,) * len(problem.networks)
    for network, own in zip(problem.networks, shares, strict=True):
        for samples in (problem.samples, own, problem.validation):
            if samples is not None and len(samples):
                _check_batch(network, samples)


def _check_batch(network: Network, samples: Samples) -> None:
    """The same of one batch, which is read only where its size makes a difference."""
    count, program = min(BATCH, len(samples)), network.symmetry.program
    first = arguments(samples[torch.arange(1)][0])
    args, kwargs = tree_map_only(
        Tensor, lambda t: t.expand(count, *t.shape[1:]), (first.args, dict(first.kwargs))
    )
    if program is not None and not program.covers(Inputs(args, kwargs)):
        demand_fit(network, samples[torch.arange(count)][0])
