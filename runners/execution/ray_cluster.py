"""Jobs as tasks of Ray: on a cluster that is there, or on this machine."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError, require
from ..measuring.budget import Budget
from ..progress import Display
from .executor import Executor, Outcome
from .jobs import Job
from .remote import fulfil, order, outcome


class RayCluster(Executor):
    """At most `workers` tasks at a time, of `threads` CPUs and `gpus` GPUs each (0.25, say).

    Ray finds the cluster by `RAY_ADDRESS`; where there is none it begins one on this machine. A
    task whose machine or process is lost is tried once more by Ray. `home` is a folder that all
    machines see under the same path, and so are data and plug-ins. Raises `UserError` where Ray is
    not installed or does not begin.
    """

    def __init__(
        self, home: Path, display: Display, workers: int, threads: int = 1, gpus: float = 0
    ):
        require("ray", "ray")
        import ray

        self.capacity = workers
        self._ray: Any = ray
        self._home = home
        self._display = display
        self._threads = threads
        self._device = "cuda" if gpus else "cpu"
        self._resources = {"num_cpus": threads, "num_gpus": gpus, "max_retries": 1}
        self._running: dict[Any, Job] = {}
        self._refused: list[Outcome] = []

    def __enter__(self) -> "RayCluster":
        # Without this Ray hides the GPUs from tasks that ask for none; ours name their device.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        here = {"address": "local", "num_cpus": self.capacity * self._threads}
        try:
            self._ray.init(
                **quiet, **({} if os.environ.get("RAY_ADDRESS") else here), include_dashboard=False
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise UserError(f"Ray does not begin: {error}") from error
        self._task = self._ray.remote(fulfil).options(**self._resources)
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._running:
            self._ray.cancel(task, force=True)
        self._ray.shutdown()

    def submit(self, job: Job, budget: Budget) -> None:
        beside = self.capacity - 1
        try:
            what = order(job, budget, self._home, self._device, self._threads, beside)
        except UserError as error:
            self._refused.append(Outcome(job, error=error))
            return
        self._running[self._task.remote(what)] = job

    def finished(self, seconds: float | None = None) -> Sequence[Outcome]:
        self._display.doing("; ".join(map(str, self._running.values())))
        found, self._refused = self._refused, []
        if found or not self._running:
            return found
        done, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        for task in done:
            job = self._running.pop(task)
            try:
                found.append(outcome(job, self._ray.get(task), self._home))
            except self._ray.exceptions.RayError as error:
                reason = " ".join(str(error).split())[:300]
                found.append(Outcome(job, error=UserError(f"lost by Ray: {reason}"), died=True))
        return found
