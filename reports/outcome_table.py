"""Table: the cells that were skipped or failed, with their reasons."""

from collections import Counter, defaultdict

import pandas as pd

from .captions import where
from .grid import Grid, Row
from .style import finish_in_words, finish_order, in_words
from .table import Section, Table


def outcomes(grid: Grid) -> Table:
    """How many cells were finished, and why the others were not."""
    count = Counter(row["status"] for row in grid.cells)
    text = ", ".join(f"{count[status]} {status}" for status in ("done", "skipped", "failed"))
    keys = ("status", "dataset", "network", "reason")
    missing: dict[tuple, list[Row]] = defaultdict(list)
    for row in grid.cells:
        if row["status"] != "done":
            missing[tuple(row[key] for key in keys)].append(row)
    rows, shown = [], []
    for key in sorted(missing):
        status, dataset, network, reason = key
        methods = sorted({row["method"] for row in missing[key]})
        finishes = sorted({row["finish"] for row in missing[key]}, key=finish_order)
        met = {
            row["method"]
            for row in grid.cells
            if (row["dataset"], row["network"]) == (dataset, network) and row["finish"] in finishes
        }
        everyone = f"all {len(met)}" if len(methods) == len(met) > 1 else ""
        lists = {"finishes": " ".join(finishes), "methods": "; ".join(methods)}
        rows.append(dict(zip(keys, key, strict=True)) | {"cells": len(missing[key])} | lists)
        shown.append(
            {
                "Network": f"{dataset}, {network}",
                "Cells": f"{len(missing[key])} {status}",
                "Reason": reason if len(reason) <= 160 else reason[:157] + "...",
                "Finish": ", ".join(map(finish_in_words, finishes)),
                "Methods": everyone or "; ".join(map(in_words, methods)),
            }
        )
    columns = [*keys, "cells", "finishes", "methods"]
    note = where(grid.cells)
    section = Section("", f"{len(grid.cells)} cells: {text}", pd.DataFrame(shown), note)
    title = "Cells that were skipped or failed"
    return Table("outcomes", title, [section], pd.DataFrame(rows, columns=columns))
