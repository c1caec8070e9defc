"""The table that a run ends with, from records alone."""

import json
import math
from pathlib import Path

import pytest
from analytic_records import PAIRS, named, record
from console import command

from basinbench.results.record import Record
from basinbench.runners.commands.summary import (
    LONGEST,
    WIDTH,
    SummaryRow,
    as_plain,
    summary_rows,
    summary_table,
)

LONG = named("otfusion-activations", samples=None, squared=True, when="after")


def test_means_over_the_sets_of_networks_by_method_and_finish():
    rows = summary_rows(record("identity", pair) for pair in PAIRS)
    (row,) = rows
    assert (row.method, row.finish, row.sets, row.diverged) == ("identity", "none", 3, 0)
    records = [record("identity", pair) for pair in PAIRS]
    for value, column in (
        (row.barrier, "test_barrier_chord_loss"),
        (row.accuracy, "test_accuracy_mid"),
    ):
        measured = [r[column] for r in records]
        assert all(isinstance(m, float) for m in measured)
        assert value == pytest.approx(sum(measured) / 3)  # type: ignore[arg-type]


def test_conditions_stand_apart_and_rows_of_one_together():
    records = [
        record("identity", "0-1"),
        record("identity", "0-1", network=named("mlp", widths=(8,))),
        record(LONG, "0-1"),
        record("identity", "0-1", finish=named("retrain", epochs=2)),
    ]
    rows = summary_rows(records)
    conditions = [row.condition for row in rows]
    assert len(set(conditions)) == 2
    assert conditions == sorted(conditions, key=conditions.index)
    assert [(row.method, row.finish) for row in rows] == [
        ("identity", "none"),
        ("otfusion-activations(samples=None, squared=True, when=after)", "none"),
        ("identity", "retrain(epochs=2)"),
        ("identity", "none"),
    ]


@pytest.mark.parametrize("points", [5, 9])
def test_lines_of_other_points_are_other_conditions(points: int):
    """A barrier is the highest of the points that were looked at."""
    usual, other = (
        Record({**record("identity", "0-1").row, "points": number}) for number in (25, points)
    )
    first, second = summary_rows([usual, other])
    assert (first.sets, second.sets) == (1, 1)
    assert second.condition == f"{first.condition}, {points} points"


def test_a_method_that_diverged_has_a_count_and_no_mean():
    whole = record("identity", "0-1")
    broken = Record({**record("identity", "2-3").row, "diverged": True, "test_loss_mid": math.inf})
    (row,) = summary_rows([whole, broken])
    assert (row.sets, row.diverged, row.barrier, row.accuracy) == (2, 1, None, None)
    assert "1 div." in summary_table([row], "there")


def test_what_is_not_measured_is_a_dash_and_what_is_not_done_is_left_out():
    failed = Record({**_facts(), "status": "failed", "reason": "no luck"})
    assert summary_rows([failed]) == []
    (row,) = summary_rows([Record({**_facts(), "status": "done"})])
    assert (row.barrier, row.accuracy, row.align_seconds) == (None, None, None)
    assert summary_table([row], "there").count("–") == 3


def _facts() -> dict:
    facts = ("cell", "kind", "dataset", "network_family", "network_params", "networks", "seeds")
    whole = record("identity", "0-1").row
    return {name: whole[name] for name in (*facts, "method", "finish", "recipe")}


def test_lines_fit_eighty_columns_and_many_rows_are_cut_with_a_hint():
    long = SummaryRow("a, " * 60 + "b" * 90, "m" * 90, "f" * 20, 3, 0, 1e-4, 0.5, 12.5, None)
    methods = [
        SummaryRow("one condition", f"method-{i}", "none", 3, 0, 0.1, 0.5, 2e-6, None)
        for i in range(LONGEST + 5)
    ]
    text = summary_table([long, *methods], "basinbench report mine")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "method-38" in text
    assert "method-39" not in text
    assert text.endswith("6 more rows: basinbench report mine")
    assert "more rows" not in summary_table(methods[:LONGEST], "there")


def test_the_numbers_are_those_of_the_row():
    row = SummaryRow("digits, mlp-64x3", "identity", "none", 3, 0, 1.54321, 0.98765, 0.0123, None)
    assert summary_table([row], "").splitlines()[-1].split() == [
        *("identity", "none", "1.5432", "98.77", "%", "12.3", "ms", "3"),
    ]
    assert json.loads(json.dumps(as_plain([row])))[0]["barrier"] == 1.54321


def test_a_run_ends_with_its_table_or_with_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    words = ["run", "--network", "mlp-8x2", "--recipe", "digits-short(epochs=1)"]
    words += ["--method", "identity,weight-matching(sweeps=1)", "--finish", "none", "--seed", "0-1"]
    code, out, err = command(capsys, *words)
    assert (code, err) == (0, "")
    *_, first, second = out.splitlines()
    assert first.split()[:2] == ["identity", "none"]
    assert second.split()[:2] == ["weight-matching(sweeps=1)", "none"]
    code, out, err = command(capsys, *words, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["name"], document["done"], document["kept"]) == ("quick-own", 0, 2)
    assert [row["method"] for row in document["rows"]] == ["identity", "weight-matching(sweeps=1)"]
    assert all(0 <= row["accuracy"] <= 1 for row in document["rows"])
