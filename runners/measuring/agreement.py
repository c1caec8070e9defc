"""How far two methods agree about the same networks."""

from math import inf, isnan, nan

import torch
from torch import Tensor

from ...methods.base import Alignment, Problem, batches
from ...methods.symmetry.maps import Map
from ...results.record import Value
from ..cells.agreement import AgreementCell
from ..cells.merge import Measurement
from .align import align
from .workspace import Workspace


def measure_agreement(
    cell: AgreementCell, workspace: Workspace, seconds: float = inf
) -> Measurement:
    problem = workspace.problem(cell.endpoints, cell.seed)
    for method in (cell.method, cell.reference):
        if reason := method.skip(problem):
            return "skipped", {"reason": reason}
    ours, theirs = (align(m, problem, seconds) for m in (cell.method, cell.reference))
    share = partner_agreement(problem, ours.alignment, theirs.alignment)
    row: dict[str, Value] = {**ours.columns, "agreement": None if isnan(share) else share}
    return "done", row


def partner_agreement(problem: Problem, ours: Alignment, theirs: Alignment) -> float:
    """The share of the first network's units, over all others, whose partner is the same.

    Partners that no training image activates together with the unit are one: they match it equally
    well, which is not at all, and exact methods break such ties differently. Units that meet
    nothing, dead ones, are left out. Without data or a traced symmetry all units count. NaN where
    none does.
    """
    same = total = 0
    for place in range(1, len(problem.networks)):
        meet = _meet(problem, place)
        for group, units in problem.networks[0].widths.items():
            rows = torch.arange(units)
            first, second = (
                torch.where(meet[group][rows, partners], partners, -1)
                for partners in (_partners(problem, a, group, place) for a in (ours, theirs))
            )
            asked = meet[group].any(dim=1)
            same += int((first == second)[asked].sum())
            total += int(asked.sum())
    return same / total if total else nan


def _meet(problem: Problem, place: int) -> dict[str, Tensor]:
    """Group -> (units of the first network, units of another): both active on some image."""
    pair = (problem.networks[0], problem.networks[place])
    found = {g: torch.zeros(n, pair[1].widths[g]) for g, n in pair[0].widths.items()}
    if problem.samples is None or any(n.symmetry.program is None for n in pair):
        return {group: counts == 0 for group, counts in found.items()}
    for x, _ in batches(problem.training_data, 1000):
        a, b = (n.symmetry.activations(n.params, x, "after") for n in pair)
        for group, counts in found.items():
            counts += ((a[group] != 0).float() @ (b[group] != 0).float().T).cpu()
    return {group: counts > 0 for group, counts in found.items()}


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
