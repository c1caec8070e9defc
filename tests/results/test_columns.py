"""What a column may hold: the same in a record and in a table."""

import csv
from math import inf, nan
from pathlib import Path

import pytest

from basinbench.results.column import Column
from basinbench.results.columns import BY_NAME, COLUMNS, SPLITS
from basinbench.results.record import Epoch, Point, Record
from basinbench.results.series import CURVE_COLUMNS, IMAGE_GROUP_COLUMNS, RETRAINING_COLUMNS
from basinbench.results.store import gather, read_records, read_table

DONE = {"cell": "a1", "status": "done"}
WRONG = {
    "test_accuracy_mid": (7.3, -0.1, inf),
    "test_barrier_chord_accuracy": (1.5, -1.5),
    "test_loss_a": (-0.5, -inf),
    "test_ece_mid": (1.1,),
    "align_seconds": (-3.0, nan, inf),
    "cell_seconds": (-1.0,),
    "train_seconds": (-1.0, nan),
    "equivalence_error": (-1e-9,),
    "align_peak_bytes": (-1.0,),
    "recovered": (1.01,),
    "networks": (0,),
    "points": (-25, 10**30),
    "threads": (0,),
}
MEASURED = {
    "test_accuracy_mid": (0.0, 1.0, nan),
    "test_loss_a": (0.0, 1e9, inf, nan),
    "test_barrier_mean_loss": (-1.0, -inf, inf, nan),
    "equivalence_error": (0.0, inf, nan),
    "align_seconds": (0.0, 1e6),
}
EACH_WRONG = [(name, value) for name, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("name", "value"), EACH_WRONG)
def test_a_record_holds_no_value_out_of_its_column_s_range(name: str, value: float):
    with pytest.raises(ValueError, match=rf"column '{name}' holds {value}"):
        Record(DONE | {name: value})


@pytest.mark.parametrize("name", MEASURED)
def test_what_can_be_measured_is_kept_also_where_it_is_not_finite(name: str, tmp_path: Path):
    for i, value in enumerate(MEASURED[name]):
        kept = Record(DONE | {name: value})
        assert repr(Record.from_json(kept.to_json())[name]) == repr(value)
        gather([kept], tmp_path / str(i))
        (read,) = read_records(tmp_path / str(i))
        assert repr(read[name]) == repr(value)


def change(path: Path, row: int, column: str, text: str) -> None:
    """Another value in a table that has no checksum."""
    (path.parent / "tables.json").unlink(missing_ok=True)
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    lines[row][lines[0].index(column)] = text
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


@pytest.mark.parametrize(("name", "value"), EACH_WRONG)
def test_a_table_is_refused_with_file_column_and_row(name: str, value: float, tmp_path: Path):
    gather([Record(DONE), Record(DONE | {"cell": "a2"})], tmp_path)
    change(tmp_path / "cells.csv", 2, name, repr(value))
    with pytest.raises(ValueError, match=rf"cells\.csv .* row 2: column '{name}' holds {value}"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("file", "column", "text"),
    [
        ("curves.csv", "lambda", "1.5"),
        ("curves.csv", "loss", "-1.0"),
        ("curves.csv", "accuracy", "2.0"),
        ("curves.csv", "split", "tset"),
        ("retraining.csv", "epoch", "-1"),
        ("retraining.csv", "epoch", "1.5"),
        ("retraining.csv", "accuracy", "7.3"),
        ("cells.csv", "status", "dune"),
    ],
)
def test_points_and_epochs_have_ranges_too(file: str, column: str, text: str, tmp_path: Path):
    points = tuple(Point(t, "test", 0.5, 0.5) for t in (0, 0.5, 1))
    gather([Record(DONE, points, (Epoch(1, "test", 0.5, 0.5),))], tmp_path)
    change(tmp_path / file, 1, column, text)
    with pytest.raises(ValueError, match=rf"{file} .* row 1: column '{column}' holds '?{text}"):
        read_records(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Point(1.5, "test", 0.1, 0.9),
        lambda: Point(0.5, "test", -0.1, 0.9),
        lambda: Point(0.5, "test", 0.1, 9.0),
        lambda: Epoch(-1, "test", 0.1, 0.9),
        lambda: Epoch(1, "test", 0.1, inf),
    ],
)
def test_a_point_out_of_range_cannot_be_made(make):
    with pytest.raises(ValueError, match="column '"):
        make()


def test_an_alignment_that_changes_the_outputs_is_a_row_of_its_own(tmp_path: Path):
    row = {"cell": "a1", "status": "inequivalent", "reason": "it changes the outputs by 3e-01"}
    with pytest.raises(ValueError, match="needs the equivalence_error"):
        Record(row)
    with pytest.raises(ValueError, match="with the reason"):
        Record(row | {"reason": None, "equivalence_error": 0.3})
    kept = Record(row | {"equivalence_error": 0.3, "align_seconds": 1.0})
    gather([kept], tmp_path)
    assert read_records(tmp_path) == [kept]


def test_every_measured_number_has_a_lowest_value():
    """A new column that forgets its range is seen here: only these may be any number."""
    numbers = (
        c
        for c in (*COLUMNS, *CURVE_COLUMNS, *RETRAINING_COLUMNS, *IMAGE_GROUP_COLUMNS)
        if c.kind in (int, float)
    )
    free = {c.name for c in numbers if c.low == -inf}
    losses = {f"{s}_barrier_{d}_loss" for s in SPLITS for d in ("chord", "mean")}
    assert free == losses | {"seed", "objective_ratio"}
    assert BY_NAME["train_seconds"].unit == "s"
    assert BY_NAME["method_digest"].kind is str
    assert Column("x", float, "", "").fault(1e300) is None
