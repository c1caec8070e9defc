"""Claims judged: verdicts that follow from the results and from nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...results.columns import FAILED
from ..data.grid import GridResults, read_grid
from ..data.sources import Source, sources_in
from ..wording.captions import threads, workers
from .catalogue import CLAIMS, GRIDS
from .cells import rows, selections
from .claim import Claim, Finding, Results, Rows
from .images import standard_error
from .rules import tests
from .sequential import looked_at


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
    is there is shown, and no verdict drawn from a part. A claim with looks is judged at each in
    turn, by the networks of that look alone, and stands where it was decided.
    """
    made = tests(claim, results)
    look, found, verdict = looked_at(claim, made)
    found = tuple(
        replace(each, from_images=standard_error(p.number, results)) if each.found.n else each
        for each, p in zip(found, claim.predictions, strict=True)
    )
    chosen = list(selections(claim))
    used = [row for cells in chosen for row in cells.of(results)]
    lost = {
        str(row.get("cell"))
        for cells in chosen
        for row in replace(cells, ended=tuple({*FAILED} - {*cells.ended})).of(results)
    }
    return Finding(
        claim,
        verdict,
        found,
        _devices(used),
        cells=_cells(used),
        look=look,
        left_out=len(lost),
        code=frozenset((str(row["method"]), str(row["method_digest"])) for row in used),
    )


def _devices(used: Rows) -> tuple[str, ...]:
    """The devices, with their threads and how many processes shared them."""
    words = {
        ", ".join(
            part
            for part in (str(row["device"]), threads(row["threads"]), workers([row["workers"]]))
            if part
        )
        for row in used
    }
    return tuple(sorted(words))


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
