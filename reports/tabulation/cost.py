"""Table: what an alignment costs, and whether it keeps what the networks compute."""

import json
from dataclasses import replace
from math import isnan, nan

import pandas as pd

from ...results.columns import INEQUIVALENT
from ..data.condition import Condition
from ..data.grid import GridResults
from ..data.machines import machines, on_machine
from ..data.named import Named
from ..data.statistics import Interval, median
from ..wording import numbers
from ..wording.captions import caption, threads, workers
from ..wording.style import method_styles
from .table import Section, Table, numbers_row

TOLD = ("sweeps", "growth")
"""What a method may say of its run: visits of all groups, width over the widest network's."""


def cost_table(grid: GridResults) -> Table:
    """Seconds and memory of the alignment alone, and whether it keeps the networks' functions."""
    sections, rows = [], []
    for condition in grid.conditions:
        every = sorted(set(machines(condition)))
        shown = []
        crowded = len({beside for _, _, beside in every}) > 1
        for device, count, beside in every:
            here = _told(on_machine(condition, device, count, beside))
            for method in here.methods():
                cells = here.select(method=method)
                found, maps = _cost(here, method), _kind_of_maps(cells)
                error = max(cells["equivalence_error"].dropna(), default=nan)
                extra = {"device": device, "threads": count, "maps": maps}
                extra |= {"equivalence_error": error} | ({"workers": beside} if crowded else {})
                rows.append(numbers_row(condition, None, method, found) | extra)
                look = method_styles(condition.line_up)[method]
                words = [device, threads(count), workers([beside]) if crowded else ""]
                machine = {"Device": ", ".join(filter(None, words))} if len(every) > 1 else {}
                shown.append({"Method": look.label} | _cost_row(found, maps, error) | machine)
        note = f"{caption(condition)} Medians over the pairs, of `align` alone."
        if count := _inequivalent(grid, condition):
            note += (
                f" Left out: {count} cell{'s' * (count > 1)} whose outputs an alignment changed "
                "that claims to be exact; they are listed with those that failed."
            )
        sections.append(
            Section(
                condition.slug,
                f"{condition.title}: alignment",
                pd.DataFrame(shown).fillna(numbers.DASH),
                note,
            )
        )
    return Table("cost", "What alignment costs", sections, pd.DataFrame(rows))


def _inequivalent(grid: GridResults, condition: Condition) -> int:
    """How many cells of the same networks have an alignment that is not what it claims to be."""
    broken = grid.cells[grid.cells["status"] == INEQUIVALENT]
    facts = list(condition.facts)
    return sum(
        row == list(condition.facts.values()) for row in broken.loc[:, facts].to_numpy().tolist()
    )


def _told(condition: Condition) -> Condition:
    """The condition with columns of what the methods say of their runs."""
    stats = [json.loads(text or "{}") for text in condition.cells["stats"]]
    told = {name: [float(each.get(name, nan)) for each in stats] for name in TOLD}
    return replace(condition, cells=condition.cells.assign(**told))


def _cost(condition: Condition, method: Named) -> dict[str, Interval]:
    columns = {"seconds": "align_seconds", "peak_bytes": "align_peak_bytes"}
    columns |= {name: name for name in TOLD}
    return {
        name: median(condition.values(column, method=method)) for name, column in columns.items()
    }


def _cost_row(found: dict[str, Interval], maps: str, error: float) -> dict[str, str]:
    grown = found["growth"]
    growth = {} if isnan(grown.estimate) else {"Width": f"{numbers.number(grown.estimate, 2)} ×"}
    return {
        "Time": numbers.duration(found["seconds"]),
        "Peak memory added": numbers.memory(found["peak_bytes"]),
        "Sweeps": numbers.number(found["sweeps"].estimate, 0),
        "Maps": maps,
        "Outputs changed by at most": numbers.scientific(error),
        "n": numbers.count(found["seconds"]),
    } | growth


def _kind_of_maps(cells: pd.DataFrame) -> str:
    """Whether the maps were permutations: `permutation`, `soft`, or, over the cells, both."""
    kinds = set(cells["permutation"].dropna())
    return " / ".join(sorted("permutation" if kind else "soft" for kind in kinds))
