"""The table on the first page: every method as it comes, in one line each.

    python -m basinbench.reports.headline results/mnist README.md

writes it between the two marks of the page; a test holds that page and results agree.
"""

import sys
from pathlib import Path

import pandas as pd

from ..results.files import write_whole
from . import numbers
from .captions import caption
from .comparison import NATS, per_cent
from .condition import Setting
from .grid import Grid, read
from .named import Named
from .statistics import mean, median
from .style import NOTHING
from .table import escape

MARKS = ("<!-- headline: made from results, do not edit -->\n", "<!-- end of headline -->\n")


def headline(grid: Grid) -> str:
    """The methods without variants in the grid's first setting, as Markdown with a caption."""
    setting = grid.settings[0]
    plain = [m for m in setting.methods(NOTHING) if m.is_plain]
    retrained = next((f for f in setting.finishes if f.name == "retrain"), None)
    rows = [_row(setting, method, retrained) for method in plain]
    shown = pd.DataFrame(rows).map(escape)
    alignment = ["left"] + ["right"] * (shown.shape[1] - 1)
    table = shown.to_markdown(index=False, disable_numparse=True, colalign=alignment)
    return f"{table}\n\n{caption(setting, NOTHING)}\n"


def insert(page: str, table: str) -> str:
    """`page` with `table` between its marks; `ValueError` where it has none."""
    before, mark, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (mark and end):
        raise ValueError(f"the page has no {MARKS[0].strip()!r} ... {MARKS[1].strip()!r}")
    return f"{before}{mark}\n{table}\n{end}{after}"


def _row(setting: Setting, method: Named, retrained: Named | None) -> dict[str, str]:
    def over_pairs(column: str, finish: Named = NOTHING):
        return mean(setting.values(column, finish, method).values())

    row = {
        "Method": setting.looks[method].label,
        "Barrier (nats)": numbers.interval(over_pairs("test_barrier_chord_loss"), *NATS),
        "Accuracy (%)": per_cent(over_pairs("test_accuracy_mid")),
    }
    if retrained:
        row["retrained (%)"] = per_cent(over_pairs("test_accuracy_mid", retrained))
    seconds = median(setting.values("align_seconds", NOTHING, method).values())
    return row | {"Time": numbers.seconds(seconds)}


def main(folder: str, page: str) -> None:
    """Write the headline of the grid in `folder` into `page`."""
    path = Path(page)
    write_whole(path, insert(path.read_text(encoding="utf-8"), headline(read(Path(folder)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
