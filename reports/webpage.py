"""The web page: everything that was measured, in one file that needs no server and no network."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from plotly.offline import get_plotlyjs

from .captions import where
from .claim import Finding
from .grid import Grid
from .index import HOW_TO_READ, HOW_TO_READ_PLANTED
from .outcome_table import outcomes
from .statistics import LEVEL
from .style import looks
from .verdict_pages import HOW_TO_READ as HOW_TO_READ_VERDICTS
from .webpage_cells import as_json, cells
from .webpage_claims import claims
from .webpage_curves import curves

_HERE = Path(__file__).parent
_NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


def webpage(
    grids: Sequence[Grid],
    findings: Sequence[Finding] = (),
    pictures: Mapping[str, bytes] = _NO_PICTURES,
) -> str:
    """The page as HTML: claims, cells, curves, what is missing, hardware, how to read it.

    `findings` are about claims; `pictures` holds their figures, PNG or SVG, by name. The same
    input gives the same text. Raises `ValueError` as `webpage_claims.claims` does.
    """
    grids = _looking_alike(grids)
    folder = FileSystemLoader(_HERE)
    template = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    bundle = "itables/html/dt_bundle"  # DataTables with its styles, as one module
    return template.get_template("webpage.html").render(
        claims=claims(findings, pictures),
        grids=grids,
        cells=as_json(cells(grids)),
        curves=as_json(curves(grids)),
        missing=[(grid, outcomes(grid).sections[0]) for grid in grids],
        machines=[(grid, count, text) for grid in grids for count, text in _machines(grid)],
        level=f"{LEVEL:.0%}",
        reading=_reading(grids, findings),
        own={name: _own(f"webpage{name}") for name in (".css", "_cells.js", "_curves.js")},
        plotly=get_plotlyjs().replace("</script", "<\\/script"),
        datatables_style=_bundled(f"{bundle}.css").replace("</style", "<\\/style"),
        datatables=b64encode(_bundled(f"{bundle}.js").encode()).decode(),
        versions={name: metadata.version(name) for name in ("plotly", "itables")},
    )


def _looking_alike(grids: Sequence[Grid]) -> list[Grid]:
    """The grids with one marker a method in all of them; each counts its own variants else."""
    shared = looks(m for grid in grids for setting in grid.settings for m in setting.looks)
    return [
        replace(grid, settings=[replace(each, looks=shared) for each in grid.settings])
        for grid in grids
    ]


def _reading(grids: Sequence[Grid], findings: Sequence[Finding]) -> str:
    """How to read what the page shows, in the words of the other pages."""
    planted = {grid.is_planted for grid in grids}
    parts = {
        "Claims": HOW_TO_READ_VERDICTS if findings else "",
        "Merged networks": HOW_TO_READ if False in planted else "",
        "Planted permutations": HOW_TO_READ_PLANTED if True in planted else "",
    }
    text = "\n".join(f"### {title}\n\n{part}" for title, part in parts.items() if part)
    return MarkdownIt().render(text.replace("**How to read this.** ", ""))


_MACHINE = ["device", "threads", "workers", "precision", "torch", "python", "basinbench", "commit"]


def _machines(grid: Grid) -> list[tuple[int, str]]:
    """How many cells ran on each device with the same versions, and these in words."""
    groups = grid.cells.groupby(_MACHINE, dropna=False)
    return [(len(group), where(group)) for _, group in groups]


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _bundled(path: str) -> str:
    """A file of the itables package, which need not be imported for it."""
    return Path(str(metadata.distribution("itables").locate_file(path))).read_text(encoding="utf-8")
