"""Claims judged: verdicts that follow from the results and from nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..data.grid import GridResults, read_grid
from ..data.sources import Source, sources_in
from ..data.statistics import Interval, simultaneous
from ..wording.captions import mixed_code, threads, workers
from .catalogue import CLAIMS, GRIDS
from .claim import Claim, Evidence, Finding, Prediction, PredictionOutcome, Results, Rows, Verdict
from .statistics import OverCells, OverPairs, rows, selections


def findings(grids: Iterable[GridResults]) -> tuple[Finding, ...]:
    """Every claim, judged by those of these grids that claims name."""
    measured = {grid.name: rows(grid) for grid in grids}
    return tuple(find(claim, measured) for claim in CLAIMS)


def read_grids(
    results: Path | Sequence[Source], known: Iterable[GridResults] = ()
) -> list[GridResults]:
    """The grids that claims need and that there are; those `known` are not read again."""
    there = sources_in(results) if isinstance(results, Path) else results
    by_name = {source.name: source for source in there}
    at_hand = {grid.name: grid for grid in known}
    return [
        at_hand.get(name) or read_grid(source.folder, name, source.origin)
        for name in GRIDS
        if (source := by_name.get(name))
    ]


def judged_by(grids: Iterable[GridResults]) -> str:
    """Whose results the verdicts rest on, in a sentence; empty where there is no question."""
    words = {"own": "your own", "shipped": "as it came with the package"}
    told = [f"`{grid.name}` ({words[grid.origin]})" for grid in grids if grid.origin]
    return f"Judged by {', '.join(told)}." if told else ""


def find(claim: Claim, results: Results) -> Finding:
    """The claim judged by its predictions alone.

    Without any data, or with some that a prediction needs missing, it is not yet measured: what
    is there is shown, and no verdict drawn from a part.
    """
    evidence = _evidence(claim, results)
    verdict = _verdict(claim, [e.outcome for e in evidence])
    used = [row for cells in selections(claim) for row in cells.of(results)]
    return Finding(claim, verdict, evidence, _device(used), cells=_cells(used))


def _evidence(claim: Claim, results: Results) -> tuple[Evidence, ...]:
    """What each prediction found; intervals of means hold together over the claim's predictions."""
    means = {p: p.number for p in claim.predictions if isinstance(p.number, OverPairs)}
    together = simultaneous({p: number.sample(results) for p, number in means.items()})
    found = {
        p: means[p].shown(together[p]) if p in means else p.number.of(results)
        for p in claim.predictions
    }
    return tuple(Evidence(p.what, at, p.bound, _outcome(p, at)) for p, at in found.items())


def _outcome(prediction: Prediction, found: Interval) -> PredictionOutcome:
    alone = found.n == 1 and not isinstance(prediction.number, OverCells)
    return "open" if alone else prediction.bound.judge(found)  # one pair decides nothing


def _verdict(claim: Claim, outcomes: Sequence[PredictionOutcome]) -> Verdict:
    if not claim.judged:
        return "not judged"
    if claim.rule == "construction":
        return "by construction"
    if not outcomes or "missing" in outcomes:
        return "not yet measured"
    if set(outcomes) == {"holds"}:
        return "supported"
    if set(outcomes) == {"fails"} or (claim.rule == "each" and "fails" in outcomes):
        return "refuted"
    return "mixed" if {"holds", "fails"} <= set(outcomes) else "undecided"


def _device(used: Rows) -> str:
    """The devices, with their threads and how many processes shared them; mixed states of code."""
    words = {
        ", ".join(
            part
            for part in (str(row["device"]), threads(row["threads"]), workers([row["workers"]]))
            if part
        )
        for row in used
    }
    mixed = mixed_code((str(row["method"]), str(row["method_digest"])) for row in used)
    told = [f"not all by one state of the code: {mixed}"] if mixed else []
    return "; ".join([*sorted(words), *told])


def _cells(used: Rows) -> str:
    """The networks, by data set: `mnist (mlp-128x3, mlp-256x3); digits (vgg8-w8)`."""
    networks: dict[object, list[str]] = {}
    for row in used:
        of_set = networks.setdefault(row["dataset"], [])
        if row["network_label"] not in of_set:
            of_set.append(str(row["network_label"]))
    return "; ".join(f"{name} ({_few_names(of_set)})" for name, of_set in networks.items())


def _few_names(names: list[str]) -> str:
    """All of a few names, the first three of many."""
    few = names if len(names) <= 4 else [*names[:3], f"and {len(names) - 3} more"]
    return ", ".join(few)
