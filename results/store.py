"""Records on disk: one JSON file per cell while a grid runs, four tables once it is gathered."""

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import require
from .column import Column
from .columns import COLUMNS
from .contents import CONTENTS, contents, is_stated, sound_bytes
from .crosschecks import check_groups, check_lines, check_scores, check_series
from .csv_files import Texts, csv_text, frame, read_texts, values
from .files import write_together, write_whole
from .record import Epoch, ImageGroup, Point, Record
from .series import CURVE_COLUMNS, IMAGE_GROUP_COLUMNS, RETRAINING_COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame

CELLS, CURVES, RETRAINING = "cells.csv", "curves.csv", "retraining.csv"
IMAGE_GROUPS = "image_groups.csv"
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
            with suppress(FileNotFoundError):  # another run of this home has done it
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
    """Write `records` to `folder`: `cells.csv`, and as series of its cells the other tables.

    Rows are sorted by what defines them and floats written so that they read back exactly: the
    same records give the same bytes in any order. `tables.json` has their numbers of rows and
    their checksums; it is taken away first and written last, so that tables of a run that is
    killed in between count as older ones, and are held against each other when they are read.
    `ValueError` where two records have the same cell.
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
    epochs = [
        [record.cell, epoch.epoch, epoch.split, epoch.loss, epoch.accuracy]
        for record in ordered
        for epoch in sorted(record.retraining, key=lambda e: (e.split, e.epoch))
    ]
    groups = [
        [record.cell, group.group, *group.scores]
        for record in ordered
        for group in sorted(record.groups, key=lambda g: g.group)
    ]
    files = {
        IMAGE_GROUPS: (len(groups), csv_text(IMAGE_GROUP_COLUMNS, groups).encode()),
        CURVES: (len(points), csv_text(CURVE_COLUMNS, points).encode()),
        RETRAINING: (len(epochs), csv_text(RETRAINING_COLUMNS, epochs).encode()),
        CELLS: (len(rows), csv_text(COLUMNS, rows).encode()),
    }
    write_together(
        {Path(folder) / name: content for name, (_, content) in files.items()},
        Path(folder) / CONTENTS,
        contents(files),
    )


def read_table(folder: Path) -> "tuple[DataFrame, DataFrame]":
    """The gathered cells and curves of a grid, each column with the type that its table states.

    Blank texts are `""`, blank floats NaN, blank integers and booleans NA. Columns that the file
    lacks (it is older) are blank; columns that are not known (it is newer) are left out. Raises
    `FileNotFoundError` where a file is missing and `ValueError` where it is no such table, was
    changed after it was written, or does not fit the other: one sentence, with the file.
    """
    _, cells, curves = _read_all(Path(folder))
    return cells, curves


def _read_all(folder: Path) -> "tuple[Texts, DataFrame, DataFrame]":
    """The cells as they stand in their file, and what `read_table` has."""
    require("report", "pandas")
    texts = _texts(folder, CELLS, COLUMNS)
    cells = frame(folder / CELLS, COLUMNS, texts)
    curves = frame(folder / CURVES, CURVE_COLUMNS, _texts(folder, CURVES, CURVE_COLUMNS))
    if (blank := (cells["status"] == "").to_numpy()).any():
        row = int(blank.argmax()) + 1
        raise ValueError(f"{folder / CELLS} is not a table of results: row {row} has no status")
    check_scores(folder / CELLS, cells, texts)
    check_series(folder / CURVES, set(cells["cell"]), curves, ["lambda", "split"])
    check_lines(folder / CURVES, cells, curves, values=not is_stated(folder / CURVES))
    return texts, cells, curves


def read_retraining(folder: Path) -> "DataFrame":
    """What retrained networks achieved epoch by epoch; empty where the grid is older than that."""
    return _read_series(Path(folder), RETRAINING, RETRAINING_COLUMNS, ["epoch", "split"])


def read_image_groups(folder: Path) -> "DataFrame":
    """What merges achieve on each group of the test images; empty where the grid is older."""
    found = _read_series(Path(folder), IMAGE_GROUPS, IMAGE_GROUP_COLUMNS, ["group"])
    check_groups(Path(folder) / IMAGE_GROUPS, found)
    return found


def _read_series(
    folder: Path, name: str, columns: tuple[Column, ...], key: list[str]
) -> "DataFrame":
    require("report", "pandas")
    texts: Texts = []
    if (folder / name).is_file() or is_stated(folder / name):
        texts = _texts(folder, name, columns)
    found = frame(folder / name, columns, texts)
    if texts:
        cells = {row[0] for row in _texts(folder, CELLS, COLUMNS[:1])}
        check_series(folder / name, cells, found, key)
    return found


def read_records(folder: Path) -> list[Record]:
    """The records that `gather` wrote; raises what `read_table` does."""
    texts, _, curves = _read_all(Path(folder))  # with all of its checks
    points, epochs, groups = defaultdict(list), defaultdict(list), defaultdict(list)
    for cell, *point in curves.itertuples(index=False):
        points[cell].append(Point(*point))
    for cell, *epoch in read_retraining(folder).itertuples(index=False):
        epochs[cell].append(Epoch(*epoch))
    for cell, group, *scores in read_image_groups(folder).itertuples(index=False):
        groups[cell].append(ImageGroup(group, tuple(scores)))
    path, names = Path(folder) / CELLS, [column.name for column in COLUMNS]
    # Not from the data frame, which cannot tell what was measured and is no number from a blank.
    rows: list[dict[str, Any]] = [
        dict(zip(names, row, strict=True)) for row in values(path, COLUMNS, texts)
    ]
    try:
        return [
            Record(row, *(tuple(series[row["cell"]]) for series in (points, epochs, groups)))
            for row in rows
        ]
    except ValueError as error:
        raise ValueError(f"{path} is not a table of results: {error}") from error


def _texts(folder: Path, name: str, columns: tuple[Column, ...]) -> Texts:
    """The rows of a table; of cells each once, and with a status."""
    path = folder / name
    texts = read_texts(path, sound_bytes(path), columns)
    if name == CELLS:
        count = Counter(row[0] for row in texts)
        if twice := sorted(cell for cell, n in count.items() if n > 1):
            raise ValueError(f"{path} is not a table of results: it has cell {twice[0]} twice")
    for i, row in enumerate(texts, 1):
        if not row[0]:
            raise ValueError(f"{path} is not a table of results: row {i} names no cell")
    return texts


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
