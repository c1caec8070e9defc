"""Table: what retrained merges achieve after each epoch, beside what retraining alone gives."""

import pandas as pd

from ..data.condition import Condition
from ..data.families import BASELINE, PLAIN
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import Interval, paired, simultaneous
from ..wording.captions import caption
from ..wording.differences import POINTS_DIGITS, TOGETHER_NOTE, compared, per_cent
from ..wording.numbers import count, scaled
from ..wording.style import finish_in_words, method_styles
from .table import Section, Table, numbers_row


def retraining_table(grid: GridResults) -> Table:
    """Accuracy and loss after each epoch; no section where nothing was retrained."""
    sections, rows = [], []
    for condition in grid.conditions:
        for finish in condition.finishes:
            if not (epochs := _evaluated_epochs(condition, finish)):
                continue
            found = _found(condition, finish, epochs)
            rows += [numbers_row(condition, finish, m, values) for m, values in found.items()]
            sections.append(_retraining_section(condition, finish, epochs, found))
    return Table("retraining", "Retraining", sections, pd.DataFrame(rows))


def _evaluated_epochs(condition: Condition, finish: Named) -> list[int]:
    """After which epochs some cell of this finish was evaluated."""
    return sorted(
        {
            int(epoch)
            for cell in condition.select(finish)["cell"]
            for points in condition.retraining.get(cell, {}).values()
            for epoch in points
        }
    )


def _found(
    condition: Condition, finish: Named, epochs: list[int]
) -> dict[Named, dict[str, Interval]]:
    methods = condition.methods(finish)
    found = {
        method: {
            f"{split}_{quantity}_after_{epoch}": condition.mean_after(
                epoch, finish, method, split, quantity
            )
            for epoch in epochs
            for split in ("test", "train")
            for quantity in ("accuracy", "loss")
        }
        for method in methods
    }
    for epoch in epochs:
        after = {m: condition.after(epoch, finish, m, "test", "accuracy") for m in methods}
        baseline = condition.after(epoch, finish, PLAIN, "test", "accuracy")
        family = simultaneous({m: paired(after[m], baseline) for m in methods})
        for method, against in family.items():
            found[method][f"test_accuracy_after_{epoch}_against_{BASELINE}"] = against
    return found


def _retraining_section(
    condition: Condition, finish: Named, epochs: list[int], found: dict[Named, dict[str, Interval]]
) -> Section:
    last = epochs[-1]
    rows = []
    for method, values in found.items():
        own = values[f"test_accuracy_after_{last}"]
        against = values[f"test_accuracy_after_{last}_against_{BASELINE}"]
        rows.append(
            {"Method": method_styles(condition.line_up)[method].label}
            | {
                f"{epoch} epoch{'' if epoch == 1 else 's'}": per_cent(
                    values[f"test_accuracy_after_{epoch}"]
                )
                for epoch in epochs
            }
            | {
                f"after {last} against {BASELINE}": ""
                if method == PLAIN
                else compared(scaled(against, 100), POINTS_DIGITS, own.n),
                "n": count(own),
            }
        )
    heading = f"{condition.title}: {finish_in_words(finish)}, test accuracy by epoch (%)"
    return Section(
        condition.slug, heading, pd.DataFrame(rows), f"{caption(condition, finish)} {TOGETHER_NOTE}"
    )
