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


_SIZE = re.compile(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"')


def packed_picture(picture: bytes | None) -> dict[str, Any] | None:
    """A figure, packed, and its width and height, which keep its place until it is unpacked."""
    if picture is None:
        return None
    text = picture.decode()
    size = _SIZE.search(text)
    width, height = map(float, size.groups()) if size else (4.0, 3.0)
    return {"packed": packed(text), "width": round(width), "height": round(height)}


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
