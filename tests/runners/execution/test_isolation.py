"""One method cannot touch another's numbers: whatever it does, its own cells fail and no others."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from typing import ClassVar

import pytest
from tiny import CPU, PERCEPTRON, cells, lasting

from basinbench.methods.base import Alignment, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.plugins.catalogue import methods
from basinbench.methods.weight_matching import WeightMatching
from basinbench.plugin_files import plugins
from basinbench.results.store import RecordStore
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing, ResetNorm
from basinbench.runners.measuring.budget import Budget

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

HEAD = """
import ctypes, os, sys, time
import torch
import basinbench

VARIABLES = "BASINBENCH_PLUGINS", "BASINBENCH_DATA", "BASINBENCH_HOME"
print("imported")
"""

METHOD = """

@basinbench.method(paper="none")
def {name}(problem):
    '''Does what it should not.'''
    {body}
    return {{}}
"""

DEEDS = {
    "writes-weights": (
        "for n in problem.networks: [v.div_(v.norm()) for v in n.params.values() if v.ndim > 1]",
        "the method changed 'hidden.0.weight' of network 0",
    ),
    "writes-images": (
        "problem.training_data[slice(None)][0].mul_(0.5)",
        "the method changed the images of the training data",
    ),
    "writes-labels": (
        "problem.training_data[slice(None)][1].zero_()",
        "the method changed the labels of the training data",
    ),
    "adds-a-hook": (
        "problem.networks[0].module.register_forward_hook(lambda m, x, y: y * 0)",
        "the method changed the forward pass of network 0",
    ),
    "leaves": ("os._exit(3)", "its process ended itself, with exit code 3 (2 attempts)"),
    "exits": ("sys.exit(3)", "SystemExit: 3"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt (deeds.py, line"),
    "closes": ("raise GeneratorExit", "GeneratorExit (deeds.py, line"),
    "faults": ("ctypes.string_at(0)", "its process was ended by SIGSEGV"),
    "aborts": ("os.abort()", "its process was ended by SIGABRT"),
    "swallows": (
        "while True:\n      try: time.sleep(9)\n      except BaseException: pass",
        "did not finish within 1 s",
    ),
    "is-stuck": ("ctypes.PyDLL(None).sleep(600)", "did not finish within 1 s"),
    "sets-variables": ("os.environ.update(dict.fromkeys(VARIABLES, '/nowhere.py'))", ""),
    "clears-variables": ("os.environ.clear()", ""),
    "prints": ("print('said', flush=True); os.write(1, b'written'); os.system('echo told')", ""),
    "sets-types": ("torch.set_default_dtype(torch.float64)", ""),
    "stops-gradients": ("torch.set_grad_enabled(False)", ""),
}


def plugin(path: Path) -> Path:
    """One file: all its methods share a process, until it ends."""
    named = {name.replace("-", "_"): body for name, (body, _) in DEEDS.items()}
    path.write_text(HEAD + "".join(METHOD.format(name=n, body=b) for n, b in named.items()))
    return path


def test_no_deed_of_a_plugin_touches_the_cells_of_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    alone = tmp_path / "alone"
    finishes = (Nothing(), ResetNorm())
    good = (Identity(), WeightMatching())
    Engine(alone, CPU).run(cells(good, finishes, (PERCEPTRON,)))
    with plugins([plugin(tmp_path / "deeds.py")]):
        known = methods()
        bad = tuple(known[name]() for name in DEEDS)
        # What they do comes first, in the middle and last.
        every = cells((*bad[:4], good[0], *bad[4:], good[1]), finishes, (PERCEPTRON,))
        tally = Engine(tmp_path / "home", CPU).run(every, budget=Budget(alignment=1.0))
    reasons = {cell.method.name: reason for cell, reason in tally.failures}
    for name, (_, words) in DEEDS.items():
        if words:
            assert reasons.pop(name).startswith(words), name
    assert not reasons
    found, wanted = lasting(tmp_path / "home", ("workers",)), lasting(alone, ("workers",))
    assert {key: found[key] for key in wanted} == wanted
    records = list(RecordStore(tmp_path / "home"))
    assert len(records) == len(every)
    out, err = capfd.readouterr()
    assert out == "", "standard output is for what was asked for"
    assert "Traceback" not in err


EDITS = {
    "another code": ("# edited", "the plug-in edits.py was edited since this run began"),
    "no code": ("def f(:", "plug-ins cannot be loaded by another process: plug-in"),
}


@pytest.mark.parametrize("how", EDITS)
def test_a_plug_in_that_is_edited_while_a_run_goes_on_is_said_to_be(how: str, tmp_path: Path):
    """By the process that comes after the one that knew it as it was."""
    text, sentence = EDITS[how]
    file = tmp_path / "edits.py"
    body = f"open(__file__, 'a').write({text!r}); os._exit(3)"
    file.write_text(HEAD + METHOD.format(name="edits", body=body))
    with plugins([file]):
        some = cells((methods()["edits"](),), (Nothing(),), (PERCEPTRON,))[:1]
        ((_, reason),) = Engine(tmp_path / "home", CPU).run(some).failures
    assert reason.startswith(sentence)


@dataclass(frozen=True)
class Vandal(Identity):
    """Of this package, it seems: it writes into the images."""

    name: ClassVar[str] = "vandal"

    def align(self, problem: Problem) -> Alignment:
        problem.training_data[slice(None)][0].mul_(0.5)  # type: ignore[index]
        return super().align(problem)


@dataclass(frozen=True)
class LateVandal(Identity):
    """Writes into the weights when it merges."""

    name: ClassVar[str] = "late-vandal"

    def merge(self, problem: Problem, alignment: Alignment, weights):
        for network in problem.networks:
            for tensor in network.params.values():
                tensor.zero_()
        return super().merge(problem, alignment, weights)


def test_what_a_method_in_this_process_changed_is_read_anew(tmp_path: Path):
    good, finishes = (Identity(), WeightMatching()), (Nothing(),)
    Engine(tmp_path / "alone", CPU).run(cells(good, finishes, (PERCEPTRON,)))
    order = (Vandal(), good[0], LateVandal(), good[1])
    tally = Engine(tmp_path / "home", CPU).run(cells(order, finishes, (PERCEPTRON,)))
    assert {cell.method.name for cell, _ in tally.failures} == {"vandal", "late-vandal"}
    assert all("which others are measured on too" in reason for _, reason in tally.failures)
    found, wanted = lasting(tmp_path / "home"), lasting(tmp_path / "alone")
    assert {key: found[key] for key in wanted} == wanted


def test_each_method_has_a_process_of_its_own_on_request(tmp_path: Path):
    some = cells((Identity(), WeightMatching()), (Nothing(),), (PERCEPTRON,))
    Engine(tmp_path / "alone", CPU).run(some)
    Engine(tmp_path / "apart", CPU, isolate=True).run(some)
    assert lasting(tmp_path / "apart") == lasting(tmp_path / "alone")


def test_three_workers_killed_fail_no_cell(tmp_path: Path):
    some = cells()  # four networks, so that three processes have something to do
    Engine(tmp_path / "alone", CPU).run(some)
    killed: list[int] = []

    def kill() -> None:
        """All at once, each at a job of its own."""
        until = time.monotonic() + 60
        while len(alive := [c.pid for c in active_children() if c.pid is not None]) < 3:
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.2)
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    tally = Engine(tmp_path / "home", CPU, workers=3).run(some)
    thread.join()
    assert len(killed) == 3
    assert not tally.failures
    assert lasting(tmp_path / "home", ("workers",)) == lasting(tmp_path / "alone", ("workers",))
