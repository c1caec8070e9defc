"""`basinbench run`: the cells of a grid that are missing."""

import os
import sys
import time
from argparse import Namespace
from collections import Counter
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import printable, require
from ..errors import say
from ..execution.budget import Budget
from ..execution.environment import limit_threads
from ..folders import check_folder, check_writable, default_home
from ..keys import label_of

if TYPE_CHECKING:
    from ...results.merging import Gathered
    from ..cells.transfer import AnyCell
    from ..execution.engine import Engine, Tally


def main(options: Namespace) -> int:
    """Run, gather, and say how it ended: 0 when no cell failed, 1 otherwise."""
    require("run")  # all of it: not after hours of work
    budget = Budget(options.budget or inf, options.align_budget or inf)
    if options.threads is not None:  # libraries read these when they are imported
        limit_threads(options.threads)
    import torch

    from ..execution.engine import Engine
    from ..execution.environment import find_device
    from ..grids.named import grid as find_grid
    from ..progress import display
    from .filters import FILTERS, select_cells

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    grid = find_grid(options.grid)
    cells = select_cells(grid, {name: getattr(options, name) for name in FILTERS})
    device = find_device(options.device)
    home = options.home or default_home()
    if options.dry_run:
        check_folder("home", home)
        return _dry_run(Engine(home, device), cells, options.again)
    check_writable("home", home)
    os.environ["BASINBENCH_HOME"] = str(home)  # decoded data sets go there as well
    check_writable("results", options.results)
    start = time.perf_counter()
    with display() as shown:
        engine = Engine(home, device, shown, options.workers)
        tally = engine.run(cells, options.again, budget)
    whole = grid.cells()
    tables = options.results / grid.name
    gathered = engine.gather(whole, tables, options.prune)
    _summarise(grid.name, tally, time.perf_counter() - start)
    _say_tables(tables, gathered, len(whole))
    return 1 if tally.failures or gathered.unreadable else 0


def _say_tables(folder: Path, gathered: "Gathered", cells: int) -> None:
    """Where the tables are, how many of the grid's cells they have, and what they have besides."""
    if gathered.unreadable:
        say(
            f"the tables in {folder} are left as they are: {gathered.unreadable}. "
            "Move them away and run it again: the finished cells are safe"
        )
        return
    part = "" if gathered.present == cells else f", {gathered.present} of its {cells} cells so far"
    earlier = gathered.earlier
    kept = f", {earlier} of them from the tables that were there" if earlier else ""
    print(printable(f"tables: {folder}{part}{kept}"))
    unknown = "of cells that this grid, its plug-ins or this version do not know"
    if gathered.others:
        print(f"rows {unknown} stay there: {gathered.others}; --prune takes them away")
    if gathered.pruned:
        print(f"rows {unknown} were taken away: {gathered.pruned}")


def _dry_run(engine: "Engine", cells: "list[AnyCell]", again: bool) -> int:
    from ..cells.transfer import required_networks

    missing = [cell for cell in cells if again or not engine.is_finished(cell)]
    endpoints = {e for cell in missing for e in required_networks(cell)}
    untrained = sum(not engine.is_trained(e) for e in endpoints)
    for cell in missing:
        print(f"{cell.dataset}, {cell}")
    print(
        f"{len(missing)} of {len(cells)} cells would be run on {len(endpoints)} networks, "
        f"{untrained} of them to be trained"
    )
    return 0


def _summarise(grid: str, tally: "Tally", seconds: float) -> None:
    print(
        f"{grid}: {tally.done} cells done, {tally.skipped} skipped, {len(tally.failures)} failed, "
        f"{tally.kept} kept from before; {seconds:.0f} s"
    )
    if tally.left:
        print(f"{tally.left} cells left when the budget was spent; run it again to go on")
    reasons = Counter((label_of(cell.method), reason) for cell, reason in tally.failures)
    for (method, reason), count in reasons.items():
        print(f"basinbench: {count} failed: {method}: {reason}", file=sys.stderr)
