"""From a folder of results to a folder of reports: tables, figures, and an index of both."""

from collections.abc import Sequence
from pathlib import Path

from ..results.files import write_whole
from ..results.store import CELLS
from .grid import Grid, read
from .index import index
from .plates import drawn, overviews, plates
from .press import Press
from .tables import tables
from .verdict_pages import write as write_verdicts
from .verdicts import findings, read_grids
from .webpage import webpage


def build(
    results: Path, out: Path, grids: Sequence[str] | None = None, processes: int = 1
) -> list[Path]:
    """Write the reports of `grids` (all of `results` by default) below `out`; the files written.

    Each grid has `tables/*.md`, `*.tex` and `*.csv`, `figures/*.png` and `*.pdf`, and a
    `README.md` that shows them. `verdicts` judges the claims by all results, where these have what
    a claim needs, and `site/index.html` shows everything together. Only `results` is read: no
    network is trained or loaded. The same results give the same bytes, by however many `processes`.
    Raises `FileNotFoundError` where there are no results or no such grid, `ValueError` where a
    table is damaged; the text is one sentence.
    """
    results, out = Path(results), Path(out)
    found = {path.parent.name: path.parent for path in sorted(results.glob(f"*/{CELLS}"))}
    if not found:
        raise FileNotFoundError(f"no results in {results}: no grid there has a {CELLS}")
    if missing := [name for name in grids or () if name not in found]:
        raise FileNotFoundError(
            f"no results of grid {missing[0]!r} in {results}; there are: {', '.join(found)}"
        )
    read_first = [read(found[name]) for name in dict.fromkeys(grids or found)]
    with Press(processes) as press:
        written = [path for grid in read_first for path in _build(grid, out / grid.name, press)]
        judged = findings(read_grids(results, read_first))
        pages: list[Path] = []
        if any(evidence.found.n for finding in judged for evidence in finding.evidence):
            pages, judged = write_verdicts(judged, out / "verdicts", press)
    pictures = {p.stem: p.read_bytes() for p in pages if p.suffix == ".png"}
    page = out / "site" / "index.html"
    write_whole(page, webpage(read_first, judged, pictures))
    return [*written, *pages, page]


def _build(grid: Grid, out: Path, press: Press) -> list[Path]:
    built = tables(grid)
    written = []
    for table in built:
        for name, text in table.files().items():
            path = out / "tables" / name
            write_whole(path, text)
            written.append(path)
    shown = list(overviews(grid))
    shown += [plate for setting in drawn(grid) for plate in plates(setting)]
    for plate in shown:
        written += press.save(plate.figure, out / "figures" / plate.name)
    write_whole(out / "README.md", index(grid, built, shown))
    return [*written, out / "README.md"]
