"""Table: the barriers of every method."""

import pandas as pd

from ..data.condition import Condition
from ..data.families import BASELINE, PLAIN
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import Interval
from ..wording import numbers
from ..wording.captions import caption, heading_of
from ..wording.differences import (
    NATS_DIGITS,
    POINTS_DIGITS,
    TOGETHER_NOTE,
    against_baseline,
    compared,
)
from ..wording.style import method_styles
from .table import Section, Table, numbers_row


def barrier_table(grid: GridResults) -> Table:
    """Loss and accuracy, train and test, both definitions, and the difference to the baseline."""
    sections, rows = [], []
    for condition in grid.conditions:
        for finish in condition.finishes:
            found = _barriers(condition, finish)
            rows += [numbers_row(condition, finish, m, values) for m, values in found.items()]
            sections += [
                _barrier_section(condition, finish, q, found) for q in ("loss", "accuracy")
            ]
    return Table("barriers", "Barriers", sections, pd.DataFrame(rows))


def _barriers(condition: Condition, finish: Named) -> dict[Named, dict[str, Interval]]:
    found = {
        method: {
            column: condition.mean(column, finish, method)
            for split in ("test", "train")
            for quantity in ("loss", "accuracy")
            for definition in ("chord", "mean")
            for column in [f"{split}_barrier_{definition}_{quantity}"]
        }
        for method in condition.methods(finish)
    }
    for quantity in ("loss", "accuracy"):
        column = f"test_barrier_chord_{quantity}"
        for method, against in against_baseline(condition, finish, column).items():
            found[method][f"{column}_against_{BASELINE}"] = against
    return found


def _barrier_section(
    condition: Condition, finish: Named, quantity: str, found: dict[Named, dict[str, Interval]]
) -> Section:
    factor, digits, unit = (
        (1, NATS_DIGITS, "nats") if quantity == "loss" else (100, POINTS_DIGITS, "points")
    )
    columns = {
        f"{split.capitalize()}, {definition}": f"{split}_barrier_{definition}_{quantity}"
        for split in ("test", "train")
        for definition in ("chord", "mean")
    }
    against = f"test_barrier_chord_{quantity}_against_{BASELINE}"
    rows = [
        {"Method": method_styles(condition.line_up)[method].label}
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
            "n": numbers.count(values[columns["Test, chord"]]),
        }
        for method, values in found.items()
    ]
    heading = f"{heading_of(condition, finish)}, barrier in {quantity} ({unit})"
    return Section(
        condition.slug, heading, pd.DataFrame(rows), f"{caption(condition, finish)} {TOGETHER_NOTE}"
    )
