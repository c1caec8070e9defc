"""Table: what an alignment costs, and whether it keeps what the networks compute."""

import json
from dataclasses import replace
from math import isnan, nan

import pandas as pd

from . import numbers
from .captions import caption, threads
from .condition import Setting
from .cost_scatter import machines, on_machine
from .grid import Grid
from .named import Named
from .statistics import Interval, median
from .table import Section, Table, numbers_row

TOLD = ("sweeps", "growth")
"""What a method may say of its run: visits of all groups, width over the widest network's."""


def cost(grid: Grid) -> Table:
    """Seconds and memory of the alignment alone, and whether it keeps the networks' functions."""
    sections, rows = [], []
    for setting in grid.settings:
        every = sorted(set(machines(setting)))
        shown = []
        for device, count in every:
            here = _told(on_machine(setting, device, count))
            for method in here.methods():
                cells = here.select(method=method)
                found, maps = _cost(here, method), _maps(cells)
                error = max(cells["equivalence_error"].dropna(), default=nan)
                extra = {"device": device, "threads": count, "maps": maps}
                extra |= {"equivalence_error": error}
                rows.append(numbers_row(setting, None, method, found) | extra)
                look = setting.looks[method]
                machine = {"Device": f"{device}, {threads(count)}"} if len(every) > 1 else {}
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


def _told(setting: Setting) -> Setting:
    """The setting with columns of what the methods say of their runs."""
    stats = [json.loads(text or "{}") for text in setting.cells["stats"]]
    told = {name: [float(each.get(name, nan)) for each in stats] for name in TOLD}
    return replace(setting, cells=setting.cells.assign(**told))


def _cost(setting: Setting, method: Named) -> dict[str, Interval]:
    columns = {"seconds": "align_seconds", "peak_bytes": "align_peak_bytes"}
    columns |= {name: name for name in TOLD}
    return {
        name: median(setting.values(column, method=method).values())
        for name, column in columns.items()
    }


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


def _maps(cells: pd.DataFrame) -> str:
    """Whether the maps were permutations: `permutation`, `soft`, or, over the cells, both."""
    kinds = set(cells["permutation"].dropna())
    return " / ".join(sorted("permutation" if kind else "soft" for kind in kinds))
