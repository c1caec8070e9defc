"""Claims judged: verdicts that follow from the results and from nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..results.store import CELLS
from .captions import threads
from .claim import Claim, Evidence, Finding, Outcome, Results, Verdict
from .claims import CLAIMS, GRIDS
from .evidence import OverPairs, rows, selections
from .grid import Grid, read
from .statistics import simultaneous


def findings(grids: Iterable[Grid]) -> tuple[Finding, ...]:
    """Every claim, judged by these grids; `read_grids` has those of a folder of results."""
    measured = {grid.name: rows(grid) for grid in grids}
    return tuple(find(claim, measured) for claim in CLAIMS)


def read_grids(results: Path, known: Iterable[Grid] = ()) -> list[Grid]:
    """The grids that claims need and that lie in the folder; those `known` are not read again."""
    at_hand = {grid.name: grid for grid in known}
    return [
        at_hand.get(name) or read(results / name)
        for name in GRIDS
        if (results / name / CELLS).is_file()
    ]


def find(claim: Claim, results: Results) -> Finding:
    """The claim judged by its predictions alone.

    Without any data, or with some that a prediction needs missing, it is not yet measured: what
    is there is shown, and no verdict drawn from a part.
    """
    evidence = _evidence(claim, results)
    verdict = _verdict(claim, [e.outcome for e in evidence])
    return Finding(claim, verdict, evidence, _device(claim, results))


def _evidence(claim: Claim, results: Results) -> tuple[Evidence, ...]:
    """What each prediction found; intervals of means hold together over the claim's predictions."""
    means = {p: p.number for p in claim.predictions if isinstance(p.number, OverPairs)}
    together = simultaneous({p: number.sample(results) for p, number in means.items()})
    found = {
        p: means[p].shown(together[p]) if p in means else p.number.of(results)
        for p in claim.predictions
    }
    return tuple(
        Evidence(p.what, at, p.bound, "open" if p in means and at.n == 1 else p.bound.judge(at))
        for p, at in found.items()  # one pair of networks decides nothing
    )


def _verdict(claim: Claim, outcomes: Sequence[Outcome]) -> Verdict:
    if not claim.judged:
        return "not judged"
    if not outcomes or "missing" in outcomes:
        return "not yet measured"
    if all(outcome == "holds" for outcome in outcomes):
        return "supported"
    return "refuted" if all(outcome == "fails" for outcome in outcomes) else "mixed"


def _device(claim: Claim, results: Results) -> str:
    used = {
        f"{row['device']}, {threads(row['threads'])}"
        for cells in selections(claim)
        for row in cells.of(results)
    }
    return "; ".join(sorted(used))
