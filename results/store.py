"""Records on disk: one JSON file per cell while a grid runs, three tables once it is gathered."""

import csv
import io
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import require
from .columns import COLUMNS, CURVE_COLUMNS, RETRAINING_COLUMNS, STATUSES, Column
from .files import write_whole
from .record import Epoch, Point, Record, Value

if TYPE_CHECKING:
    from pandas import DataFrame, Series

CELLS, CURVES, RETRAINING = "cells.csv", "curves.csv", "retraining.csv"
ORDER = (
    "dataset",
    "network_family",
    "network_params",
    "recipe",
    "recipe_params",
    "split",
    "finish",
    "finish_params",
    "method",
    "method_params",
    "maps_from",
    "seeds",
    "seed",
    "cell",
)


class RecordStore:
    """The records of the cells that have been run, each in `<home>/cells/<cell>.json`."""

    def __init__(self, home: Path):
        self.folder = Path(home) / "cells"

    def path(self, cell: str) -> Path:
        """The file of `cell`, there or not."""
        return self.folder / f"{cell}.json"

    def has(self, cell: str) -> bool:
        """Whether a sound record of `cell` is there."""
        return self.read(cell) is not None

    def read(self, cell: str) -> Record | None:
        """The record of `cell`, or `None` where there is none.

        A file that holds no record of this cell is renamed to `*.damaged`, with a warning that
        names it, and counts as missing.
        """
        path = self.path(cell)
        try:
            record = Record.from_json(path.read_text(encoding="utf-8"))
            if record.cell != cell:
                raise ValueError(f"it holds the record of cell {record.cell}")
        except FileNotFoundError:
            return None
        except ValueError as error:
            aside = path.with_name(path.name + ".damaged")
            path.replace(aside)
            warnings.warn(f"{path} is damaged ({error}); set aside as {aside.name}", stacklevel=2)
            return None
        return record

    def write(self, record: Record) -> Path:
        """Keep `record`, in place of an earlier one of its cell; whole or not at all."""
        path = self.path(record.cell)
        write_whole(path, record.to_json())
        return path

    def __iter__(self) -> Iterator[Record]:
        """All sound records, by the name of their cell."""
        for path in sorted(self.folder.glob("*.json")):
            if (record := self.read(path.stem)) is not None:
                yield record


def gather(records: Iterable[Record], folder: Path) -> None:
    """Write `records` as `cells.csv`, `curves.csv` and `retraining.csv` in `folder`.

    Rows are sorted by what defines them and floats written so that they read back exactly: the
    same records give the same bytes in any order. `ValueError` where two have the same cell.
    """
    ordered = sorted(records, key=_record_order)
    count = Counter(record.cell for record in ordered)
    if twice := sorted(cell for cell, n in count.items() if n > 1):
        raise ValueError(f"more than one record of cell {', '.join(twice)}")
    rows = [[record[column.name] for column in COLUMNS] for record in ordered]
    points = [
        [record.cell, point.at, point.split, point.loss, point.accuracy]
        for record in ordered
        for point in sorted(record.curve, key=lambda p: (p.split, p.at))
    ]
    write_whole(Path(folder) / CELLS, _csv(COLUMNS, rows))
    write_whole(Path(folder) / CURVES, _csv(CURVE_COLUMNS, points))
    epochs = [
        [record.cell, epoch.epoch, epoch.split, epoch.loss, epoch.accuracy]
        for record in ordered
        for epoch in sorted(record.retraining, key=lambda e: (e.split, e.epoch))
    ]
    write_whole(Path(folder) / RETRAINING, _csv(RETRAINING_COLUMNS, epochs))


def read_table(folder: Path) -> "tuple[DataFrame, DataFrame]":
    """The gathered cells and curves of a grid, each column with the type that its table states.

    Blank texts are `""`, blank floats NaN, blank integers and booleans NA. Columns that the file
    lacks (it is older) are blank; columns that are not known (it is newer) are left out. Raises
    `FileNotFoundError` where a file is missing and `ValueError` where it is no such table.
    """
    path = Path(folder) / CELLS
    cells = _read_csv(path, COLUMNS)
    if twice := sorted(cells["cell"][cells["cell"].duplicated()]):
        raise ValueError(f"{path} is not a table of results: it has cell {twice[0]} twice")
    if unknown := sorted(set(cells["status"]) - set(STATUSES)):
        raise ValueError(f"{path} is not a table of results: it has the status {unknown[0]!r}")
    return cells, _read_csv(Path(folder) / CURVES, CURVE_COLUMNS)


def read_retraining(folder: Path) -> "DataFrame":
    """What retrained networks achieved epoch by epoch; empty where the grid is older than that."""
    path = Path(folder) / RETRAINING
    if path.is_file():
        return _read_csv(path, RETRAINING_COLUMNS)
    require("report", "pandas")
    import pandas as pd

    return pd.DataFrame({column.name: [] for column in RETRAINING_COLUMNS})


def read_records(folder: Path) -> list[Record]:
    """The records that `gather` wrote; raises what `read_table` does."""
    cells, curves = read_table(folder)
    points, epochs = defaultdict(list), defaultdict(list)
    for cell, *values in curves.itertuples(index=False):
        points[cell].append(Point(*values))
    for cell, *values in read_retraining(folder).itertuples(index=False):
        epochs[cell].append(Epoch(*values))
    return [
        Record(
            {name: _blank_is_none(value) for name, value in row.items()},
            tuple(points[row["cell"]]),
            tuple(epochs[row["cell"]]),
        )
        for row in cells.to_dict("records")
    ]


def _blank_is_none(value: Any) -> Value:
    import pandas as pd

    if value == "" or pd.isna(value):
        return None
    return value if isinstance(value, (str, bool, float)) else int(value)


def _record_order(record: Record) -> tuple[list[tuple[bool, int, str]], ...]:
    """Sorts texts by name and the numbers within them by size: seeds 2-3 before 10-11."""
    return tuple(
        [
            (not part.isdigit(), int(part) if part.isdigit() else 0, part)
            for part in re.split(r"(\d+)", str(record[name] or ""))
            if part
        ]
        for name in ORDER
    )


def _csv(columns: Iterable[Column], rows: Iterable[Iterable[Value]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    # `repr` of a float is the shortest text that reads back as the same float
    writer.writerows([repr(v) if isinstance(v, float) else v for v in row] for row in rows)
    return text.getvalue()


def _read_csv(path: Path, columns: Iterable[Column]) -> "DataFrame":
    require("report", "pandas")
    import pandas as pd  # half a second, which a run of the grid need not wait for

    if not path.is_file():
        raise FileNotFoundError(f"no results: {path} does not exist")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = csv.reader(file, strict=True)
        # pandas fills a row that was cut with blanks, without a word
        for i, row in enumerate(rows, 1):
            if len(row) != len(names):
                raise ValueError(f"row {i} has {len(row)} fields, not {len(names)}")
        if "cell" not in names:
            raise ValueError("it has no column 'cell'")
        texts = pd.DataFrame(rows, columns=names, dtype=object)
        texts = texts.reindex(columns=[column.name for column in columns], fill_value="")
        return pd.DataFrame({c.name: _typed(texts[c.name], c) for c in columns})
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path} is not a table of results: {error}") from error


def _typed(texts: Any, column: Column) -> "Series":
    """A column of texts as the column's type; a blank as its missing value."""
    if column.kind is str:
        return texts
    values = texts.where(texts != "", None)
    if column.kind is float:
        return values.astype("float64")
    if column.kind is int:
        return values.map(int, na_action="ignore").astype("Int64")
    if wrong := sorted(set(values.dropna()) - {"True", "False"}):
        raise ValueError(f"column {column.name!r} holds {wrong[0]!r}")
    return values.map({"True": True, "False": False}).astype("boolean")
