"""From a folder of results to a folder of reports: tables, figures, and an index of both."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from ..results.files import write_whole
from ..results.peer_table import read_peers
from ..results.report_folders import FINDINGS, PROGRAMS, SITE, TAKEN, VERDICTS
from ..results.store import CELLS
from .data.grid import GridResults, read_grid
from .data.sources import Source, peers_among, sources_in
from .judging.verdicts import findings, judged_by, read_grids
from .page.answer_page import write_answer_page
from .page.grid_page import grid_page
from .page.guide import guide_page
from .page.peer_page import write_peer_page
from .page.verdict_page import write_verdict_page as write_verdicts
from .page.webpage import webpage
from .plotting.catalogue import FigureEntry, drawn_entries, figure_entries, overviews
from .plotting.pool import FigurePool, write_figure
from .publishing import publish
from .tabulation.catalogue import tables
from .tabulation.peers import peer_table
from .tabulation.table import Table
from .wording.captions import left_out

T = TypeVar("T")


def build(
    results: Path | Sequence[Source],
    out: Path,
    grids: Sequence[str] | None = None,
    processes: int = 1,
    formats: Sequence[str] = (),
) -> list[Path]:
    """Write the reports of `grids` (all of `results` by default) below `out`; the files written.

    `results` is a folder with a folder for each grid, or says where each lies. Each grid has
    `tables/*.md`, `*.tex` and `*.csv`, `figures/*.svg`, also in the `formats` `pdf` and `png`, and
    a `README.md` that shows them. `findings` answers what every reader asks, `verdicts` judges the
    claims by all results, where these have what a claim needs, `peers` shows other programs where
    they were measured and all grids are asked for, and `site/index.html` shows everything together,
    beside the guide. Files are moved to their places at the end, as
    `publish` does. Only `results` is read: no network is trained or loaded. The same results give
    the same bytes, by however many `processes`. Raises `FileNotFoundError` where there are no
    results or no such grid, `ValueError` where a table is damaged; the text is one sentence.
    """
    out = Path(out)
    formats = list(dict.fromkeys(("svg", *formats)))
    there = sources_in(results) if isinstance(results, Path) else list(results)
    read_first = [read_grid(s.folder, s.name, s.origin) for s in _chosen(results, there, grids)]
    beside = peers_among(results) if grids is None else None
    programs = None if beside is None else peer_table(read_peers(beside))
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".report-") as folder, FigurePool(processes) as pool:
        made = Path(folder)
        begun = [_draw(grid, made / grid.name, pool, formats) for grid in read_first]
        # While others draw: a figure is waited for when all else has been done.
        built = [tables(grid) for grid in read_first]
        for grid, own in zip(read_first, built, strict=True):
            _tables(own, made / grid.name)
        judging = read_grids(there, read_first)
        for name, grid in {g.name: g for g in (*read_first, *judging)}.items():
            if grid.left_out:
                warnings.warn(f"grid {name}: {left_out(grid.left_out)}", stacklevel=2)
        judged, about = findings(judging), judged_by(judging)
        pages: list[Path] = []
        if any(evidence.found.n for finding in judged for evidence in finding.evidence):
            pages, judged = write_verdicts(judged, made / VERDICTS, pool, formats, about)
        for grid, own, drawing in zip(read_first, built, begun, strict=True):
            _grid_page(grid, own, drawing, made / grid.name)
        answered = write_answer_page(read_first, judged, made / FINDINGS, formats)
        drawn = [*pages, *answered]
        pictures = {p.stem: p.read_bytes() for p in drawn if p.suffix == ".svg"}
        if programs is not None:
            write_peer_page(programs, made / PROGRAMS)
        page = webpage(read_first, judged, pictures, about if pages else "", programs)
        write_whole(made / SITE / "index.html", page)
        write_whole(made / SITE / "guide.html", guide_page())
        there_too = {FINDINGS: answered, VERDICTS: pages, PROGRAMS: programs is not None}
        extra = [*(name for name, has in there_too.items() if has), SITE]
        folders = [*(grid.name for grid in read_first), *extra]
        return [path for name in folders for path in publish(made / name, out / name)]


def _chosen(
    results: Path | Sequence[Source], there: Sequence[Source], names: Sequence[str] | None
) -> list[Source]:
    """The grids of these names, in their order; all without any."""
    where = f" in {results}" if isinstance(results, Path) else ""
    if not there:
        raise FileNotFoundError(f"no results{where}: no grid there has a {CELLS}")
    for name in names or ():
        if not any(source.is_asked_for([name]) for source in there):
            known = ", ".join(source.name for source in there)
            raise FileNotFoundError(f"no results of grid {name!r}{where}; there are: {known}")
    wanted = dict.fromkeys(names or [source.name for source in there])
    found = dict.fromkeys(s for name in wanted for s in there if s.is_asked_for([name]))
    if taken := [source.name for source in found if source.name in TAKEN]:
        raise ValueError(f"a grid cannot be called {taken[0]!r}, which is a folder of every report")
    return list(found)


def _draw(
    grid: GridResults, out: Path, pool: FigurePool, formats: Sequence[str]
) -> Iterator[list[FigureEntry]]:
    """The figures of `grid`, on their way to `out`: what concerns all conditions, then each."""
    folder = out / "figures"
    of_all = pool.map(partial(_draw_figures, overviews, folder, formats), [grid])
    return chain(
        of_all,
        pool.map(partial(_draw_figures, figure_entries, folder, formats), drawn_entries(grid)),
    )


def _draw_figures(
    draw: Callable[[T], Iterable[FigureEntry]], folder: Path, formats: Sequence[str], subject: T
) -> list[FigureEntry]:
    """Draw and write the figures of `subject`; the entries without them."""
    printed = []
    for entry in draw(subject):
        if entry.figure:
            write_figure(entry.figure, folder / entry.name, formats)
        printed.append(replace(entry, figure=None))
    return printed


def _tables(built: Sequence[Table], out: Path) -> None:
    """Write the tables of a grid below `out`."""
    for table in built:
        for name, text in table.files().items():
            write_whole(out / "tables" / name, text)


def _grid_page(
    grid: GridResults, built: Sequence[Table], drawing: Iterable[list[FigureEntry]], out: Path
) -> None:
    """Write the page of a grid once its figures are drawn."""
    write_whole(out / "README.md", grid_page(grid, built, list(chain.from_iterable(drawing))))
