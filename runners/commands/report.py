"""`basinbench report`: tables and figures from results alone."""

import os
from argparse import Namespace

from ...errors import printable
from ...plugin_files import short_path
from ..counting import counted
from ..errors import user_errors
from ..folders import OWN_RESULTS, check_writable, shipped_results


def main(options: Namespace) -> int:
    """Write the reports of the grids asked for, or of all that have results.

    Without a folder of results these are one's own and those that came with the package.
    """
    from ...reports.build import build
    from ...reports.data.sources import own_and_shipped, sources_in
    from ...reports.plotting.pool import collect_seldom

    collect_seldom()
    check_writable("out", options.out)
    if options.results:
        results, where = options.results, short_path(options.results)
    else:
        results = own_and_shipped(OWN_RESULTS, shipped_results())
        where = f"{OWN_RESULTS} and " if sources_in(OWN_RESULTS) else ""
        where += "the results that came with the package"
    with user_errors():
        files = build(results, options.out, options.grids or None, _processors(), options.format)
    print(printable(f"{counted(len(files), 'file')} from {where} in {short_path(options.out)}"))
    return 0


def _processors() -> int:
    """How many processors this process may use, eight at most."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 8)
    return min(os.cpu_count() or 1, 8)
