"""Large texts of the web page: a quarter of their size, and unpacked by the browser itself."""

import gzip
import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from ..data.grid import GridResults
from ..tabulation.table import Section

_NUMBER = re.compile(r"([−+]?[\d.]+)( [\[(].*)")
"""A number, and behind it its interval or the values that it is the mean of."""


def packed(text: str) -> str:
    """`text` as gzip in base64: nothing in it can end the element that holds it."""
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def as_rows(section: Section) -> dict[str, Any]:
    """A section of a table for the template: columns, and cells with what is emphasised in them.

    A cell is its text, what stands in brackets behind it, and whether it is emphasised.
    """
    return {
        "heading": section.heading,
        "caption": section.caption.replace("`", ""),
        "columns": [str(name) for name in section.rows.columns],
        "rows": [[_cell(str(v)) for v in row] for row in section.rows.itertuples(index=False)],
    }


def _cell(text: str) -> dict[str, Any]:
    emphasised = len(text) > 2 and text[0] == text[-1] == "*"
    plain = text[1:-1] if emphasised else text
    number = _NUMBER.fullmatch(plain)
    before, more = number.groups() if number else (plain, "")
    return {"text": before, "more": more, "strong": emphasised}


def origins(grids: Iterable[GridResults]) -> dict[str, list[GridResults]]:
    """The grids by whose they are, the reader's own first; one entry where there is no question."""
    found: dict[str, list[GridResults]] = {}
    for grid in sorted(grids, key=lambda grid: grid.origin != "own"):
        found.setdefault(grid.origin, []).append(grid)
    return found
