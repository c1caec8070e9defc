"""The web page: everything that was measured, in one file that needs no server and no network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from plotly.offline import get_plotlyjs

from ..answers.catalogue import answered_by, answers
from ..data.families import method_order
from ..data.grid import GridResults
from ..data.standings import standings
from ..data.statistics import LEVEL
from ..judging.claim import Finding
from ..tabulation.methods import choice_section, ranking_section
from ..tabulation.outcomes import outcome_table
from ..tabulation.peers import HOW_TO_READ_PEERS
from ..tabulation.ranks import rank_table
from ..tabulation.table import Table
from ..wording.captions import where_measured
from .claims import claims_as_json
from .grid_page import HOW_TO_READ, HOW_TO_READ_FIDELITY, HOW_TO_READ_PLANTED, how_to_read
from .packing import as_rows, origins, packed, packed_picture
from .verdict_page import HOW_TO_READ_CLAIMS as HOW_TO_READ_VERDICTS
from .webpage_cells import as_json, cells
from .webpage_curves import curves

_HERE = Path(__file__).parent
ANSWERED_BY = (
    "From the results that came with the package; your own stand beside them in the rankings."
)
"""Above findings where there are the reader's own results as well."""

_NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


def webpage(
    grids: Sequence[GridResults],
    findings: Sequence[Finding] = (),
    pictures: Mapping[str, bytes] = _NO_PICTURES,
    judged_by: str = "",
    programs: Table | None = None,
) -> str:
    """The page as HTML: findings, claims, rankings, curves, how to read it, and all cells.

    `findings` are about claims; `pictures` holds their figures and those of the answers, SVG, by
    name; `judged_by` says in a sentence which results they rest on; `programs` are others beside
    this one. The same input gives the same text. Raises `ValueError` as `claims_as_json` does.
    """
    grids = _looking_alike(grids)
    basis = answered_by(grids)
    found = standings(basis)
    telling = [(c.example.condition, c.example.finish) for c in found.telling]
    folder = FileSystemLoader(_HERE)
    template = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    bundle = "itables/html/dt_bundle"  # DataTables with its styles, as one module
    return template.get_template("webpage.html").render(
        answers=[
            {
                "answer": answer,
                "pictures": [packed_picture(pictures[f]) for f in answer.figures if f in pictures],
            }
            for answer in answers(basis, findings)
        ],
        answered_by=ANSWERED_BY if len(basis) < len(grids) else "",
        choice=as_rows(choice_section(found)) if found.columns else None,
        rankings=_rankings(grids),
        programs=[as_rows(s) for s in programs.sections] if programs else [],
        ranks=[(g, [as_rows(s) for s in rank_table(g).sections]) for g in grids],
        claims=claims_as_json(findings, pictures),
        judged_by=judged_by.replace("`", ""),
        grids=grids,
        cells=packed(as_json(cells(grids))),
        curves=packed(as_json(curves(grids, telling))),
        missing=[(grid, outcome_table(grid).sections[0]) for grid in grids],
        machines=[(grid, count, text) for grid in grids for count, text in _machines(grid)],
        level=f"{LEVEL:.0%}",
        reading=_reading(grids, findings, programs),
        own={
            name: _own(f"webpage{name}")
            for name in (".css", "_unpack.js", "_cells.js", "_curves.js")
        },
        plotly=packed(get_plotlyjs()),
        datatables_style=_bundled(f"{bundle}.css").replace("</style", "<\\/style"),
        datatables=packed(_bundled(f"{bundle}.js")),
        versions={name: metadata.version(name) for name in ("plotly", "itables")},
    )


def _rankings(grids: Sequence[GridResults]) -> list[tuple[str, dict[str, Any]]]:
    """The ranking of the reader's own results, and that of those that came with the package."""
    titles = {"own": "Your own results", "shipped": "As it came with the package", "": ""}
    found = [(titles[origin], standings(own)) for origin, own in origins(grids).items()]
    return [(title, as_rows(ranking_section(each))) for title, each in found if each.columns]


def _looking_alike(grids: Sequence[GridResults]) -> list[GridResults]:
    """The grids with one marker per method in all of them; each counts its own variants else."""
    shared = tuple(
        sorted(
            {m for grid in grids for condition in grid.conditions for m in condition.line_up},
            key=method_order,
        )
    )
    return [
        replace(grid, conditions=[replace(each, line_up=shared) for each in grid.conditions])
        for grid in grids
    ]


def _reading(
    grids: Sequence[GridResults], findings: Sequence[Finding], programs: Table | None
) -> str:
    """How to read what the page shows, in the words of the other pages."""
    used = {how_to_read(grid) for grid in grids}
    parts = {
        "Claims": HOW_TO_READ_VERDICTS if findings else "",
        "Merged networks": HOW_TO_READ if HOW_TO_READ in used else "",
        "Planted permutations": HOW_TO_READ_PLANTED if HOW_TO_READ_PLANTED in used else "",
        "Authors' code": HOW_TO_READ_FIDELITY if HOW_TO_READ_FIDELITY in used else "",
        "Other programs": HOW_TO_READ_PEERS if programs else "",
    }
    text = "\n".join(f"### {title}\n\n{part}" for title, part in parts.items() if part)
    return MarkdownIt().render(text.replace("**How to read this.** ", ""))


_MACHINE = ["device", "threads", "workers", "precision", "torch", "python", "basinbench", "commit"]


def _machines(grid: GridResults) -> list[tuple[int, str]]:
    """How many cells ran on each device with the same versions, and these in words."""
    groups = grid.cells.groupby(_MACHINE, dropna=False)
    return [(len(group), where_measured(group)) for _, group in groups]


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _bundled(path: str) -> str:
    """A file of the itables package, which need not be imported for it."""
    return Path(str(metadata.distribution("itables").locate_file(path))).read_text(encoding="utf-8")
