"""Table: what merged networks achieve beside the networks they were made of."""

from collections.abc import Callable

import pandas as pd

from . import numbers
from .captions import caption
from .comparison import NATS, POINTS, TOGETHER, against_baseline, compared, per_cent
from .condition import Setting
from .grid import Grid
from .named import Named
from .statistics import Interval, mean, paired, simultaneous
from .style import BASELINE, PLAIN
from .table import Section, Table, numbers_row


def scores(grid: Grid) -> Table:
    """The merge with equal weights beside the networks it was made of and their ensemble."""
    sections, rows = [], []
    for setting in grid.settings:
        for finish in setting.finishes:
            found = _scores(setting, finish)
            rows += [numbers_row(setting, finish, m, values) for m, values in found.items()]
            sections.append(_score_section(setting, finish, found))
    return Table("scores", "Merged networks", sections, pd.DataFrame(rows))


def _scores(setting: Setting, finish: Named) -> dict[Named, dict[str, Interval]]:
    found = {
        method: {
            f"{split}_{quantity}_mid": mean(
                setting.values(f"{split}_{quantity}_mid", finish, method).values()
            )
            for split in ("test", "train")
            for quantity in ("accuracy", "loss", "ece")
        }
        for method in setting.methods(finish)
    }
    merged = "test_accuracy_mid"
    families = {
        "networks": _against(setting, finish, "test_accuracy_mean"),
        "ensemble": _against(setting, finish, "test_ensemble_accuracy"),
        BASELINE: against_baseline(setting, finish, merged),
    }
    for name, family in families.items():
        for method, against in family.items():
            found[method][f"{merged}_against_{name}"] = against
    return found


def _against(setting: Setting, finish: Named, column: str) -> dict[Named, Interval]:
    """How much higher the accuracy of every merge is than `column` of the same cells."""
    return simultaneous(
        {
            method: paired(
                setting.values("test_accuracy_mid", finish, method),
                setting.values(column, finish, method),
            )
            for method in setting.methods(finish)
        }
    )


def _score_section(
    setting: Setting, finish: Named, found: dict[Named, dict[str, Interval]]
) -> Section:
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
            if method == PLAIN and column.endswith(BASELINE)
            else compared(numbers.scaled(values[column], 100), POINTS, n)
            for title, column in against.items()
        }
        rows.append(scores | differences | {"n": str(n)})
    heading = f"{setting.heading(finish)}, merged with equal weights"
    note = f"{caption(setting, finish)} {TOGETHER}"
    return Section(setting.slug, heading, pd.DataFrame(rows).fillna(""), note)
