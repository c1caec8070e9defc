"""`basinbench report`: tables and figures from results alone."""

import os
from argparse import Namespace

from ..errors import user_errors
from ..folders import check_writable, default_results


def main(options: Namespace) -> int:
    """Write the reports of the grids asked for, or of all that have results."""
    from ...reports.build import build
    from ...reports.plotting.pool import collect_seldom

    collect_seldom()
    results = options.results or default_results()
    check_writable("out", options.out)
    with user_errors():
        files = build(results, options.out, options.grids or None, _processors(), options.format)
    print(f"{len(files)} files from {results} in {options.out}")
    return 0


def _processors() -> int:
    """How many processors this process may use, eight at most."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 8)
    return min(os.cpu_count() or 1, 8)
