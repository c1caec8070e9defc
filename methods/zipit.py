"""ZipIt: units merged within and across networks, whichever resemble each other most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..checked_fields import Fraction, PositiveFraction, PositiveInt
from .base import (
    Alignment,
    Method,
    Problem,
    double,
    needs_equal_widths,
    needs_program,
    needs_samples,
    subset,
    weighted_mean,
)
from .matching.activation_statistics import Covariance, joint_covariance
from .symmetry.axes import Params
from .symmetry.maps import Linear, Map

_MIXED, _GONE = -1, -2
"""Owners of a cluster of several networks' units, and of one merged into another."""

SHORT = 1e-5
"""What the authors' code adds to the number of units of which it takes the mean."""

INDEPENDENT = 1e-5
"""Greatest relative change of the outputs where networks side by side are those networks: in
float64 it is rounding, of modules that cast to float32 inside 1e-6; a norm across units makes 0.1
of it."""


@dataclass(frozen=True)
class ZipIt(Method):
    """Merge the pair of units that correlate most, of whichever networks, until one width is left.

    For each group the units of all n networks are concatenated, and the correlations of their
    activations after the nonlinearity decide: greedily, the best pair becomes one unit, until
    as many are left as one network has (Stoica et al. 2024). Units whose variance is 1e-12 of the
    largest or less, of whichever network, resemble none. The merge matrix M averages
    the units of a cluster, the unmerge matrix U copies the merged unit to each of them; a layer
    becomes the sum over the networks of M W U. The head, whose units are the
    classes, is the mean of W U. Prefer it to a permutation where networks hold redundant units of
    their own, as when they were trained on different tasks.

    `a`: the similarities of a merged unit, the smaller of its two parts', are multiplied by this,
    so that units are not merged over and over (0 < a <= 1; a negative similarity is left).
    `b`: the fraction of the merges that may join units of one network, shared among the networks.
    `until`: the fraction of the groups, from the input on, that are zipped. The units of the
    others stand side by side, every network's own, in a network of that much greater width, whose
    head averages the networks: the multi-head form of the partial zip. It is offered where the
    widened network with nothing zipped is found to compute the mean of the networks, which a norm
    across units does not allow. `samples`: how many, drawn by the seed; `None` is all.

    The result is one network and no line: the single networks in the zipped basis compute nothing
    of use. The matrices of the alignment hold n M and U, of which the result is the mean.
    Statistics are reset by a finish, as for every method.

    Defaults and rules are those of the authors' `match_tensors_zipit`, save some details, which
    `as_released` takes over: there a unit merged from two networks counts as one of the network
    that its first part came from, here as nobody's, so that it never draws on `b`; a network that
    has used up its `b` shuts its units off from those mixed units too; negative similarities are
    multiplied by `a` as well, which brings them closer; a network without any budget still merges
    one pair of its own; and means are short of 1e-5 units. Not taken over: their sums in float32.
    """

    a: PositiveFraction = 0.3
    b: Fraction = 0.125
    until: Fraction = 1.0
    samples: PositiveInt | None = None
    as_released: bool = False

    name: ClassVar[str] = "zipit"
    paper: ClassVar[str] = "Stoica et al. 2024"

    def skip(self, problem: Problem) -> str | None:
        return (
            needs_samples(problem)
            or needs_program(problem)
            or needs_equal_widths(problem)
            or (needs_independent_units(problem) if self.until < 1 else None)
        )

    def align(self, problem: Problem) -> Alignment:
        samples = subset(problem.training_data, self.samples, problem.generator())
        groups = list(problem.networks[0].widths)
        zipped = groups[: round(self.until * len(groups))]
        joint = joint_covariance(problem.networks, samples, "after") if zipped else {}
        maps: tuple[dict[str, Map], ...] = tuple({} for _ in problem.networks)
        within = merges = 0
        for group, units in problem.networks[0].widths.items():
            if group in zipped:
                clusters = zip_units(joint[group], units, self.a, self.b, self.as_released)
                matrices = clusters.maps(problem.device, SHORT if self.as_released else 0.0)
                within, merges = within + clusters.within, merges + clusters.merges
            else:
                matrices = _side_by_side(units, len(maps), problem.device)
            for own, matrix in zip(maps, matrices, strict=True):
                own[group] = matrix
        stats = {"zipped": len(zipped), "groups": len(groups), "merges": merges, "within": within}
        params = [network.params for network in problem.networks]
        return Alignment(maps, stats, _merged(problem, params, maps))


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which merged unit each of the networks' units belongs to, and how it came about.

    `index` (N,) in the order of the networks, which have `sizes` units each. `within` of the
    `merges` joined units of one network alone.
    """

    index: Tensor
    sizes: tuple[int, ...]
    merges: int
    within: int

    def maps(self, device: torch.device, short: float = 0.0) -> tuple[Linear, ...]:
        """For each of n networks n M and U, whose mean over the networks is the zip.

        A cluster counts as so many units more than it has: `short` of a mean.
        """
        member = torch.nn.functional.one_hot(self.index).double().to(device)
        average = len(self.sizes) * member / (member.sum(0) + short)
        return tuple(
            Linear(m.T.contiguous(), u.contiguous())
            for m, u in zip(average.split(self.sizes), member.split(self.sizes), strict=True)
        )


def zip_units(
    joint: Covariance, units: int, a: float, b: float, as_released: bool = False
) -> Clusters:
    """Greedy merges of the units of all networks until `units` are left."""
    similarity = joint.correlation().cpu().numpy()
    total, networks = len(similarity), len(joint.sizes)
    np.fill_diagonal(similarity, -np.inf)
    owner = np.repeat(np.arange(networks), joint.sizes)
    each = (total - units) // networks if as_released else (total - units) / networks
    budget = np.full(networks, int(each * b + 1e-4))
    # Pairs that may not be merged are still told from afar, save in the authors' code.
    open_pairs = similarity if as_released else similarity.copy()
    if not as_released:
        for network in np.flatnonzero(budget == 0):
            open_pairs[np.ix_(owner == network, owner == network)] = -np.inf
    cluster, within, best = np.arange(total), 0, RowMaxima(open_pairs)
    for _ in range(total - units):
        i, j = sorted(best.place())
        if open_pairs[i, j] == -np.inf:
            raise ValueError("no two units are left that may be merged as released; give `b` more")
        cluster[cluster == j] = i
        row = np.minimum(similarity[i], similarity[j])
        row = a * row if as_released else np.where(row > 0, a * row, row)
        row[[i, j]] = -np.inf
        for matrix in (similarity, open_pairs):
            matrix[i], matrix[:, i] = row, row
            matrix[j], matrix[:, j] = -np.inf, -np.inf
        best.changed(i, j)
        is_within = owner[i] == owner[j] != _MIXED
        owner[j] = _GONE
        if is_within:
            within += 1
            budget[owner[i]] -= 1
            if budget[owner[i]] <= 0:
                own = owner == owner[i]
                open_pairs[np.ix_(own, own)] = -np.inf
                best = RowMaxima(open_pairs)
        elif not as_released:
            owner[i] = _MIXED
    index = np.unique(cluster, return_inverse=True)[1]
    return Clusters(torch.from_numpy(index), joint.sizes, total - units, within)


class RowMaxima:
    """The largest number of each row of a symmetric matrix, to be told of what changes in it."""

    def __init__(self, matrix: NDArray[np.float64]):
        self._matrix = matrix
        self._column = matrix.argmax(1)
        self._value = matrix.max(1)

    def place(self) -> tuple[int, int]:
        """Row and column of the largest number of all, the first where there are several."""
        row = int(self._value.argmax())
        return row, int(self._column[row])

    def changed(self, *places: int) -> None:
        """After changes in the rows and the columns `places`."""
        gone = np.isin(self._column, places)
        gone[list(places)] = True
        for column in places:
            here = self._matrix[:, column]
            first = (here == self._value) & (column < self._column)
            better = ~gone & ((here > self._value) | first)
            self._value[better], self._column[better] = here[better], column
        rows = self._matrix[gone]
        self._column[gone] = rows.argmax(1)
        self._value[gone] = rows.max(1)


def needs_independent_units(problem: Problem) -> str | None:
    """Why the networks cannot stand side by side in one, or `None` when on data they can."""
    if problem.networks[0].symmetry.excluded:
        return "compares the networks' outputs, and parts of them are excluded"
    count = len(problem.networks)
    maps: tuple[dict[str, Map], ...] = tuple({} for _ in range(count))
    for group, units in problem.networks[0].widths.items():
        for own, matrix in zip(maps, _side_by_side(units, count, problem.device), strict=True):
            own[group] = matrix
    samples = problem.training_data
    x = samples[torch.arange(min(8, len(samples)))][0]  # each call takes them in float64
    params = [double(network.params) for network in problem.networks]
    with torch.no_grad():
        mean = torch.stack([n(x, p) for n, p in zip(problem.networks, params, strict=True)]).mean(0)
        try:
            # Merged in float64, too: weights in float32 would be off by its rounding alone.
            wide = problem.networks[0](x, _merged(problem, params, maps))
        except (RuntimeError, ValueError):  # a module that knows its width
            return "needs networks that can be widened"
    error = (wide - mean).abs().max() / mean.abs().max()
    fits = error < INDEPENDENT
    return None if fits else "needs units that no norm across units ties together"


def _side_by_side(units: int, count: int, device: torch.device) -> tuple[Linear, ...]:
    """Each network's own place among the units of all; scaled, since a mean is taken of them."""
    places = torch.eye(count * units, dtype=torch.float64, device=device).split(units)
    return tuple(Linear(count * place.T, place) for place in places)


def _merged(
    problem: Problem, params: Sequence[Params], maps: Sequence[Mapping[str, Map]]
) -> Params:
    """The mean of the networks of these `params` in the basis of `maps`."""
    every = zip(problem.networks, params, maps, strict=True)
    moved = [network.symmetry.transport(own, m) for network, own, m in every]
    return weighted_mean(moved, [1 / len(moved)] * len(moved), problem.kept)
