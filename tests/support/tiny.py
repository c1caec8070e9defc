"""A grid that takes two seconds: digits, an MLP and a VGG, one epoch, a few points.

Run as a script, `tiny.py HOME COUNT...`, it kills the grid as soon as there are so many files, each
time in a process of its own, and then lets it finish; after each death it prints how many cells
were there.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import torch

from basinbench.methods.base import Alignment, Method, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.store import RecordStore
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Finish, Nothing, ResetNorm, Retrain
from basinbench.runners.measuring import device_health
from basinbench.runners.networks import MLP, VGG, Architecture
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.recipes import recipe

RECIPE = replace(recipe("digits-short"), epochs=1)
PERCEPTRON, CONVOLUTIONAL = MLP((16, 16)), VGG(8, 2, norm="batch")
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Failing(Method):
    """Fails, in more than one line."""

    name: ClassVar[str] = "failing"
    paper: ClassVar[str] = "none"

    def align(self, problem: Problem) -> Alignment:
        del problem
        raise ZeroDivisionError("nothing\nto divide by")


@dataclass(frozen=True)
class Lethal(Failing):
    """Ends its process."""

    name: ClassVar[str] = "lethal"

    def align(self, problem: Problem) -> Alignment:
        del problem
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass(frozen=True)
class Breaking(Failing):
    """Fails, and leaves behind a device that seems to compute no more."""

    name: ClassVar[str] = "breaking"

    def align(self, problem: Problem) -> Alignment:
        device_health.computes = lambda _: False
        return super().align(problem)


@dataclass(frozen=True)
class Impossible(Identity):
    """Never suits a problem."""

    name: ClassVar[str] = "impossible"

    def skip(self, problem: Problem) -> str | None:
        del problem
        return "needs networks of another kind"


def pair(
    network: Architecture, first: int = 0, seeds: tuple[int, ...] = (0, 1)
) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(network, "digits", RECIPE, first + seed) for seed in seeds)


def cells(
    methods: tuple[Method, ...] = (Identity(), WeightMatching()),
    finishes: tuple[Finish, ...] = (Nothing(), ResetNorm(), Retrain()),
    networks: tuple[Architecture, ...] = (PERCEPTRON, CONVOLUTIONAL),
) -> list[Cell]:
    return [
        Cell(pair(network), method, finish, points=5)
        for network in networks
        for method in methods
        for finish in finishes
    ]


# What differs between two runs of one cell: when it was, how long it took, what it took.
PASSING = (
    "align_seconds",
    "align_cpu_seconds",
    "align_device_seconds",
    "align_peak_bytes",
    "cell_seconds",
    "train_seconds",
    "date",
    "commit",
)


def lasting(home: Path, but: tuple[str, ...] = ()) -> dict[str, tuple]:
    """Cell -> all that must be the same however and whenever it was run, `but` these columns."""
    return {
        record.cell: (
            {k: v for k, v in record.row.items() if k not in (*PASSING, *but)},
            record.curve,
            record.retraining,
        )
        for record in RecordStore(home)
    }


def interrupted(home: Path, targets: list[int]) -> None:
    torch.set_num_threads(1)  # before any fork: threads do not survive one
    with TemporaryDirectory() as elsewhere:  # imports everything, once for all the children
        Engine(Path(elsewhere), CPU).run(cells())
    for target in targets:
        child = os.fork()
        if child == 0:
            Engine(home, CPU).run(cells())
            os._exit(0)
        while len(list(home.glob("[ec]*/[!.]*"))) < target:
            time.sleep(0.001)
        time.sleep(0.002 * (target % 5))  # not always just after a file was written
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(len(list(RecordStore(home))), flush=True)
    Engine(home, CPU).run(cells())


if __name__ == "__main__":
    interrupted(Path(sys.argv[1]), [int(target) for target in sys.argv[2:]])
