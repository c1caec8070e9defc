"""The committed results, read and judged once for all tests of a process that look at them."""

from functools import cache
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
