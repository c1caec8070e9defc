"""Table: how much of a planted permutation every method finds."""

import pandas as pd

from . import numbers
from .captions import caption
from .condition import Setting
from .grid import Grid
from .named import Named
from .statistics import Interval, mean, median
from .table import Section, Table, numbers_row

QUANTITIES = ("recovered", "objective_ratio")


def recovery(grid: Grid) -> Table:
    """Units recovered and objective reached, a column a noise, and the time of `align` alone."""
    sections, rows = [], []
    for setting in grid.settings:
        levels = noises(setting)
        for method in setting.methods():
            for noise in levels:
                found = {q: at_noise(setting, method, noise, q) for q in QUANTITIES}
                seconds = median(_values(setting, method, noise, "align_seconds").values())
                row = numbers_row(setting, None, method, found | {"align_seconds": seconds})
                rows.append(row | {"noise": noise})
        sections += [
            _section(setting, levels, "recovered", "units recovered (%)", 100, (0, 1)),
            _section(setting, levels, "objective_ratio", "objective over planted", 1, (2, 3)),
        ]
    return Table("recovery", "Planted permutations recovered", sections, pd.DataFrame(rows))


def noises(setting: Setting) -> list[float]:
    """The levels of noise of its cells, in order."""
    return sorted(set(setting.cells["noise"]))


def at_noise(setting: Setting, method: Named, noise: float, column: str) -> Interval:
    """The mean of `column` over the seeds, at one level of noise."""
    return mean(_values(setting, method, noise, column).values())


def _values(setting: Setting, method: Named, noise: float, column: str) -> dict[str, float]:
    return setting.part(noise=noise).values(column, method=method)


def _section(
    setting: Setting,
    levels: list[float],
    column: str,
    words: str,
    factor: float,
    digits: tuple[int, int],
) -> Section:
    rows = []
    for method in setting.methods():
        row = {"Method": setting.looks[method].label}
        for noise in levels:
            found = numbers.scaled(at_noise(setting, method, noise, column), factor)
            row[f"noise {noise:g}"] = numbers.interval(found, *digits)
        row["n"] = str(setting.select(method=method)["seeds"].nunique())
        rows.append(row)
    return Section(setting.slug, f"{setting.title}: {words}", pd.DataFrame(rows), caption(setting))
