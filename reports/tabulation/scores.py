"""Table: what merged networks achieve beside the networks they were made of."""

from collections.abc import Callable

import pandas as pd

from ..data.condition import Condition
from ..data.families import BASELINE, PLAIN
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import Interval, paired, simultaneous
from ..wording import numbers
from ..wording.captions import caption, heading_of
from ..wording.differences import (
    NATS_DIGITS,
    POINTS_DIGITS,
    TOGETHER_NOTE,
    against_baseline,
    compared,
    per_cent,
)
from ..wording.style import method_styles
from .table import Section, Table, numbers_row


def score_table(grid: GridResults) -> Table:
    """The merge with equal weights beside the networks it was made of and their ensemble."""
    sections, rows = [], []
    for condition in grid.conditions:
        for finish in condition.finishes:
            found = _scores_by_method(condition, finish)
            rows += [numbers_row(condition, finish, m, values) for m, values in found.items()]
            sections.append(_score_section(condition, finish, found))
    return Table("scores", "Merged networks", sections, pd.DataFrame(rows))


def _scores_by_method(condition: Condition, finish: Named) -> dict[Named, dict[str, Interval]]:
    found = {
        method: {
            f"{split}_{quantity}_mid": condition.mean(f"{split}_{quantity}_mid", finish, method)
            for split in ("test", "train")
            for quantity in ("accuracy", "loss", "ece")
        }
        for method in condition.methods(finish)
    }
    merged = "test_accuracy_mid"
    families = {
        "networks": _against(condition, finish, "test_accuracy_mean"),
        "ensemble": _against(condition, finish, "test_ensemble_accuracy"),
        BASELINE: against_baseline(condition, finish, merged),
    }
    for name, family in families.items():
        for method, against in family.items():
            found[method][f"{merged}_against_{name}"] = against
    return found


def _against(condition: Condition, finish: Named, column: str) -> dict[Named, Interval]:
    """How much higher the accuracy of every merge is than `column` of the same cells."""
    return simultaneous(
        {
            method: paired(
                condition.values("test_accuracy_mid", finish, method),
                condition.values(column, finish, method),
            )
            for method in condition.methods(finish)
        }
    )


def _score_section(
    condition: Condition, finish: Named, found: dict[Named, dict[str, Interval]]
) -> Section:
    def row(label: str, of: Callable[[str, str], Interval]) -> dict[str, str]:
        return {
            "Method": label,
            "Test accuracy (%)": per_cent(of("test", "accuracy")),
            "Test loss": numbers.interval(of("test", "loss"), *NATS_DIGITS),
            "Test ECE (%)": per_cent(of("test", "ece")),
            "Train accuracy (%)": per_cent(of("train", "accuracy")),
            "Train loss": numbers.interval(of("train", "loss"), *NATS_DIGITS),
        }

    def reference(label: str, pattern: str) -> dict[str, str]:
        return row(
            label,
            lambda s, q: condition.mean(pattern.format(split=s, of=q), finish),
        )

    against = {
        "Test accuracy against networks": "test_accuracy_mid_against_networks",
        "against ensemble": "test_accuracy_mid_against_ensemble",
        f"against {BASELINE}": f"test_accuracy_mid_against_{BASELINE}",
    }
    rows = [
        reference("*Networks, their mean*", "{split}_{of}_mean"),
        reference("*Ensemble of the networks*", "{split}_ensemble_{of}"),
    ]
    for method, values in found.items():
        scores = row(
            method_styles(condition.line_up)[method].label, lambda s, q, v=values: v[f"{s}_{q}_mid"]
        )
        n = values["test_accuracy_mid"].n
        differences = {
            title: ""
            if method == PLAIN and column.endswith(BASELINE)
            else compared(numbers.scaled(values[column], 100), POINTS_DIGITS, n)
            for title, column in against.items()
        }
        rows.append(scores | differences | {"n": numbers.count(values["test_accuracy_mid"])})
    heading = f"{heading_of(condition, finish)}, merged with equal weights"
    note = f"{caption(condition, finish)} {TOGETHER_NOTE}"
    return Section(condition.slug, heading, pd.DataFrame(rows).fillna(""), note)
