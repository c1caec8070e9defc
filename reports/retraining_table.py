"""Table: what retrained merges achieve after each epoch, beside what retraining alone gives."""

import pandas as pd

from .captions import caption
from .comparison import POINTS, TOGETHER, compared, per_cent
from .condition import Setting
from .grid import Grid
from .named import Named
from .numbers import scaled
from .statistics import Interval, mean, paired, simultaneous
from .style import BASELINE, PLAIN, finish_in_words
from .table import Section, Table, numbers_row


def retraining(grid: Grid) -> Table:
    """Accuracy and loss after each epoch; no section where nothing was retrained."""
    sections, rows = [], []
    for setting in grid.settings:
        for finish in setting.finishes:
            if not (epochs := _epochs(setting, finish)):
                continue
            found = _found(setting, finish, epochs)
            rows += [numbers_row(setting, finish, m, values) for m, values in found.items()]
            sections.append(_section(setting, finish, epochs, found))
    return Table("retraining", "Retraining", sections, pd.DataFrame(rows))


def _epochs(setting: Setting, finish: Named) -> list[int]:
    """After which epochs some cell of this finish was evaluated."""
    return sorted(
        {
            int(epoch)
            for cell in setting.select(finish)["cell"]
            for points in setting.retraining.get(cell, {}).values()
            for epoch in points
        }
    )


def _found(setting: Setting, finish: Named, epochs: list[int]) -> dict[Named, dict[str, Interval]]:
    methods = setting.methods(finish)
    found = {
        method: {
            f"{split}_{quantity}_after_{epoch}": mean(
                setting.after(epoch, finish, method, split, quantity).values()
            )
            for epoch in epochs
            for split in ("test", "train")
            for quantity in ("accuracy", "loss")
        }
        for method in methods
    }
    for epoch in epochs:
        after = {m: setting.after(epoch, finish, m, "test", "accuracy") for m in methods}
        baseline = setting.after(epoch, finish, PLAIN, "test", "accuracy")
        family = simultaneous({m: paired(after[m], baseline) for m in methods})
        for method, against in family.items():
            found[method][f"test_accuracy_after_{epoch}_against_{BASELINE}"] = against
    return found


def _section(
    setting: Setting, finish: Named, epochs: list[int], found: dict[Named, dict[str, Interval]]
) -> Section:
    last = epochs[-1]
    rows = []
    for method, values in found.items():
        own = values[f"test_accuracy_after_{last}"]
        against = values[f"test_accuracy_after_{last}_against_{BASELINE}"]
        rows.append(
            {"Method": setting.looks[method].label}
            | {
                f"{epoch} epoch{'' if epoch == 1 else 's'}": per_cent(
                    values[f"test_accuracy_after_{epoch}"]
                )
                for epoch in epochs
            }
            | {
                f"after {last} against {BASELINE}": ""
                if method == PLAIN
                else compared(scaled(against, 100), POINTS, own.n),
                "n": str(own.n),
            }
        )
    heading = f"{setting.title}: {finish_in_words(finish)}, test accuracy by epoch (%)"
    return Section(
        setting.slug, heading, pd.DataFrame(rows), f"{caption(setting, finish)} {TOGETHER}"
    )
