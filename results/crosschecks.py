"""Whether the tables of one grid belong together: no point without a cell, no line without ends."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .columns import COLUMNS, SCORES_OF, SPLITS
from .series import GROUP_COUNT

Frame = Any
"""A data frame of pandas, or a column of one: half a second to import, and no help to a checker."""

_PLACES = {column.name: place for place, column in enumerate(COLUMNS)}


MERGES = ("merge", "transfer")
"""The kinds of cells that have scores of a merge."""


def check_scores(path: Path, cells: Frame, texts: Sequence[Sequence[str]]) -> None:
    """`ValueError` where a finished merge lacks a score, or has one that cannot be.

    A score that is not finite says that the merge diverged, so that one beside "not diverged" is no
    measurement: means would pass it over. Networks of their own may have an infinite loss, of which
    their mean, their ensemble and the rise above them then say no more. `texts` are the rows of
    `cells` as they stand in their file, which tell what is no number from what is blank.
    """
    merged = (cells["status"] == "done") & cells["kind"].isin(MERGES)
    steady = (merged & ~cells["diverged"].fillna(value=True)).to_numpy(dtype=bool)
    merged, pairs = merged.to_numpy(), (merged & (cells["networks"] == 2)).to_numpy(dtype=bool)
    for split in SPLITS:
        blank = {name: _blank(texts, name) for name in SCORES_OF[split]}
        # Tables that are older than the validation split are blank there.
        own = merged & ~(np.all(list(blank.values()), axis=0) & (split == "validation"))
        unbounded = np.isinf(cells[[f"{split}_loss_mean", f"{split}_ensemble_loss"]]).any(axis=1)
        for name in SCORES_OF[split]:
            needs = own & pairs if name.endswith("_b") else own
            _refuse(path, cells, needs & blank[name], f"no {name}")
            odd = steady & ~blank[name] & ~np.isfinite(cells[name])
            if not name.endswith("_mid"):
                odd &= ~unbounded
            _refuse(path, cells, odd, f"a {name} that is not finite, and is not said to diverge")


def _blank(texts: Sequence[Sequence[str]], name: str) -> np.ndarray:
    return np.array([row[_PLACES[name]] == "" for row in texts], dtype=bool)


def _refuse(path: Path, cells: Frame, wrong: Frame, what: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        cell = cells["cell"].iloc[row]
        raise ValueError(f"{path} is damaged: row {row + 1}, cell {cell!r}, has {what}")


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
