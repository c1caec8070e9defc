"""Whether the tables of one grid belong together: no point without a cell, no line without ends."""

from pathlib import Path
from typing import Any

from .columns import SPLITS
from .series import GROUP_COUNT

Frame = Any
"""A data frame of pandas, or a column of one: half a second to import, and no help to a checker."""


def check_series(path: Path, cells: set[str], series: Frame, key: list[str]) -> None:
    """`ValueError` where a row belongs to none of `cells`, or two of a cell share all of `key`."""
    if unknown := sorted(set(series["cell"]) - cells):
        raise ValueError(f"{path} is damaged: it has rows of cell {unknown[0]!r}, which is unknown")
    twice = series.duplicated(["cell", *key])
    if twice.any():
        raise ValueError(
            f"{path} is damaged: it has a row of cell {series['cell'][twice].iloc[0]!r} twice"
        )


def check_groups(path: Path, groups: Frame) -> None:
    """`ValueError` where a cell that has groups of test images has not all of them."""
    count = groups["cell"].value_counts()
    if (lacking := count[count != GROUP_COUNT]).size:
        raise ValueError(
            f"{path} is damaged: cell {lacking.index[0]!r} has {lacking.iloc[0]} groups of test "
            f"images, not {GROUP_COUNT}"
        )


def check_lines(path: Path, cells: Frame, curves: Frame, values: bool) -> None:
    """`ValueError` where a merge that was evaluated along a line has not all of its points.

    That is every finished merge of two networks with a number of points: on each split it has
    its ends and its middle. Of tables without checksums the `values` are compared as well: the
    number of points, which is that of the cell or these three, and what the cell's row says of
    them.
    """
    every = cells[(cells["status"] == "done") & (cells["networks"] == 2) & cells["points"].notna()]
    for split in SPLITS:
        # Tables that are older than the validation split are blank there.
        old = (split == "validation") & every[f"{split}_loss_mean"].isna()
        lined = every[~old]
        own = curves[curves["split"] == split]
        for place, where in ((0.0, "a"), (0.5, "mid"), (1.0, "b")):
            there = own[own["lambda"] == place].set_index("cell")
            _demand(path, lined, lined["cell"].isin(there.index), f"its point {place:g} on {split}")
            if values:
                for quantity in ("loss", "accuracy"):
                    said = lined[f"{split}_{quantity}_{where}"]
                    found = lined["cell"].map(there[quantity])
                    same = (said == found) | (said.isna() & ~(found.abs() < float("inf")))
                    _demand(path, lined, same, f"the {split} {quantity} that its row says")
        if values:
            count = lined["cell"].map(own["cell"].value_counts())
            whole = (count == 3) | (count == lined["points"])
            _demand(path, lined, whole, f"all of its points on {split}")
            _demand(path, lined, _same_barrier(lined, own, split), f"its barrier on {split}")


def _same_barrier(lined: Frame, own: Frame, split: str) -> Frame:
    """Whether the chord barrier of the loss is that of the points, where all are finite."""
    ends = {t: own[own["lambda"] == t].set_index("cell")["loss"] for t in (0.0, 1.0)}
    first, last = own["cell"].map(ends[0.0]), own["cell"].map(ends[1.0])
    rise = own["loss"] - (1 - own["lambda"]) * first - own["lambda"] * last
    inner = own["lambda"].between(0, 1, inclusive="neither")
    found = lined["cell"].map(rise[inner].groupby(own["cell"]).max().clip(lower=0))
    said = lined[f"{split}_barrier_chord_loss"]
    return ((said - found).abs() <= 1e-9 * (1 + said.abs())) | ~(said.abs() < float("inf"))


def _demand(path: Path, lined: Frame, there: Frame, what: str) -> None:
    if not there.all():
        cell = lined["cell"][~there].iloc[0]
        raise ValueError(f"{path} is damaged: the line of cell {cell!r} lacks {what}")
