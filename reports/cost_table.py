"""Table: what an alignment costs, and whether it keeps what the networks compute."""

from collections.abc import Sequence
from math import isnan, nan

import pandas as pd

from . import numbers
from .captions import caption, threads
from .grid import Grid, Row, by_pair
from .quantities import stat
from .statistics import Interval, median
from .table import Section, Table, numbers_row

TOLD = ("sweeps", "growth")
"""What a method may say of its run: visits of all groups, width over the widest network's."""


def cost(grid: Grid) -> Table:
    """Seconds and memory of the alignment alone, and whether it keeps the networks' functions."""
    sections, rows = [], []
    for setting in grid.settings:
        machines = sorted({(row["device"], row["threads"] or 0) for row in setting.cells})
        shown = []
        for device, count in machines:
            for method in setting.methods():
                cells = [
                    row
                    for row in setting.select(method=method)
                    if (row["device"], row["threads"] or 0) == (device, count)
                ]
                if not cells:
                    continue
                found, maps, error = _cost(cells), _maps(cells), _greatest_error(cells)
                extra = {"device": device, "threads": count, "maps": maps}
                extra |= {"equivalence_error": error}
                rows.append(numbers_row(setting, None, method, found) | extra)
                look = setting.looks[method]
                machine = {"Device": f"{device}, {threads(count)}"} if len(machines) > 1 else {}
                shown.append({"Method": look.label} | _cost_row(found, maps, error) | machine)
        note = f"{caption(setting)} Medians over the pairs, of `align` alone."
        sections.append(
            Section(
                setting.slug,
                f"{setting.title}: alignment",
                pd.DataFrame(shown).fillna(numbers.DASH),
                note,
            )
        )
    return Table("cost", "What alignment costs", sections, pd.DataFrame(rows))


def _cost(cells: Sequence[Row]) -> dict[str, Interval]:
    told = [dict(row) | {name: stat(name)(row) for name in TOLD} for row in cells]
    columns = {"seconds": "align_seconds", "peak_bytes": "align_peak_bytes"}
    columns |= {name: name for name in TOLD}
    return {name: median(by_pair(told, column).values()) for name, column in columns.items()}


def _cost_row(found: dict[str, Interval], maps: str, error: float) -> dict[str, str]:
    grown = found["growth"]
    growth = {} if isnan(grown.estimate) else {"Width": f"{numbers.number(grown.estimate, 2)} ×"}
    return {
        "Time": numbers.seconds(found["seconds"]),
        "Peak memory added": numbers.memory(found["peak_bytes"]),
        "Sweeps": numbers.number(found["sweeps"].estimate, 0),
        "Maps": maps,
        "Outputs changed by at most": numbers.scientific(error),
        "n": str(found["seconds"].n),
    } | growth


def _maps(cells: Sequence[Row]) -> str:
    """Whether the maps were permutations: `permutation`, `soft`, or, over the cells, both."""
    kinds = {row["permutation"] for row in cells} - {None}
    return " / ".join(sorted("permutation" if kind else "soft" for kind in kinds))


def _greatest_error(cells: Sequence[Row]) -> float:
    errors = [row["equivalence_error"] for row in cells if not isnan(row["equivalence_error"])]
    return max(errors, default=nan)
