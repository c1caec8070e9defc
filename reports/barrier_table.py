"""Table: the barriers of every method."""

import pandas as pd

from . import numbers
from .captions import caption
from .comparison import NATS, POINTS, TOGETHER, against_baseline, compared
from .condition import Setting
from .grid import Grid
from .named import Named
from .statistics import Interval, mean
from .style import BASELINE, PLAIN
from .table import Section, Table, numbers_row


def barriers(grid: Grid) -> Table:
    """Loss and accuracy, train and test, both definitions, and the difference to the baseline."""
    sections, rows = [], []
    for setting in grid.settings:
        for finish in setting.finishes:
            found = _barriers(setting, finish)
            rows += [numbers_row(setting, finish, m, values) for m, values in found.items()]
            sections += [_barrier_section(setting, finish, q, found) for q in ("loss", "accuracy")]
    return Table("barriers", "Barriers", sections, pd.DataFrame(rows))


def _barriers(setting: Setting, finish: Named) -> dict[Named, dict[str, Interval]]:
    found = {
        method: {
            column: mean(setting.values(column, finish, method).values())
            for split in ("test", "train")
            for quantity in ("loss", "accuracy")
            for definition in ("chord", "mean")
            for column in [f"{split}_barrier_{definition}_{quantity}"]
        }
        for method in setting.methods(finish)
    }
    for quantity in ("loss", "accuracy"):
        column = f"test_barrier_chord_{quantity}"
        for method, against in against_baseline(setting, finish, column).items():
            found[method][f"{column}_against_{BASELINE}"] = against
    return found


def _barrier_section(
    setting: Setting, finish: Named, quantity: str, found: dict[Named, dict[str, Interval]]
) -> Section:
    factor, digits, unit = (1, NATS, "nats") if quantity == "loss" else (100, POINTS, "points")
    columns = {
        f"{split.capitalize()}, {definition}": f"{split}_barrier_{definition}_{quantity}"
        for split in ("test", "train")
        for definition in ("chord", "mean")
    }
    against = f"test_barrier_chord_{quantity}_against_{BASELINE}"
    rows = [
        {"Method": setting.looks[method].label}
        | {
            title: numbers.interval(numbers.scaled(values[column], factor), *digits)
            for title, column in columns.items()
        }
        | {
            f"Test chord against {BASELINE}": ""
            if method == PLAIN
            else compared(
                numbers.scaled(values[against], factor), digits, values[columns["Test, chord"]].n
            ),
            "n": str(values[columns["Test, chord"]].n),
        }
        for method, values in found.items()
    ]
    heading = f"{setting.heading(finish)}, barrier in {quantity} ({unit})"
    return Section(
        setting.slug, heading, pd.DataFrame(rows), f"{caption(setting, finish)} {TOGETHER}"
    )
