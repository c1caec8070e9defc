"""A job carried out on another machine, or in another process of this one: what travels."""

import atexit
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import torch

from ...errors import UserError
from ...results.store import RecordStore
from ...standard_output import said_on_stderr
from ..measuring.budget import Budget
from ..measuring.environment import find_device
from ..measuring.worker import CellResult
from ..progress import Display
from ..training.checkpoints import EndpointStore
from .executor import Outcome
from .jobs import Job, Training, demand_same, keys_of
from .pool import WorkerPool
from .travel import read, sent


@dataclass(frozen=True)
class Order:
    """A job as it travels, with all that is to be the same there.

    `keys` are those of what it makes, by the data of the machine that asks. `variables` are those
    of the environment that name data, plug-ins and home: folders that every machine sees under the
    same path. `device` is found there where it is not named.
    """

    job: bytes
    keys: tuple[str, ...]
    home: str
    device: str | None
    threads: int
    beside: int
    left: float = inf
    alignment: float = inf
    variables: Mapping[str, str] = field(default_factory=dict)


Answer = tuple[list[tuple[str, str, str]], str, bool]
"""Keys, statuses and reasons of the cells that ended; what broke it off, if so; whether it died."""


def order(
    job: Job, budget: Budget, home: Path, device: str | None, threads: int, beside: int
) -> Order:
    """What is sent for `job`; raises `UserError` where it cannot travel."""
    variables = {k: v for k, v in os.environ.items() if k.startswith("BASINBENCH_")}
    left, limit, home = budget.left, budget.alignment, home.absolute()
    return Order(
        sent(job), keys_of(job), str(home), device, threads, beside, left, limit, variables
    )


def fulfil(what: Order) -> Answer:
    """Do it, in a process beside this one, as on one machine: the same limits, the same reasons."""
    os.environ.update(what.variables)
    try:
        with said_on_stderr():
            job: Job = read(what.job)
        demand_same(job, what.keys)
    except UserError as error:
        return [], str(error), False
    pool = _pool(what)
    pool.submit(job, Budget(what.left, what.alignment))
    while not (found := pool.finished()):
        pass
    (outcome,) = found
    results = [(cell.key, status, reason) for cell, status, reason in outcome.results]
    return results, str(outcome.error or ""), outcome.died


def outcome(job: Job, answer: Answer, home: Path) -> Outcome:
    """What an answer says, once what it speaks of is seen in the home of this machine too."""
    results, error, died = answer
    if isinstance(job, Training):
        unseen = not error and not EndpointStore(home).has(job.endpoint)
    else:
        unseen = any(not RecordStore(home).path(cell).exists() for cell, _, _ in results)
    if unseen:
        raise UserError(
            f"a job has ended elsewhere, but what it made is not in {home}: the home must be a "
            "folder that all machines see under the same path; choose it with --home"
        )
    by_key = {} if isinstance(job, Training) else {cell.key: cell for cell in job.cells}
    ended: list[CellResult] = [(by_key[key], status, reason) for key, status, reason in results]
    return Outcome(job, ended, UserError(error) if error else None, died)


_pools: dict[tuple[object, ...], WorkerPool] = {}


def _pool(what: Order) -> WorkerPool:
    """The pool of this process for such orders; it goes with the process."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    key = (what.home, what.device, what.threads, what.beside, visible)
    if key not in _pools:
        _close()
        torch.set_num_threads(what.threads)
        devices = [find_device(what.device)]
        _pools[key] = WorkerPool(Path(what.home), devices, 1, Display(), beside=what.beside)
    return _pools[key]


@atexit.register  # a process waits for its children before it ends
def _close() -> None:
    for old in _pools.values():
        old.__exit__(None, None, None)
    _pools.clear()
