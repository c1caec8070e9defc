"""Table: what merged networks achieve beside the networks they were made of."""

from collections.abc import Callable

import pandas as pd

from . import numbers
from .captions import caption
from .comparison import NATS, POINTS, against_baseline, compared, per_cent
from .grid import Grid, Setting
from .statistics import Interval, difference, mean
from .style import BASELINE
from .table import Section, Table, numbers_row


def scores(grid: Grid) -> Table:
    """The merge with equal weights beside the networks it was made of and their ensemble."""
    sections, rows = [], []
    for setting in grid.settings:
        for finish in setting.finishes:
            found = {m: _scores(setting, finish, m) for m in setting.methods(finish)}
            rows += [numbers_row(setting, finish, m, values) for m, values in found.items()]
            sections.append(_score_section(setting, finish, found))
    return Table("scores", "Merged networks", sections, pd.DataFrame(rows))


def _scores(setting: Setting, finish: str, method: str) -> dict[str, Interval]:
    found = {
        f"{split}_{quantity}_mid": mean(
            setting.values(f"{split}_{quantity}_mid", finish, method).values()
        )
        for split in ("test", "train")
        for quantity in ("accuracy", "loss", "ece")
    }
    merged = setting.values("test_accuracy_mid", finish, method)
    for name, column in (
        ("networks", "test_accuracy_mean"),
        ("ensemble", "test_ensemble_accuracy"),
    ):
        other = setting.values(column, finish, method)
        found[f"test_accuracy_mid_against_{name}"] = difference(merged, other)
    return found | {
        f"test_accuracy_mid_against_{BASELINE}": against_baseline(
            setting, finish, method, "test_accuracy_mid"
        )
    }


def _score_section(setting: Setting, finish: str, found: dict[str, dict[str, Interval]]) -> Section:
    def row(label: str, of: Callable[[str, str], Interval]) -> dict[str, str]:
        return {
            "Method": label,
            "Test accuracy (%)": per_cent(of("test", "accuracy")),
            "Test loss": numbers.interval(of("test", "loss"), *NATS),
            "Test ECE (%)": per_cent(of("test", "ece")),
            "Train accuracy (%)": per_cent(of("train", "accuracy")),
            "Train loss": numbers.interval(of("train", "loss"), *NATS),
        }

    def reference(label: str, pattern: str) -> dict[str, str]:
        return row(
            label, lambda s, q: mean(setting.values(pattern.format(split=s, of=q), finish).values())
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
        scores = row(setting.looks[method].label, lambda s, q, v=values: v[f"{s}_{q}_mid"])
        n = values["test_accuracy_mid"].n
        differences = {
            title: ""
            if method == BASELINE and column.endswith(BASELINE)
            else compared(numbers.scaled(values[column], 100), POINTS, n)
            for title, column in against.items()
        }
        rows.append(scores | differences | {"n": str(n)})
    heading = f"{setting.heading(finish)}, merged with equal weights"
    return Section(setting.slug, heading, pd.DataFrame(rows).fillna(""), caption(setting, finish))
