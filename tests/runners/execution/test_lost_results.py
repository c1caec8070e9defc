"""What is counted as done lies where it is looked for: no row is lost with a good end."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from console import command
from tiny import CPU, PERCEPTRON, cells

from basinbench.methods.baselines import Identity
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing
from basinbench.runners.measuring.worker import Worker

ANOTHER_EACH_TIME = """
import torch

import basinbench

def rnd() -> basinbench.Dataset:
    '''Forgot its seed.'''
    torch.seed()

    def part(count: int) -> basinbench.Images:
        labels = torch.arange(count) % 2
        return basinbench.Images(torch.randint(0, 255, (count, 1, 8, 8)).to(torch.uint8), labels)

    return basinbench.dataset("rnd", part(300), part(100))
"""

WANDERER = """
import os, pathlib
import basinbench, torch

elsewhere = pathlib.Path(__file__).parent / "elsewhere"
elsewhere.mkdir(exist_ok=True)
os.chdir({at_import!r} and elsewhere or ".")

@basinbench.method(paper="an example")
def wanderer(problem):
    '''Goes elsewhere.'''
    os.chdir(elsewhere)
    return {{g: torch.arange(w) for g, w in problem.networks[0].widths.items()}}
"""

ONE = ["--network", "mlp-8x2", "--recipe", "digits-short(epochs=1)", "--finish", "none"]
ONE += ["--seed", "0-1", "--home", "home", "--results", "out", "--name", "mine"]


def run_apart(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`basinbench run` from `folder`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "basinbench", "run", "quick", *words],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_data_set_that_is_another_in_each_process_fails_its_cells(tmp_path: Path, workers: str):
    (tmp_path / "rnd.py").write_text(ANOTHER_EACH_TIME)
    words = ["--plugin", "rnd.py", "--dataset", "rnd", "--method", "identity,weight-matching"]
    done = run_apart(tmp_path, *ONE, *words, "--workers", workers, "--isolate")
    assert done.returncode == 1, done.stdout
    assert "0 cells done, 0 skipped, 6 failed" in done.stdout
    assert "the data set 'rnd' is another in each process; fix its seed" in done.stderr
    rows = pd.read_csv(tmp_path / "out" / "mine" / "cells.csv")
    assert list(rows["status"]) == ["failed"] * 6


@pytest.mark.slow
@pytest.mark.parametrize(("at_import", "named"), [(False, "by variable"), (True, "by option")])
def test_a_plug_in_that_changes_the_current_folder_moves_nothing(
    tmp_path: Path, at_import: bool, named: str
):
    (tmp_path / "wanderer.py").write_text(WANDERER.format(at_import=at_import))
    words, variables = ONE, {}
    if named == "by variable":
        words = [word for word in ONE if word not in ("--home", "home")]
        variables = {"BASINBENCH_HOME": "home"}
    words = [*words, "--plugin", "wanderer.py", "--method", "identity,wanderer"]
    done = run_apart(tmp_path, *words, **variables)
    assert done.returncode == 0, done.stderr
    assert "2 cells done" in done.stdout
    assert "tables: out/mine\n" in done.stdout
    assert ("changes the current folder" in done.stderr) == at_import
    assert len(pd.read_csv(tmp_path / "out" / "mine" / "cells.csv")) == 2
    assert len(list((tmp_path / "home" / "cells").glob("*.json"))) == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_is_done_and_not_found_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (cell,) = cells((Identity(),), (Nothing(),), (PERCEPTRON,))[:1]
    keep = Worker.keep

    def lost(worker: Worker, *what: object):
        found = keep(worker, *what)  # type: ignore[arg-type]
        if found[1] == "done":
            worker._records.path(cell.key).unlink()
        return found

    monkeypatch.setattr(Worker, "keep", lost)
    tally = Engine(tmp_path, CPU).run([cell])
    assert tally.done == 0
    ((_, reason),) = tally.failures
    assert reason.startswith("its record is not in the home")


def test_python_s_home_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    engine = Engine(Path("home"), CPU)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    some = cells((Identity(),), (Nothing(),), (PERCEPTRON,))[:1]
    assert engine.run(some).done == 1
    assert (tmp_path / "home" / "cells").is_dir()
    assert list((tmp_path / "other").iterdir()) == []


def test_a_run_leaves_no_variable_and_no_number_of_threads_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ), torch.get_num_threads()
    words = [*ONE, "--method", "identity", "--curves", "bfloat16", "--steps", "captured"]
    for more in (["--dry-run"], [], ["--json"]):
        code, _, err = command(capsys, "run", "quick", *words, "--threads", "1", *more)
        assert (code, err) == (0, "")
        assert (dict(os.environ), torch.get_num_threads()) == before
