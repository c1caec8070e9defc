"""From a folder of results to a folder of reports: tables, figures, and an index of both."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from ..results.files import write_whole
from ..results.store import CELLS
from .data.grid import GridResults, read_grid
from .judging.verdicts import findings, read_grids
from .page.grid_page import grid_page
from .page.verdict_page import write_verdict_page as write_verdicts
from .page.webpage import webpage
from .plotting.catalogue import FigureEntry, drawn_entries, figure_entries, overviews
from .plotting.pool import FigurePool, paths, write_figure
from .tabulation.catalogue import tables
from .tabulation.table import Table

T = TypeVar("T")


def build(
    results: Path,
    out: Path,
    grids: Sequence[str] | None = None,
    processes: int = 1,
    formats: Sequence[str] = (),
) -> list[Path]:
    """Write the reports of `grids` (all of `results` by default) below `out`; the files written.

    Each grid has `tables/*.md`, `*.tex` and `*.csv`, `figures/*.svg`, also in the `formats` `pdf`
    and `png`, and a `README.md` that shows them. `verdicts` judges the claims by all results, where
    these have what a claim needs, and `site/index.html` shows everything together. Only `results`
    is read: no network is trained or loaded. The same results give the same bytes, by however many
    `processes`. Raises `FileNotFoundError` where there are no results or no such grid, `ValueError`
    where a table is damaged; the text is one sentence.
    """
    results, out = Path(results), Path(out)
    formats = list(dict.fromkeys(("svg", *formats)))
    found = {path.parent.name: path.parent for path in sorted(results.glob(f"*/{CELLS}"))}
    if not found:
        raise FileNotFoundError(f"no results in {results}: no grid there has a {CELLS}")
    if missing := [name for name in grids or () if name not in found]:
        raise FileNotFoundError(
            f"no results of grid {missing[0]!r} in {results}; there are: {', '.join(found)}"
        )
    read_first = [read_grid(found[name]) for name in dict.fromkeys(grids or found)]
    with FigurePool(processes) as pool:
        begun = [_draw(grid, out / grid.name, pool, formats) for grid in read_first]
        # While others draw: a figure is waited for when all else has been done.
        built = [tables(grid) for grid in read_first]
        written: list[Path] = []
        for grid, own in zip(read_first, built, strict=True):
            written += _tables(own, out / grid.name)
        judged = findings(read_grids(results, read_first))
        pages: list[Path] = []
        if any(evidence.found.n for finding in judged for evidence in finding.evidence):
            pages, judged = write_verdicts(judged, out / "verdicts", pool, formats)
        for grid, own, drawing in zip(read_first, built, begun, strict=True):
            written += _grid_page(grid, own, drawing, out / grid.name, formats)
    pictures = {p.stem: p.read_bytes() for p in pages if p.suffix == ".svg"}
    page = out / "site" / "index.html"
    write_whole(page, webpage(read_first, judged, pictures))
    made = [*written, *pages]
    for folder in {path.parent for path in made if path.parent.name in ("tables", "figures")}:
        _clear(folder, made)
    return [*made, page]


def _clear(folder: Path, made: Iterable[Path]) -> None:
    """Delete what an earlier report left in `folder` and this one has not."""
    for path in set(folder.iterdir()) - set(made):
        if path.suffix in (".md", ".tex", ".csv", ".svg", ".pdf", ".png"):
            path.unlink()


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


def _tables(built: Sequence[Table], out: Path) -> list[Path]:
    """Write the tables of a grid below `out`; the files."""
    texts = {out / "tables" / name: text for table in built for name, text in table.files().items()}
    for path, text in texts.items():
        write_whole(path, text)
    return list(texts)


def _grid_page(
    grid: GridResults,
    built: Sequence[Table],
    drawing: Iterable[list[FigureEntry]],
    out: Path,
    formats: Sequence[str],
) -> list[Path]:
    """Write the page of a grid once its figures are drawn; the page and their files."""
    shown = list(chain.from_iterable(drawing))
    write_whole(out / "README.md", grid_page(grid, built, shown))
    stems = (out / "figures" / entry.name for entry in shown)
    return [out / "README.md", *(path for stem in stems for path in paths(stem, formats))]
