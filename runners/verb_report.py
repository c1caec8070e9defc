"""`basinbench report`: tables and figures from results alone."""

from argparse import Namespace

from .folders import check_writable, default_results
from .user_errors import user_errors


def main(options: Namespace) -> int:
    """Write the reports of the grids asked for, or of all that have results."""
    from ..reports.build import build

    results = options.results or default_results()
    check_writable("out", options.out)
    with user_errors():
        files = build(results, options.out, options.grids or None)
    print(f"{len(files)} files from {results} in {options.out}")
    return 0
