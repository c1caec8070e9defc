"""The record of a cell: its columns, its checks, and its JSON."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basinbench.errors import printable
from basinbench.results.barriers import barriers
from basinbench.results.columns import BY_NAME, COLUMNS
from basinbench.results.record import Point, Record, ends, summary
from basinbench.results.series import CURVE_COLUMNS

DONE = {"cell": "0123456789abcdef", "status": "done"}
loss_values = st.floats(0) | st.just(math.nan)
shares = st.floats(0, 1)
barrier_values = st.floats(allow_nan=True, allow_infinity=True)


def parabola(height=0.5, points=25, a=0.1, b=0.3):
    """A curve whose chord barrier in loss is `height`, on test; half of it on train."""
    return tuple(
        Point(t, split, (1 - t) * a + t * b + scale * height * 4 * t * (1 - t), 0.9 - t / 10)
        for split, scale in (("test", 1), ("train", 0.5))
        for t in np.linspace(0, 1, points)
    )


def test_every_column_has_its_own_name_and_a_meaning():
    assert len(BY_NAME) == len(COLUMNS)
    assert all(column.meaning for column in (*COLUMNS, *CURVE_COLUMNS))
    assert {column.kind for column in COLUMNS} == {str, int, float, bool}


def test_a_record_has_every_column_in_their_order_and_blanks_where_nothing_was_given():
    record = Record(DONE | {"points": 25, "train_loss_a": 0.5})
    assert list(record.row) == [column.name for column in COLUMNS]
    assert record["points"] == 25
    assert record["train_loss_a"] == 0.5
    assert record["train_loss_b"] is None
    assert record["reason"] is None
    assert (record.cell, record.status) == (DONE["cell"], "done")


@pytest.mark.parametrize(
    "row",
    [
        {"losss": 1.0},
        {"points": 25.0},
        {"points": True},
        {"points": "25"},
        {"train_loss_a": "0.5"},
        {"train_loss_a": True},
        {"permutation": 1},
        {"dataset": 5},
        {"status": "finished"},
        {"status": None},
        {"status": "failed"},
        {"status": "skipped", "reason": ""},
        {"reason": "done all the same"},
        {"cell": None},
        {"cell": ""},
        {"cell": "../etc/passwd"},
        {"cell": ".hidden"},
        {"cell": "a b"},
    ],
)
def test_a_row_that_does_not_fit_its_columns_is_refused(row):
    with pytest.raises(ValueError, match=r"record|column"):
        Record(DONE | row)


def test_numbers_of_numpy_and_whole_floats_are_taken_as_their_own_kind():
    record = Record(
        DONE
        | {
            "points": np.int64(25),
            "train_loss_a": np.float32(0.5),
            "train_loss_b": 1,
            "permutation": np.True_,
        },
        (Point(np.float64(0), "test", np.float64(0.5), np.float64(1)),),
    )
    assert [type(record[n]) for n in ("points", "train_loss_a", "train_loss_b", "permutation")] == [
        int,
        float,
        float,
        bool,
    ]
    assert type(record.curve[0].at) is type(record.curve[0].loss) is float


def test_a_point_belongs_to_a_split():
    with pytest.raises(ValueError, match="split"):
        Point(0.0, "trial", 0.1, 0.9)


def test_a_record_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Record(DONE).row = {}  # type: ignore[misc]


@pytest.mark.slow
@given(loss_values, barrier_values, shares, st.text(), st.booleans())
def test_json_reads_back_as_the_same_record(loss, barrier, accuracy, text_of_method, flag):
    record = Record(
        DONE
        | {
            "train_loss_a": loss,
            "train_barrier_mean_loss": barrier,
            "method": text_of_method,
            "permutation": flag,
        },
        (Point(0.5, "train", loss, accuracy),),
    )
    text = record.to_json()
    json.loads(text, parse_constant=pytest.fail)  # NaN and Infinity are no JSON
    again = Record.from_json(text)
    assert again.to_json() == text
    assert record["method"] == printable(text_of_method) or not text_of_method
    assert {k: repr(v) for k, v in again.row.items()} == {
        k: repr(v) for k, v in record.row.items()
    }  # NaN is not equal to itself
    same = (loss, again.curve[0].loss), (accuracy, again.curve[0].accuracy)
    assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in same)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_was_measured_and_is_no_blank(value):
    name = "test_barrier_mean_loss"
    record = Record.from_json(Record(DONE | {name: value}).to_json())
    assert record[name] == pytest.approx(value, nan_ok=True)
    assert Record(DONE)[name] is None


SOUND = '"cell": "a", "status": "done"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        f"{{{SOUND}}}",
        f'{{{SOUND}, "curve": 3}}',
        f'{{{SOUND}, "curve": [[0, 1]]}}',
        f'{{{SOUND}, "curve": [{{"at": 0}}]}}',
        f'{{{SOUND}, "curve": [{{"at": 0, "split": "x", "loss": 0, "accuracy": 0}}]}}',
        f'{{{SOUND}, "curve": [], "train_loss_a": {{}}}}',
        f'{{{SOUND}, "curve": [], "train_loss_a": "much"}}',
        f'{{{SOUND}, "curve": [], "unheard_of": 1}}',
    ],
)
def test_what_is_no_record_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  # the reasons are of many kinds
        Record.from_json(text)


def test_the_sound_part_of_those_texts_is_a_record():
    assert Record.from_json(f'{{{SOUND}, "curve": []}}') == Record({"cell": "a", "status": "done"})


def test_a_summary_agrees_with_its_curve():
    curve = parabola(height=0.5, a=0.1, b=0.3)
    row = Record(DONE | summary(curve), curve)
    assert row["test_barrier_chord_loss"] == pytest.approx(0.5)
    assert row["train_barrier_chord_loss"] == pytest.approx(0.25)
    assert row["test_loss_mid"] == pytest.approx(0.7)
    assert (row["test_loss_a"], row["test_loss_b"]) == (0.1, 0.3)
    assert row["test_loss_mean"] == pytest.approx(0.2)
    assert (row["test_loss_min"], row["test_loss_max"]) == (0.1, 0.3)
    assert row["test_accuracy_mid"] == pytest.approx(0.85)
    assert row["test_barrier_chord_accuracy"] == pytest.approx(0)
    assert row["test_barrier_mean_accuracy"] == pytest.approx(0.05)
    for split in {point.split for point in curve}:
        points = [p for p in curve if p.split == split]
        found = barriers([p.at for p in points], [p.loss for p in points], [0.0] * len(points))
        assert row[f"{split}_barrier_mean_loss"] == found.mean_loss


def test_a_summary_leaves_out_what_the_curve_does_not_have():
    ends_only = tuple(p for p in parabola() if p.split == "test" and p.at in (0, 1))
    row = summary(ends_only)
    assert "test_loss_mid" not in row
    assert not any(name.startswith("train") for name in row)
    assert summary(()) == {}
    with pytest.raises(ValueError, match="ends"):
        summary(parabola()[1:])


def test_more_than_two_networks_have_a_mean_and_a_range_and_no_second_one():
    assert ends("test", "ece", [0.3, 0.1, 0.2]) == {
        "test_ece_mean": pytest.approx(0.2),
        "test_ece_min": 0.1,
        "test_ece_max": 0.3,
        "test_ece_a": 0.3,
    }
    assert set(ends("train", "loss", [0.3, 0.1])) <= set(BY_NAME)
