"""Table: methods beside their authors' own code on the same networks."""

import pandas as pd

from ..data.families import method_order
from ..data.grid import GridResults
from ..data.named import Named
from ..wording import numbers
from ..wording.captions import where_measured
from ..wording.style import finish_in_words, in_words
from .table import Section, Table

FIDELITY_QUANTITIES = ("agreement", "weights_difference", "authors_accuracy", "own_accuracy")


def fidelity_table(grid: GridResults) -> Table:
    """Agreement of units, of weights and of accuracy, and why they differ where they do."""
    done = grid.cells[grid.cells["status"] == "done"]
    about = zip(done.index, done["method_id"], done["authors_code"], strict=True)
    order = [i for i, *_ in sorted(about, key=lambda row: (method_order(row[1]), row[2]))]
    rows, shown = [], []
    for _, cell in done.loc[order].iterrows():
        method = cell["method_id"]
        found = {name: float(cell[name]) for name in FIDELITY_QUANTITIES}
        rows.append(
            {
                "method": method.label,
                "network": cell["network_label"],
                "networks": int(cell["networks"]),
                "authors_code": cell["authors_code"],
                **found,
                "differs": cell["differs"],
            }
        )
        shown.append(
            {
                "Method": in_words(method) + _finish(cell["finish_id"]),
                "Networks": f"{int(cell['networks'])} {cell['network_label']}",
                "The authors' code": cell["authors_code"],
                "Units alike (%)": numbers.number(100 * found["agreement"], 1),
                "Largest difference of a weight": _difference(found["weights_difference"]),
                "Theirs (%)": numbers.number(100 * found["authors_accuracy"], 2),
                "Ours (%)": numbers.number(100 * found["own_accuracy"], 2),
                "Why": cell["differs"],
            }
        )
    caption = (
        "Units alike: the share of the first network's living units that meet the same partners. "
        "Theirs and ours: accuracy of the two merges on the digits that no network was trained on; "
        "random networks have none. Where nothing is said of a difference it is rounding. "
        f"{where_measured(grid.cells)}"
    )
    section = Section("", "Methods beside their authors' code", pd.DataFrame(shown), caption)
    return Table("fidelity", "Fidelity to the authors' code", [section], pd.DataFrame(rows))


def _finish(finish: Named) -> str:
    return f", {finish_in_words(finish)}" if finish.name else ""


def _difference(value: float) -> str:
    """Rounding by its order of magnitude, what is more by its size."""
    return numbers.number(value, 2) if value >= 0.01 else numbers.scientific(value)
