"""Which rows of a table stand beside each other, where states of plug-ins' code measured it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...results.columns import STATE_OF_CODE, WHAT_IT_IS
from ...results.merging import FAILED

_COLUMNS = {
    "method": "method",
    "against": "method",
    "finish": "finish",
    "network_family": "network",
    "split": "split",
}
"""Columns that name what plug-ins may bring, and what that is called in the column `plugins`."""


class Standing(NamedTuple):
    """Rows that were measured by one state of everything, and how many were left out for that."""

    cells: pd.DataFrame
    left_out: int


def standing(cells: pd.DataFrame) -> Standing:
    """The rows of the state of each plug-in's thing that was measured last.

    A mean over several states would be one of something that never was. A state that only failed
    has measured nothing, and stands where there is no other. Of rows before states were kept, which
    tell no more than that they are the same cell, the latest stands, and none that failed in the
    place of one that did not.
    """
    used = [dict(_states(row)) for row in _rows(cells)]
    known = {name for each in used for name, state in each.items() if state}
    dates = cells["date"].fillna("").tolist()
    sound = (cells["status"] != FAILED).tolist()
    latest: dict[str, tuple[bool, str, str]] = {}
    for good, date, each in zip(sound, dates, used, strict=True):
        for name in each.keys() & known:
            latest[name] = max(latest.get(name, (False, "", "")), (good, date, each[name]))
    own = [all(latest[n][2] == each[n] for n in each.keys() & known) for each in used]
    kept = pd.DataFrame(cells[own])
    kept = pd.DataFrame(kept[~_repeated(kept)])
    return Standing(kept.reset_index(drop=True), len(cells) - len(kept))


def _rows(cells: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    return cells[["plugins", *_COLUMNS]].fillna("").itertuples(index=False, name=None)


def _states(row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What the row names, each with the state of its code.

    That is empty for what is the package's own, and in rows from before states were kept.
    """
    plugins, *names = row
    yield from ((f"{what} {n}", "") for n, what in zip(names, _COLUMNS.values(), strict=True) if n)
    yield from _read(plugins).items()


def _read(plugins: str) -> Mapping[str, str]:
    try:
        found = json.loads(plugins or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(state, str) for state in found.values()):
        raise ValueError(
            f"a table of results is damaged: its column 'plugins' holds {plugins[:40]!r}, which is "
            "no JSON object of texts"
        )
    return found


def _repeated(cells: pd.DataFrame) -> np.ndarray:
    """Whether a later row, or one that has not failed, is the same cell by another state of code.

    Under another key, and by the same state, it is another cell.
    """
    order = pd.DataFrame({"sound": cells["status"] != FAILED, "date": cells["date"].fillna("")})
    ordered = cells.loc[order.sort_values(["sound", "date"], kind="stable").index]
    twice = ordered.duplicated(list(WHAT_IT_IS), keep="last") & (ordered["method"] != "")
    states = ordered[list(STATE_OF_CODE)].fillna("").agg("\n".join, axis=1)
    standing = states.groupby([ordered[name] for name in WHAT_IT_IS], dropna=False)
    other = (states != standing.transform("last")) | (states == "\n")
    return (twice & other).reindex(cells.index).to_numpy()
