"""The table on the first page: every method as it comes, in one line each.

    python -m basinbench.reports.tabulation.headline results/mnist README.md

writes it between the two marks of the page; a test holds that page and results agree.
"""

import sys
from pathlib import Path

import pandas as pd

from ...results.files import write_whole
from ..data.condition import Condition
from ..data.families import NOTHING
from ..data.grid import GridResults, read_grid
from ..data.named import Named
from ..data.statistics import mean, median
from ..wording import numbers
from ..wording.captions import caption
from ..wording.differences import NATS_DIGITS, per_cent
from ..wording.markdown import cell, prose
from ..wording.style import method_styles

MARKS = ("<!-- headline: made from results, do not edit -->\n", "<!-- end of headline -->\n")


def headline(grid: GridResults) -> str:
    """The methods without variants in the grid's first condition, as Markdown with a caption."""
    condition = grid.conditions[0]
    plain = [m for m in condition.methods(NOTHING) if m.is_plain]
    retrained = next((f for f in condition.finishes if f.name == "retrain"), None)
    rows = [_headline_row(condition, method, retrained) for method in plain]
    shown = pd.DataFrame(rows).map(cell)
    alignment = ["left"] + ["right"] * (shown.shape[1] - 1)
    table = shown.to_markdown(index=False, disable_numparse=True, colalign=alignment)
    return f"{table}\n\n{prose(caption(condition, NOTHING))}\n"


def insert(page: str, table: str) -> str:
    """`page` with `table` between its marks; `ValueError` where it has none."""
    before, mark, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (mark and end):
        raise ValueError(f"the page has no {MARKS[0].strip()!r} ... {MARKS[1].strip()!r}")
    return f"{before}{mark}\n{table}\n{end}{after}"


def _headline_row(condition: Condition, method: Named, retrained: Named | None) -> dict[str, str]:
    def over_pairs(column: str, finish: Named = NOTHING):
        return mean(condition.values(column, finish, method))

    row = {
        "Method": method_styles(condition.line_up)[method].label,
        "Barrier (nats)": numbers.interval(over_pairs("test_barrier_chord_loss"), *NATS_DIGITS),
        "Accuracy (%)": per_cent(over_pairs("test_accuracy_mid")),
    }
    if retrained:
        row["retrained (%)"] = per_cent(over_pairs("test_accuracy_mid", retrained))
    seconds = median(condition.values("align_seconds", NOTHING, method))
    return row | {"Time": numbers.duration(seconds)}


def main(folder: str, page: str) -> None:
    """Write the headline of the grid in `folder` into `page`."""
    path = Path(page)
    write_whole(path, insert(path.read_text(encoding="utf-8"), headline(read_grid(Path(folder)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
