"""Table: how much of a planted permutation every method finds."""

import pandas as pd

from ..data.condition import Condition
from ..data.grid import GridResults
from ..data.recovery import at_noise, by_seeds, noises
from ..data.statistics import median
from ..wording import numbers
from ..wording.captions import caption
from ..wording.style import method_styles
from .table import Section, Table, numbers_row

RECOVERY_QUANTITIES = ("recovered", "objective_ratio")


def recovery_table(grid: GridResults) -> Table:
    """Units recovered and objective reached, a column per noise, and the time of `align` alone."""
    sections, rows = [], []
    for condition in grid.conditions:
        levels = noises(condition)
        for method in condition.methods():
            for noise in levels:
                found = {q: at_noise(condition, method, noise, q) for q in RECOVERY_QUANTITIES}
                seconds = median(by_seeds(condition, method, noise, "align_seconds"))
                row = numbers_row(condition, None, method, found | {"align_seconds": seconds})
                rows.append(row | {"noise": noise})
        sections += [
            _recovery_section(condition, levels, "recovered", "units recovered (%)", 100, (0, 1)),
            _recovery_section(
                condition, levels, "objective_ratio", "objective over planted", 1, (2, 3)
            ),
        ]
    return Table("recovery", "Planted permutations recovered", sections, pd.DataFrame(rows))


def _recovery_section(
    condition: Condition,
    levels: list[float],
    column: str,
    words: str,
    factor: float,
    digits: tuple[int, int],
) -> Section:
    rows = []
    for method in condition.methods():
        row = {"Method": method_styles(condition.line_up)[method].label}
        for noise in levels:
            found = numbers.scaled(at_noise(condition, method, noise, column), factor)
            row[f"noise {noise:g}"] = numbers.interval(found, *digits)
        row["n"] = str(condition.pairs(method=method))
        rows.append(row)
    return Section(
        condition.slug, f"{condition.title}: {words}", pd.DataFrame(rows), caption(condition)
    )
