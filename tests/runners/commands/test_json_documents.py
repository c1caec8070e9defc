"""What `--json` prints is JSON as every reader takes it: no NaN, no Infinity."""

import ast
import json
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from analytic_records import record

from basinbench import runners
from basinbench.results.facts import document, finite_or_text
from basinbench.results.record import Point, Record
from basinbench.runners.commands.summary import as_plain, curves_of, summary_rows

COMMANDS = Path(str(runners.__file__)).parent / "commands"


def strictly(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_floats_that_are_no_json_are_null_in_documents_and_texts_in_facts():
    value = {"a": [inf, -inf, nan, 0.5, 1], "b": {"c": (nan, "x", None, True)}}
    assert strictly(document(value)) == {
        "a": [None, None, None, 0.5, 1],
        "b": {"c": [None, "x", None, True]},
    }
    assert finite_or_text(value) == {
        "a": ["inf", "-inf", "nan", 0.5, 1],
        "b": {"c": ["nan", "x", None, True]},
    }


@pytest.mark.parametrize("worst", [inf, nan])
def test_a_run_s_rows_and_curves_are_json_whatever_was_measured(worst: float):
    whole = record("identity", "0-1")
    row = {name: worst if isinstance(v, float) else v for name, v in whole.row.items()}
    allowed = {n: v for n, v in row.items() if "loss" in n or not isinstance(v, float)}
    broken = Record(allowed, tuple(Point(p.at, p.split, worst, nan) for p in whole.curve))
    found = strictly(
        document({"rows": as_plain(summary_rows([broken])), "curves": curves_of([broken])})
    )
    assert {point["loss"] for point in found["curves"]} == {None}
    assert found["rows"][0]["barrier"] is None


def test_every_command_prints_its_document_through_one_function():
    """Another `json.dumps` would write what JSON has not."""
    for path in sorted(COMMANDS.glob("*.py")):
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)]
        assert "dumps" not in {call.attr for call in calls}, path.name
