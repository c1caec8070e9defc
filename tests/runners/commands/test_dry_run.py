"""What a dry run says: lists that end, all of it as JSON, and the total where it is seen."""

import json
from collections.abc import Callable
from math import isclose
from pathlib import Path

import pytest
from console import command

from basinbench.runners.commands import dry_run
from basinbench.runners.execution import estimates
from basinbench.runners.execution.estimates import Estimates

WORDS = ["run", "quick", "--network", "mlp-64x3", "--finish", "none", "--seed", "0-1", "--dry-run"]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(estimates, "SECONDS", 0.01)
    return lambda *words: command(capsys, *WORDS, *words)


def test_of_long_lists_the_first_lines_stand_before_the_total(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dry_run, "MOST", 3)
    code, out, err = call("--method", "identity,weight-matching")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[2].startswith("digits, ")
    assert lines[3].endswith(" more, which --json lists")
    assert lines[-1].startswith("estimate: together about ")
    code, out, err = call("--method", "identity,weight-matching", "--json", "--budget", "1h")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert len(told["each"]) == told["missing"] + told["networks"] > 3
    assert isclose(told["seconds"], sum(one["seconds"] for one in told["each"]))
    assert told["fits"] == {"networks": told["networks"], "cells": told["missing"]}


def test_a_disturbance_of_some_steps_moves_no_estimate(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
):
    """Of several tries the fastest counts; a rate from the slowest would be of a busy machine."""
    found: list[float] = []
    tries = iter([0.5, 0.001, 0.2] * 9)
    monkeypatch.setattr(Estimates, "_step_seconds", lambda *_: next(tries))
    measured = Estimates._measured_rate

    def rate(self: Estimates, endpoint):  # type: ignore[no-untyped-def]
        found.append(measured(self, endpoint))
        return found[-1]

    monkeypatch.setattr(Estimates, "_measured_rate", rate)
    assert call("--method", "identity")[0] == 0
    monkeypatch.setattr(Estimates, "_step_seconds", lambda *_: 0.001)
    assert call("--method", "identity")[0] == 0
    quiet, busy = found[-1], found[0]
    assert quiet == busy
