"""A run that is told to stop keeps what is finished, and says how to go on."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SAID = "basinbench: interrupted; run the same command again to go on\n"
CELLS = ("--network", "mlp-64x3", "--finish", "none", "--method", "identity,weight-matching")


def stopped(words: list[str], number: signal.Signals, when: Callable[[], bool]) -> tuple:
    """Exit code, output and errors of a run that gets a signal as soon as it is time."""
    with subprocess.Popen(
        [sys.executable, "-m", "basinbench", "run", "quick", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, and so these tests in one, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        deadline = time.monotonic() + 120
        while not when() and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_what_is_finished_is_in_the_tables(tmp_path: Path, number: signal.Signals, workers: str):
    home, results = tmp_path / "home", tmp_path / "results"
    words = [*CELLS, "--home", str(home), "--results", str(results), "--workers", workers]

    def finished() -> int:
        return len(list((home / "cells").glob("*.json")))

    code, out, err = stopped(words, number, lambda: finished() > 0)
    # Where it hits an `exec` of a text (a dataclass in the making), CPython dies of the signal at
    # the end in spite of our exit code; a shell calls both 130.
    codes = (130, -signal.SIGINT) if number == signal.SIGINT else (143,)
    if finished() < 6:  # else it was too late to stop anything
        assert code in codes
        assert err == SAID
        assert " left when the run ended" in out
    with (results / "quick" / "cells.csv").open(newline="") as file:
        rows = {row["cell"] for row in csv.DictReader(file)}
    assert rows == {path.stem for path in (home / "cells").glob("*.json")}


def test_before_a_cell_is_finished_no_table_is_made(tmp_path: Path):
    home, results = tmp_path / "home", tmp_path / "results"
    words = [*CELLS, "--home", str(home), "--results", str(results)]
    code, out, err = stopped(words, signal.SIGINT, (home / "endpoints").exists)
    if code == 0:  # it came while a callback ran, whose exceptions Python drops
        return
    assert code in (130, -signal.SIGINT)
    assert err == SAID
    assert out.startswith("quick: 0 cells done")
    assert not list(results.glob("*/*.csv"))
