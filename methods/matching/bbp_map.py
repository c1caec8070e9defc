"""Matching of many clients' units under a beta-Bernoulli process prior (BBP-MAP)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ..symmetry.maps import Linear, Map, Permutation


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Independent normal distributions: means and precisions (inverse variances), (d,) each."""

    mean: Tensor
    precision: Tensor


@dataclass(frozen=True)
class Limits:
    """What bounds a matching.

    A unit counts as that of `clients` at most; where there are `units` global ones or more, one
    client founds a single new one at most.
    """

    clients: float = inf
    units: float = inf


NO_LIMITS = Limits()
AS_RELEASED = Limits(10, 700)
"""Those of the authors' code."""


@dataclass(frozen=True, eq=False)
class UnitMatching:
    """Which global unit each client's units are, and what is then believed of the global units.

    `index[j]` (units of client j,), all different; `mean` (global units, d) of the posterior.
    `converged`: each client has been matched again, and came to the same units.
    """

    index: tuple[Tensor, ...]
    mean: Tensor
    converged: bool

    @property
    def units(self) -> int:
        return len(self.mean)

    def maps(self) -> tuple[Map, ...]:
        """Each client's units in the order of the global ones; a client lacks some: zeros there."""
        return tuple(_map(index, self.units) for index in self.index)


def match_units(
    atoms: Sequence[Tensor],
    precisions: Sequence[Tensor],
    prior: Gaussian,
    gamma: float,
    sweeps: int,
    generator: torch.Generator,
    limits: Limits = NO_LIMITS,
) -> UnitMatching:
    """A local maximum of the posterior over matchings of all clients' `atoms`, (units, d) each.

    Every unit of a client is a noisy copy, with the client's `precisions` (d,), of a global unit
    drawn from `prior`; which global units a client has is a beta-Bernoulli process of mass `gamma`
    (Yurochkin et al. 2019, section 3). The largest client starts, the others join by size, each by
    one assignment problem in which units may also found new global ones; then `sweeps` times, in
    random order, each client is taken out and matched again. The number of global units lies
    between the largest client's and the sum of all. Everything is in float64, and sums are made
    anew for every client, where the authors add to and subtract from one.
    """
    atoms = [atom.double() for atom in atoms]
    precisions = [precision.double() for precision in precisions]
    prior = Gaussian(prior.mean.double(), prior.precision.double())
    if not all(torch.isfinite(atom).all() for atom in atoms):
        raise ValueError("the weights to be matched are not all finite (diverged?)")
    visits = sorted(range(len(atoms)), key=lambda j: -len(atoms[j]))
    for _ in range(sweeps):
        visits += torch.randperm(len(atoms), generator=generator).tolist()
    index: dict[int, Tensor] = {}
    settled = set[int]()  # who has been matched since somebody else moved, and would stay
    for j in visits:
        rest = {k: i for k, i in index.items() if k != j}
        others = _renumbered(rest)
        units = _units(others)
        if len(settled) == len(atoms):
            index = others | {j: _unmoved(index[j], rest, units)}
            continue
        before = _partition(index)
        state = _Global.of(others, units, atoms, precisions, prior)
        gains = state.gains(atoms[j], precisions[j], prior, gamma, len(atoms), limits)
        index = others | {j: _assigned(gains, units)}
        settled = settled | {j} if torch.equal(before, _partition(index)) else {j}
    state = _Global.of(index, _units(index), atoms, precisions, prior)
    return UnitMatching(
        tuple(index[j] for j in range(len(atoms))),
        state.sums / state.precision,
        converged=len(settled) == len(atoms),
    )


@dataclass(frozen=True, eq=False)
class _Global:
    """The posterior of the global units given some clients: (units, d), (units, d) and (units,)."""

    sums: Tensor
    precision: Tensor
    clients: Tensor

    @classmethod
    def of(
        cls,
        index: Mapping[int, Tensor],
        units: int,
        atoms: Sequence[Tensor],
        precisions: Sequence[Tensor],
        prior: Gaussian,
    ) -> "_Global":
        sums = (prior.mean * prior.precision).repeat(units, 1)
        precision = prior.precision.repeat(units, 1)
        clients = sums.new_zeros(units)
        for j, i in index.items():
            sums[i] += atoms[j] * precisions[j]
            precision[i] += precisions[j]
            clients[i] += 1
        return cls(sums, precision, clients)

    def gains(
        self,
        atoms: Tensor,
        precision: Tensor,
        prior: Gaussian,
        gamma: float,
        clients: int,
        limits: Limits,
    ) -> Tensor:
        """(n, units + new): what it is worth that an atom is a global unit, or the k-th new one.

        Twice the increase of the log-posterior, save that the log-odds of a global unit's
        popularity count once, as in the authors' code.
        """
        x, total = atoms * precision, self.precision + precision
        # |x + g|^2 / total - |g|^2 / own, expanded into products of matrices
        alone = (self.sums.square() * (1 / total - 1 / self.precision)).sum(1)
        known = alone + 2 * x @ (self.sums / total).T + x.square() @ (1 / total).T
        popular = self.clients.clamp(max=limits.clients)
        known += (popular / (clients - popular)).log()
        mean = prior.mean * prior.precision
        fresh = ((x + mean).square() / (prior.precision + precision)).sum(1)
        fresh -= (mean.square() / prior.precision).sum()
        known_units = len(self.sums)  # each atom needs a place, whatever the limits
        new = int(min(len(x), max(limits.units - known_units, len(x) - known_units, 1)))
        count = torch.arange(1, new + 1, dtype=x.dtype, device=x.device)
        rate = torch.tensor(gamma / clients, dtype=x.dtype, device=x.device)
        return torch.cat([known, fresh[:, None] + 2 * (rate / count).log()], dim=1)


def _assigned(gains: Tensor, units: int) -> Tensor:
    """The global unit of every row: the best assignment, new units numbered as they come."""
    columns = linear_sum_assignment(gains.cpu().numpy(), maximize=True)[1]
    index = torch.from_numpy(columns).to(gains.device)
    new = index >= units
    return torch.where(new, units + new.cumsum(0) - 1, index)


def _unmoved(own: Tensor, rest: Mapping[int, Tensor], units: int) -> Tensor:
    """What `_assigned` would give a client that keeps its units `own`, the others' being `rest`."""
    used = torch.cat(list(rest.values())).unique()
    new = ~torch.isin(own, used)
    return torch.where(new, units + new.cumsum(0) - 1, torch.searchsorted(used, own))


def _renumbered(index: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """The same matching without the global units that nobody has."""
    if not index:
        return {}
    used = torch.cat(list(index.values())).unique()
    return {j: torch.searchsorted(used, i) for j, i in index.items()}


def _partition(index: Mapping[int, Tensor]) -> Tensor:
    """For every unit of all clients the first that is the same global one, however numbered."""
    if not index:
        return torch.empty(0, dtype=torch.long)
    units = torch.cat([index[j] for j in sorted(index)]).cpu()
    _, number = units.unique(return_inverse=True)
    places = torch.arange(len(units))
    first = torch.full_like(places, len(units)).scatter_reduce(0, number, places, "amin")
    return first[number]


def _units(index: Mapping[int, Tensor]) -> int:
    return max((int(i.max()) + 1 for i in index.values()), default=0)


def _map(index: Tensor, units: int) -> Map:
    if len(index) == units:
        return Permutation(index.argsort())
    into = torch.zeros(units, len(index), device=index.device)
    into[index, torch.arange(len(index), device=index.device)] = 1
    return Linear(into, into.T)
