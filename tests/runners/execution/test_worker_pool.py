"""Laws of several processes on one grid: the same numbers, and nobody left behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from tiny import CPU, PERCEPTRON, RECIPE, Breaking, Failing, Lethal, cells, lasting, pair

from basinbench.methods.baselines import Identity
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.store import RecordStore
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.execution.jobs import Training
from basinbench.runners.execution.pool import WorkerPool
from basinbench.runners.finishes import Nothing
from basinbench.runners.measuring import device_health
from basinbench.runners.measuring.budget import Budget
from basinbench.runners.measuring.device_health import BrokenDeviceError
from basinbench.runners.progress import Display
from basinbench.runners.training.optimisers import SGD

SLEEPER = """
import os, pathlib, time
import basinbench

@basinbench.method(paper="an example")
def sleeper(problem):
    '''Says who it is, and sleeps.'''
    pathlib.Path("process").write_text(str(os.getpid()))
    time.sleep(600)
"""


pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


class Log(Display):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[set[str]] = []

    def doing(self, what: str) -> None:
        self.said.append(set(what.split("; ")))


def test_any_number_of_workers_gives_the_same_numbers(tmp_path: Path):
    ours = cells(networks=(PERCEPTRON,))
    # A third network beside one of the first two; it is trained while others are at work.
    crossed = (*pair(PERCEPTRON)[1:], *pair(PERCEPTRON, 2)[:1])
    ours.append(Cell(crossed, WeightMatching(), Nothing(), points=3))
    alone = Engine(tmp_path / "alone", CPU).run(ours)
    log = Log()
    several = Engine(tmp_path / "several", CPU, log, workers=2).run(ours)
    assert several == alone
    assert (log.cells, log.networks) == (len(ours), 3) == (log.all_cells, log.all_networks)
    found, wanted = (lasting(tmp_path / name, ("workers",)) for name in ("several", "alone"))
    assert found == wanted
    counts = [{r["workers"] for r in RecordStore(tmp_path / name)} for name in ("alone", "several")]
    assert counts == [{1}, {2}]
    begun = [job for now, then in zip(log.said[1:], log.said, strict=False) for job in now - then]
    trained = [job for job in begun if job.startswith("training")]
    assert sorted(trained) == sorted(
        str(Training(e)) for e in {e for cell in ours for e in cell.endpoints}
    )


def test_what_fails_in_a_worker_fails_alone_and_in_the_same_words(tmp_path: Path):
    @dataclass(frozen=True)
    class Local(Identity):
        """Only this function knows it, so no other process can."""

        name: ClassVar[str] = "local"

    wild = replace(RECIPE, name="wild", optimiser=SGD(lr=1e30))
    broken = tuple(replace(endpoint, recipe=wild) for endpoint in pair(PERCEPTRON))
    some = cells((Failing(), Identity()), (Nothing(),), (PERCEPTRON,))
    some.append(Cell(broken, Identity(), Nothing(), points=3))
    alone = dict(Engine(tmp_path / "alone", CPU).run(some).failures)
    assert "tiny.py, line" in str(alone)
    assert "diverged" in str(alone)
    more = [*some, *cells((Local(), Lethal()), (Nothing(),), (PERCEPTRON,))]
    tally = Engine(tmp_path, CPU, workers=2).run(more)
    several = dict(tally.failures)
    died = [cell for cell, reason in several.items() if reason.startswith("its process was killed")]
    assert died == more[-1:]  # tried twice, and whatever the other process had at hand goes on
    assert several[more[-1]].endswith("(2 attempts)")
    assert tally.done + len(several) == len(more)
    for cell, reason in several.items():
        if cell in alone:
            assert reason == alone[cell]
        record = RecordStore(tmp_path).read(cell.key)
        assert record is not None
        assert (record.status, record["reason"]) == ("failed", reason)
    assert several[more[-2]].startswith("cannot be handed to another process")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_whose_device_is_broken_gives_way_to_another(tmp_path: Path, workers: int):
    """All that came after it in that process would fail as well, and say nothing of itself."""
    some = cells((Breaking(), Identity()), (Nothing(),), (PERCEPTRON,))
    tally = Engine(tmp_path, CPU, workers=workers, apart=True).run([*some, *cells()])
    ((cell, reason),) = tally.failures
    assert cell.method == Breaking()
    assert reason.startswith("the device cpu computes no more in this process, since: Zero")
    assert reason.endswith("(2 attempts)")
    assert tally.done + tally.skipped == 13


def test_a_run_alone_ends_where_its_device_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(device_health, "computes", device_health.computes)
    some = cells((Breaking(), Identity()), (Nothing(),), (PERCEPTRON,))
    with pytest.raises(BrokenDeviceError, match="computes no more"):
        Engine(tmp_path, CPU).run(some)
    assert not any(record["method"] == "breaking" for record in RecordStore(tmp_path))
    assert not RecordStore(tmp_path).read(some[0].key)


def test_nothing_is_begun_once_the_budget_is_spent(tmp_path: Path):
    tally = Engine(tmp_path, CPU, workers=2).run(cells(), budget=Budget(0))
    assert (tally.done, tally.left) == (0, 12)
    assert not (tmp_path / "endpoints").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
def test_workers_go_when_the_run_does(tmp_path: Path, number: signal.Signals):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    words = ["run", "--home", "home", "--method", "sleeper", "--network", "mlp-64x3"]
    words += ["--finish", "none", "--seed", "0-1", "--workers", "2"]
    command = [sys.executable, "-m", "basinbench", *words, "--plugin", "sleeper.py"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, and so these tests in one, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        asleep = tmp_path / "process"
        until(lambda: asleep.exists() and bool(asleep.read_text()))
        worker = int(asleep.read_text())
        assert worker != run.pid
        assert is_running(worker)
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
    until(lambda: not is_running(worker))
    if number == signal.SIGINT:
        assert run.returncode == 130
        assert said == "basinbench: interrupted; run the same command again to go on\n"


def is_running(process: int) -> bool:
    """Whether it is there and is not a zombie, which an orphan may stay for a while."""
    words = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(words, capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_workers_are_dealt_to_devices_and_each_device_has_one(tmp_path: Path):
    some = cells(networks=(PERCEPTRON,))
    Engine(tmp_path / "alone", CPU).run(some)
    Engine(tmp_path / "home", [CPU, CPU]).run(some)
    assert {record["workers"] for record in RecordStore(tmp_path / "home")} == {2}
    assert lasting(tmp_path / "home", ("workers",)) == lasting(tmp_path / "alone", ("workers",))
    pool = WorkerPool(tmp_path, [CPU, torch.device("meta")], 4, Display())
    devices = []
    for _ in range(4):
        process = pool._process_for(frozenset(), Training(some[0].endpoints[0]))
        pool._busy.append(process)
        devices.append(process.setup.device.type)
    pool.__exit__(KeyboardInterrupt, None, None)
    assert sorted(devices) == ["cpu", "cpu", "meta", "meta"]


def test_one_that_was_begun_and_not_yet_noted_goes_too(tmp_path: Path):
    pool = WorkerPool(tmp_path, [CPU], 2, Display())
    process = pool._process_for(frozenset(), Training(pair(PERCEPTRON)[0]))
    assert process.is_alive
    pool.__exit__(KeyboardInterrupt, None, None)
    until(lambda: not process.is_alive)
