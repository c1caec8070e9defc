"""Tables as CSV: floats that read back exactly, texts that no spreadsheet takes for formulas."""

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import printable
from .column import Column
from .record import Value

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Texts = list[list[str]]
"""Rows of a table as they stand in its file, in the order of the columns asked for."""

_FORMULA = re.compile(r"'*[=+\-@]")
_GREATEST = sys.float_info.max
_BOOLEANS = {"True": True, "False": False}


def kept_from_formulas(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def without_apostrophe(text: str) -> str:
    """The text that `kept_from_formulas` was given."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def csv_text(columns: Iterable[Column], rows: Iterable[Iterable[Value]]) -> str:
    """The file's text; blanks are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Value) -> Value:
    if isinstance(value, str):
        return kept_from_formulas(value)
    # `repr` of a float is the shortest text that reads back as the same float
    return repr(value) if isinstance(value, float) else value


def read_texts(path: Path, content: bytes, columns: Sequence[Column]) -> Texts:
    """The rows of a table; a column that it lacks is blank, one that is not asked for left out.

    Raises `ValueError`, a sentence that names `path`, where it is no such table.
    """
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")  # with a spreadsheet's mark
        names, *rows = list(csv.reader(lines, strict=True)) or [[]]
        for i, row in enumerate(rows, 1):  # one that was cut would be read with blanks
            if len(row) != len(names):
                raise ValueError(f"row {i} has {len(row)} fields, not {len(names)}")
        if not names:
            raise ValueError("it is empty")
        if "cell" not in names:
            raise ValueError("it has no column 'cell'")
        if len(set(names)) < len(names):
            twice = next(name for i, name in enumerate(names) if name in names[:i])
            raise ValueError(f"it has the column {twice!r} twice")
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path} is not a table of results: {printable(str(error))}") from error
    places = [names.index(c.name) if c.name in names else None for c in columns]
    return [["" if place is None else row[place] for place in places] for row in rows]


def values(path: Path, columns: Sequence[Column], texts: Texts) -> list[list[Value]]:
    """Each text as its column's type, a blank as `None`; `ValueError` as `frame`."""
    return [
        [_value(path, i, c, text) for c, text in zip(columns, row, strict=True)]
        for i, row in enumerate(texts, 1)
    ]


def frame(path: Path, columns: Sequence[Column], texts: Texts) -> "DataFrame":
    """The table with the type of each column: blank texts are `""`, others NaN or NA.

    Raises `ValueError` with the file, the column and the row of a value that cannot be.
    """
    import pandas as pd  # half a second, which a run of the grid need not wait for

    own = pd.DataFrame(texts, columns=[column.name for column in columns], dtype=object)
    return pd.DataFrame({c.name: _typed(path, own[c.name], c) for c in columns})


def _typed(path: Path, texts: Any, column: Column) -> "Series":
    given = texts.where(texts != "", None)
    try:
        if column.kind is str:  # many rows share a text
            made = {text: _value(path, 0, column, text) or "" for text in set(texts)}
            return texts.map(made).astype(object)
        if column.kind is bool:
            return given.map(_boolean, na_action="ignore").astype("boolean")
        if column.kind is int:
            found = given.map(int, na_action="ignore").astype("Int64")
        else:
            found = given.astype("float64")
    except (ValueError, TypeError, OverflowError) as error:
        raise _first_fault(path, texts, column) or error from error
    within = found.between(max(column.low, -_GREATEST), min(column.high, _GREATEST))
    if not (within | given.isna()).all() and (fault := _first_fault(path, texts, column)):
        raise fault
    return found


def _first_fault(path: Path, texts: Iterable[str], column: Column) -> ValueError | None:
    """The error of the first value that cannot be."""
    for i, text in enumerate(texts, 1):
        try:
            _value(path, i, column, text)
        except ValueError as error:
            return error
    return None


def _value(path: Path, row: int, column: Column, text: str) -> Value:
    if text == "":
        return None
    try:
        value = _READ[column.kind](text)
        if fault := column.fault(value):
            raise ValueError(fault)
    except ValueError as error:
        said = str(error) if str(error).startswith("holds") else f"holds {text[:40]!r}"
        raise ValueError(
            f"{path} is not a table of results: row {row}: column {column.name!r} {said}"
        ) from error
    return value


def _text(text: str) -> str:
    return printable(without_apostrophe(text))


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text]


_READ: dict[type, Callable[[str], str | int | float | bool]] = {
    str: _text,
    int: int,
    float: float,
    bool: _boolean,
}
