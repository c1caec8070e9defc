"""How far two methods agree about the same networks."""

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import ClassVar

import torch
from torch import Tensor

from ..methods.base import Alignment, Method, Problem, batches
from ..methods.maps import Map
from ..results.record import Value
from .aligning import align
from .endpoints import Endpoint
from .finishes import Finish, Nothing
from .keys import key
from .outcome import Outcome
from .stock import Stock


@dataclass(frozen=True)
class AgreementCell:
    """The share of hidden units to which `method` and `reference` give the same partner.

    A soft map counts by the partner that has most of a unit's mass; dead units do not count. The
    networks, the data and the seed are those of the cell that merges by `method`.
    """

    endpoints: tuple[Endpoint, ...]
    method: Method
    reference: Method
    seed: int = 0

    finish: ClassVar[Finish] = Nothing()

    @cached_property
    def key(self) -> str:
        """The hash of everything that defines the cell."""
        return key(self)

    @property
    def dataset(self) -> str:
        return self.endpoints[0].dataset

    @property
    def network(self) -> str:
        return self.endpoints[0].network.name

    @property
    def seeds(self) -> str:
        return "-".join(str(e.seed) for e in self.endpoints)

    def describe(self) -> dict[str, str | int | float]:
        first = self.endpoints[0]
        return {
            "cell": self.key,
            "dataset": self.dataset,
            "network": self.network,
            "recipe": first.recipe.label,
            "split": first.split.name,
            "seeds": self.seeds,
            "networks": len(self.endpoints),
            "method": self.method.label,
            "method_name": self.method.name,
            "paper": self.method.paper,
            "against": self.reference.label,
            "seed": self.seed,
        }

    def outcome(self, stock: Stock, seconds: float = inf) -> Outcome:
        problem = stock.problem(self.endpoints, self.seed)
        for method in (self.method, self.reference):
            if reason := method.skip(problem):
                return "skipped", {"reason": reason}
        ours, theirs = (align(m, problem, seconds) for m in (self.method, self.reference))
        share = agreement(problem, ours.alignment, theirs.alignment)
        row: dict[str, Value] = {**ours.columns, "agreement": share}
        return "done", row

    def __str__(self) -> str:
        return f"comparing {self.method.label} and {self.reference.label}: {self.network}"


def agreement(problem: Problem, ours: Alignment, theirs: Alignment) -> float:
    """The share of the first network's units, over all others, whose partner is the same.

    Units that no training image activates match anything equally well, and exact methods break
    such ties differently: those of the first network are left out, and those of another count as
    one. Without data or a traced symmetry all units count.
    """
    lively = [_lively(problem, place) for place in range(len(problem.networks))]
    same = total = 0
    for place in range(1, len(problem.networks)):
        for group in problem.networks[0].widths:
            asked = lively[0][group]
            first, second = (
                torch.where(lively[place][group][partners], partners, -1)[asked]
                for partners in (_partners(problem, a, group, place) for a in (ours, theirs))
            )
            same += int((first == second).sum())
            total += int(asked.sum())
    return same / total


def _lively(problem: Problem, place: int) -> dict[str, Tensor]:
    """Group -> (units,): whether some training image activates the unit."""
    network = problem.networks[place]
    found = {g: torch.zeros(n, dtype=torch.bool) for g, n in network.widths.items()}
    if problem.samples is None or network.symmetry.program is None:
        return {group: ~nothing for group, nothing in found.items()}
    for x, _ in batches(problem.training_data, 1000):
        for group, values in network.symmetry.activations(network.params, x, "after").items():
            found[group] |= (values != 0).any(dim=1).cpu()
    return found


def _partners(problem: Problem, alignment: Alignment, group: str, place: int) -> Tensor:
    """(units,): for every unit of the first network the one of another that it shares most with."""
    first, other = (
        _into(alignment.maps[i].get(group), problem.networks[i].widths[group]) for i in (0, place)
    )
    return (first.T @ other).abs().argmax(dim=1)


def _into(found: Map | None, units: int) -> Tensor:
    """(size, units): the map as a matrix; no map leaves every unit where it is."""
    eye = torch.eye(units)
    return eye if found is None else found.apply(eye, 0, reads=False).cpu()
