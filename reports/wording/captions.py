"""The line under a table or figure: what was measured, on what, with what, and how often."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from ..data.condition import Condition
from ..data.machines import machines_of, states_of_code
from ..data.named import Named
from ..data.statistics import FEW, LEVEL
from .style import family, finish_in_words, in_words


def caption(condition: Condition, finish: Named | None = None) -> str:
    """Data set, network, recipe, pairs, device, threads, versions and date of these cells."""
    cells = condition.select(finish)
    pairs = _pairs(cells)
    what = "files" if set(pairs) - set(cells["seeds"]) else "seeds"
    one, many = (
        ("pair", "pairs")
        if condition.networks == 2
        else (f"group of {condition.networks}", f"groups of {condition.networks}")
    )
    parts = [
        f"{condition.dataset}, {condition.network}"
        + (f", recipe {condition.recipe}" if condition.recipe else ""),
        f"{condition.split} training images" if condition.split else "",
        f"{len(pairs)} {one if len(pairs) == 1 else many} "
        f"among {condition.trained(finish)} networks ({what} {_some(pairs)})",
        f"intervals: {LEVEL:.0%}, Student's t clustered by network"
        if len(pairs) > FEW
        else "so few that they are shown themselves, without an interval"
        if len(pairs) > 1
        else "no intervals",
        _counts("diverged", condition, finish, condition.diverged),
        _counts("failed", condition, finish, condition.failures),
    ]
    return f"{'; '.join(part for part in parts if part)}. {where_measured(cells)}"


def _pairs(cells: pd.DataFrame) -> list[str]:
    """The names of the networks of each pair, or of each larger set, in whatever order once."""
    found: dict[frozenset[str], str] = {}
    for seeds, names in zip(cells["seeds"], names_of_networks(cells), strict=True):
        found.setdefault(frozenset(seeds.split("-")), names)
    return list(found.values())


def names_of_networks(cells: pd.DataFrame) -> list[str]:
    """What tells the networks of each cell: their seeds, or of a user's own the names of files."""
    files = cells["checkpoints"].fillna("")
    return [str(name or seeds) for name, seeds in zip(files, cells["seeds"], strict=True)]


def _counts(
    what: str,
    condition: Condition,
    finish: Named | None,
    count: Callable[[Named | None, Named], int],
) -> str:
    """Of how many pairs each method has no merge that counts, where there are some."""
    told = [
        f"{in_words(m)} {lost} of {condition.asked(finish, m)}"
        for m in condition.methods(finish)
        if (lost := count(finish, m))
    ]
    return f"{what}: {', '.join(told)}" if told else ""


def where_measured(cells: pd.DataFrame) -> str:
    """Device, threads, precision, versions and dates of these cells, in one sentence.

    More follow where the cells come from several machines, or from several states of a method.
    """
    commit = _joined(map(_short, cells["commit"].unique()))
    named = [_named(cells, name, label) for name, label in _VERSIONS.items()]
    parts = [
        _joined(cells["device"]),
        threads(_joined(cells["threads"])),
        workers(cells["workers"]),
        _joined(cells["precision"]),
        *named[:-1],
        named[-1] + (f" ({commit})" if commit else ""),
        _dates(cells["date"]),
    ]
    return ", ".join(part for part in parts if part) + "." + _mixed(cells)


def _mixed(cells: pd.DataFrame) -> str:
    """What a reader must know who compares these cells; empty where all are alike."""
    count = Counter(machines_of(cells))
    several = "; ".join(
        f"{machine_in_words(*machine)} ({n} cell{'s' * (n != 1)})"
        for machine, n in sorted(count.items())
    )
    told = f" Not all on one machine: {several}." if len(count) > 1 else ""
    mixed = mixed_code(zip(cells["method"], cells["method_digest"], strict=True))
    return told + (f" Not all by one state of the code: {mixed}." if mixed else "")


def mixed_code(measured: Iterable[tuple[str, str]]) -> str:
    """The methods that were measured by several states of their code, and by how many."""
    found = states_of_code(measured)
    return ", ".join(f"{family(method).label} by {count}" for method, count in found.items())


def left_out(rows: int) -> str:
    """How many rows of a table do not count, and why, in one sentence."""
    were = "row was" if rows == 1 else "rows were"
    return (
        f"Left out: {rows} {were} measured by an earlier state of a plug-in's code, beside which "
        "stands a later one."
    )


def machine_in_words(device: str, count: int) -> str:
    """`A Processor, 2 threads`; 0 threads: their number is not known."""
    return ", ".join(part for part in (device, threads(count or None)) if part)


def threads(count: object) -> str:
    """`2 threads`; nothing where the number is not known."""
    if count is None or count is pd.NA or count == "":
        return ""
    return f"{count} thread{'' if str(count) == '1' else 's'}"


def workers(counts: Iterable[Any]) -> str:
    """How many processes ran side by side, where there was more than one."""
    several = _joined(counts)
    return f"{several} processes side by side" if several not in ("", "1") else ""


_VERSIONS = {"torch": "torch", "python": "Python", "basinbench": "basinbench"}


def _named(cells: pd.DataFrame, column: str, label: str) -> str:
    versions = _joined(cells[column])
    return f"{label} {versions}" if versions else ""


def _joined(values: Iterable[Any]) -> str:
    told = (v for v in set(values) if not (v is None or v is pd.NA or v == ""))
    return " / ".join(sorted(map(str, told)))


def _short(commit: str) -> str:
    """The first seven digits of a commit, and whether code was changed since."""
    name, plus, changed = commit.partition("+")
    return name[:7] + plus + changed


def _dates(dates: Iterable[str]) -> str:
    days = sorted({date[:10] for date in dates} - {""})
    return "" if not days else days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _some(pairs: list[str]) -> str:
    return ", ".join(pairs) if len(pairs) <= 5 else f"{pairs[0]}, {pairs[1]}, … {pairs[-1]}"


def heading_of(condition: Condition, finish: Named) -> str:
    """What stands above a table or figure of one finish."""
    return f"{condition.title}: {finish_in_words(finish)}"
