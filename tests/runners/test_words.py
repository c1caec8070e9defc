"""Times and numbers of things in words."""

import re
from pathlib import Path

import pytest

from basinbench.runners.counting import counted
from basinbench.runners.times import duration, measured

RUNNERS = Path(str(pytest.importorskip("basinbench.runners").__file__)).parent
FORMATTED = re.compile(r"f[\"'].*\{[^{}]*:[^{}]*[fg]\} (s|ms|min|h)\b")
"""A number with a unit of time, as a text that is not made in `times`."""


def test_durations():
    said = {
        0.02: "0.02 s",
        4.4: "4 s",
        89: "89 s",
        91: "2 min",
        5000: "83 min",
        9000: "2.5 h",
        36 * 3600: "36.0 h",
        1e9: "11,574 days",
    }
    assert {seconds: duration(seconds) for seconds in said} == said


def test_measured_times():
    said = {2.54e-4: "254 µs", 0.0123: "12.3 ms", 4.213: "4.21 s"}
    said |= {0.9996: "1000 ms", 1234.4: "1234 s"}
    assert {seconds: measured(seconds) for seconds in said} == said


def test_one_thing_is_singular():
    assert [counted(n, "cell") for n in (0, 1, 3414, 12000)] == [
        "0 cells",
        "1 cell",
        "3414 cells",
        "12,000 cells",
    ]
    assert counted(1, "axis", "axes") == "1 axis"
    assert counted(2, "axis", "axes") == "2 axes"


def test_times_are_put_into_words_in_one_place():
    """Limits, which a user has given, are said as they were given."""
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(RUNNERS.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if FORMATTED.search(line)
        and path.name not in ("times.py", "budget.py")
        and "limit" not in line
    ]
    assert found == []
