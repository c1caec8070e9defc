"""Table: the cells that were skipped or failed, with their reasons."""

import pandas as pd

from ...results.columns import STATUSES
from ..data.families import finish_order
from ..data.grid import GridResults
from ..wording.captions import where_measured
from ..wording.style import finish_in_words, in_words
from .table import Section, Table


def outcome_table(grid: GridResults) -> Table:
    """How many cells were finished, and why the others were not, changed outputs among them."""
    cells = grid.cells
    count = cells["status"].value_counts()
    always = ("done", "skipped", "failed")
    text = ", ".join(f"{count.get(s, 0)} {s}" for s in STATUSES if s in always or s in count)
    keys = ["status", "dataset", "network_label", "reason"]
    rows, shown = [], []
    for key, missing in cells[cells["status"] != "done"].groupby(keys):
        status, dataset, network, reason = map(str, key)  # type: ignore[arg-type]
        methods = sorted(set(missing["method_id"]), key=str)
        finishes = sorted(set(missing["finish_id"]), key=finish_order)
        beside = cells[(cells["dataset"] == dataset) & (cells["network_label"] == network)]
        pairs = zip(beside["method_id"], beside["finish_id"], strict=True)
        met = {method for method, finish in pairs if finish in finishes}
        everyone = f"all {len(met)}" if len(methods) == len(met) > 1 else ""
        lists = {"finishes": " ".join(map(str, finishes)), "methods": "; ".join(map(str, methods))}
        about = {"status": status, "dataset": dataset, "network": network, "reason": reason}
        rows.append(about | {"cells": len(missing)} | lists)
        shown.append(
            {
                "Network": f"{dataset}, {network}",
                "Cells": f"{len(missing)} {status}",
                "Reason": reason if len(reason) <= 160 else reason[:157] + "...",
                "Finish": ", ".join(map(finish_in_words, finishes)),
                "Methods": everyone or "; ".join(map(in_words, methods)),
            }
        )
    columns = ["status", "dataset", "network", "reason", "cells", "finishes", "methods"]
    note = where_measured(cells)
    section = Section("", f"{len(cells)} cells: {text}", pd.DataFrame(shown), note)
    title = "Cells that were skipped or failed"
    return Table("outcomes", title, [section], pd.DataFrame(rows, columns=columns))
