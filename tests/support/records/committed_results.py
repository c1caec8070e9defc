"""The committed results, read and judged once for all tests of a process that look at them."""

import csv
from functools import cache
from itertools import zip_longest
from math import isclose
from pathlib import Path

from basinbench.reports.data.grid import GridResults, read_grid
from basinbench.reports.data.sources import sources_in
from basinbench.reports.judging.claim import Finding
from basinbench.reports.judging.verdicts import findings, read_grids

ROOT = next(p for p in Path(__file__).parents if (p / "pyproject.toml").exists())
RESULTS = ROOT / "results"


@cache
def grids() -> tuple[GridResults, ...]:
    """Every grid."""
    return tuple(read_grid(source.folder) for source in sources_in(RESULTS))


@cache
def judged() -> tuple[Finding, ...]:
    """Every claim."""
    return findings(read_grids(RESULTS, grids()))


def differing(kept: Path, made: str, most: int = 5) -> list[str]:
    """The first lines in which a committed file is not what was made.

    Numbers of a CSV may differ by the last of their digits, which are those of a processor.
    """
    lines = zip_longest(kept.read_bytes().decode().split("\n"), made.split("\n"))
    alike = _alike_rows if kept.suffix == ".csv" else str.__eq__
    found = [
        f"{kept.name}:{number}: {before!r} is now {after!r}"
        for number, (before, after) in enumerate(lines, 1)
        if before != after and (None in (before, after) or not alike(before, after))
    ]
    return found[:most]


def _alike_rows(before: str, after: str) -> bool:
    one, other = (next(csv.reader([line]), []) for line in (before, after))
    return len(one) == len(other) and all(map(_alike, one, other))


def _alike(before: str, after: str) -> bool:
    try:
        return before == after or isclose(float(before), float(after), rel_tol=1e-7)
    except ValueError:
        return False
