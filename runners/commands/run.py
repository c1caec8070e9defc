"""`basinbench run`: the cells of a grid that are missing."""

import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from ...environment_variables import variables_set
from ...errors import printable, require
from ...plugin_files import short_path
from ...results.facts import document
from ...standard_output import print_document
from ...user_folders import HOME, default_home
from ..counting import counted
from ..errors import say
from ..folders import check_folder, check_writable
from ..keys import label_of
from ..measuring.budget import Budget
from ..threads import working_threads
from ..times import duration
from .summary import (
    SummaryRow,
    as_plain,
    curves_of,
    reasons_to_skip,
    summary_rows,
    summary_table,
)

if TYPE_CHECKING:
    from ...results.merging import Gathered
    from ..cells.transfer import AnyCell
    from ..execution.engine import Engine, Tally
    from ..grids.blocks import Grid
    from .chosen_cells import ChosenCells


def main(options: Namespace) -> int:
    """Run, gather, and say how it ended: 0 when no cell failed, 1 otherwise.

    Broken off by a signal it gathers what is finished before it goes.
    """
    return run_chosen(options, _of_a_grid)


def _of_a_grid(options: Namespace) -> "ChosenCells":
    from .chosen_cells import chosen_cells

    return chosen_cells(options)


def run_chosen(options: Namespace, choose: "Callable[[Namespace], ChosenCells]") -> int:
    """As `main`, for the cells that `choose` makes of the options."""
    require("run")  # all of it: not after hours of work
    with working_threads(options.threads):
        from ..measuring.curve_precision import VARIABLE
        from ..training.steps import STEPS, launch

        home = options.home or default_home()
        steps = options.steps or launch()
        # Every process of the run reads these; decoded data sets go to the home as well.
        with variables_set({HOME: str(home), VARIABLE: options.curves, STEPS: steps}):
            return _run_chosen(options, choose, home)


def _run_chosen(
    options: Namespace, choose: "Callable[[Namespace], ChosenCells]", home: Path
) -> int:
    from ..execution.engine import Engine, InterruptedRun, Tally
    from ..execution.engines import executor
    from ..interrupts import stoppable
    from ..measuring.environment import find_devices
    from ..progress import display

    budget = Budget(options.budget or inf, options.align_budget or inf)
    cells, table, whole, grid, further = choose(options)
    devices = find_devices(options.device)
    if options.dry_run:
        check_folder("home", home)
        from .dry_run import dry_run

        engine = Engine(home, devices, workers=options.workers)
        engine.take_up(cells, options.results / table)
        if (last := _last_look(grid, options)) > 1 and grid is not None:
            from .looks import further_cells

            cells = [*cells, *further_cells(engine, cells, grid, last, options.results)]
        stale = options.stale == "rerun"
        return dry_run(
            engine,
            home,
            devices[0],
            cells,
            options.again,
            stale,
            budget,
            options.workers,
            options.json,
        )
    check_writable("home", home)
    check_writable("results", options.results)
    start = time.perf_counter()
    stopped: InterruptedRun | None = None
    with stoppable(), display() as shown:
        made = executor(
            options.engine, home, shown, options.workers, options.gpus, options.resources
        )
        # What breaks a CUDA device breaks it for the whole process: this one goes on.
        apart = any(device.type == "cuda" for device in devices)
        engine = Engine(home, devices, shown, options.workers, made, options.isolate, apart)
        tally = Tally()
        try:
            cells = _run(engine, cells, grid, options, budget, tally, options.results / table)
        except InterruptedRun as stop:
            stopped = stop
            tally.add(stop.tally)
    tables = options.results / table
    gathered = engine.gather(whole, tables, options.prune, further)
    seconds = time.perf_counter() - start
    records = [record for cell in cells if (record := engine.record(cell))]
    rows, skipped = summary_rows(records), reasons_to_skip(records)
    if options.json:
        told = _as_plain(table, tables, tally, seconds, rows, skipped)
        curves = {"curves": curves_of(records)} if options.verb == "compare" else {}
        print_document(document(told | curves))
    else:
        _summarise(table, tally, seconds)
        _say_tables(tables, gathered, len(cells) if grid else len(whole))
        if rows:
            print(printable(summary_table(rows, f"basinbench report {table}")))
        for reason, count in skipped.items():
            print(printable(f"{count} skipped: {reason}"))
    if stopped is not None:
        raise stopped
    return 1 if tally.failures or gathered.unreadable else 0


def _run(
    engine: "Engine",
    cells: "list[AnyCell]",
    grid: "Grid | None",
    options: Namespace,
    budget: Budget,
    tally: "Tally",
    tables: Path,
) -> "list[AnyCell]":
    """Run the cells, and of a whole grid further looks; all cells, which `tally` counts.

    Those that `tables` has are not measured again, wherever they were measured.
    """
    last = _last_look(grid, options)
    asked, more = list(cells), cells
    for look in range(1, last + 1):
        engine.take_up(more, tables)
        tally.add(engine.run(more, options.again, budget, options.stale == "rerun"))
        if grid is None or look == last or tally.left:
            break
        if engine.gather(grid.cells(look + 1), tables).unreadable:
            break  # the last gathering says why
        from .looks import announced

        more = announced(grid, look + 1, options.results)
        asked += more
    return asked


def _last_look(grid: "Grid | None", options: Namespace) -> int:
    return min(options.looks, 1 + len(grid.looks)) if grid else 1


def _say_tables(folder: Path, gathered: "Gathered", cells: int) -> None:
    """Where the tables are, how many of the grid's cells they have, and what they have besides."""
    if gathered.unreadable:
        say(
            f"the tables in {short_path(folder)} are left as they are: {gathered.unreadable}. "
            "Move them away and run it again: the finished cells are safe"
        )
        return
    if not gathered.present + gathered.others:
        return
    part = ""
    if gathered.present != cells:
        part = f", {gathered.present} of its {counted(cells, 'cell')} so far"
    earlier = gathered.earlier
    kept = f", {earlier} of them from the tables that were there" if earlier else ""
    print(printable(f"tables: {short_path(folder)}{part}{kept}"))
    if gathered.others:
        print(f"rows of other runs that stay there: {gathered.others}")
    if gathered.superseded:
        print(f"rows of an earlier state of a plug-in gave way to these: {gathered.superseded}")
    if gathered.pruned:
        print(f"rows of other runs that --prune took away: {gathered.pruned}")


def _as_plain(
    name: str,
    folder: Path,
    tally: "Tally",
    seconds: float,
    rows: Sequence[SummaryRow],
    reasons: Mapping[str, int],
) -> dict[str, object]:
    """How the cells ended and what they measured, in what JSON has."""
    failures = [{"cell": str(cell), "reason": reason} for cell, reason in tally.failures]
    counts = {"done": tally.done, "skipped": tally.skipped, "failed": len(failures)}
    later = {"kept": tally.kept, "stale": sum(tally.stale.values()), "left": tally.left}
    later |= {"elsewhere": tally.elsewhere, "seconds": round(seconds, 1)}
    about = {"name": name, "tables": short_path(folder), **counts, **later}
    listed = {"failures": failures, "reasons_to_skip": dict(reasons), "rows": as_plain(rows)}
    return about | listed


def _summarise(grid: str, tally: "Tally", seconds: float) -> None:
    print(
        f"{grid}: {counted(tally.done, 'cell')} done, {tally.skipped} skipped, "
        f"{len(tally.failures)} failed, {tally.kept} kept from before; {duration(seconds)}"
    )
    if tally.elsewhere:
        print(f"{_were(tally.elsewhere)} done by other runners meanwhile")
    for method, count in sorted(tally.stale.items()):
        print(
            f"{_were(count)} measured by another state of {method}: kept "
            f"(--stale rerun measures {'it' if count == 1 else 'them'} again)"
        )
    if tally.left:
        print(f"{counted(tally.left, 'cell')} left when the run ended; run it again to go on")
    reasons = Counter((label_of(cell.method), reason) for cell, reason in tally.failures)
    for (method, reason), count in reasons.items():
        say(f"{count} failed: {method}: {reason}")


def _were(cells: int) -> str:
    return f"{counted(cells, 'cell')} {'was' if cells == 1 else 'were'}"
