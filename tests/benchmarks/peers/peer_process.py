"""A program in a process and an environment of its own: two networks in, what it made of them out.

    python SCRIPT JOB.json...

A job names files of weights (safetensors) and where the answer goes. Beside the answer lies what
the program took. One thread, like every program of the table.
"""

import json
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from basinbench.runners.networks.short_names import from_short_name
from basinbench.runners.usage import Used, used, warm_up

CPU = torch.device("cpu")
LONG = 10.0
"""A first run that takes so many seconds counts; the second one of what is shorter."""

Weights = Mapping[str, Tensor]
Ready = Callable[[], Weights]
"""The call that is timed: the second network aligned with the first, or their average."""


@dataclass(frozen=True)
class PeerJob:
    """Two networks of one architecture, and what is asked of the program."""

    network: str
    shape: tuple[int, int, int]
    classes: int
    first: str
    second: str
    out: str
    settings: Mapping[str, str | int | float]

    @classmethod
    def read(cls, path: Path) -> "PeerJob":
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(**found | {"shape": tuple(found["shape"])})

    @property
    def weights(self) -> tuple[Weights, Weights]:
        """The weights of both, read anew: a program may change what it is given."""
        return load_file(self.first), load_file(self.second)

    @property
    def modules(self) -> tuple[nn.Module, nn.Module]:
        """Both as modules of their own, in evaluation mode."""
        return self._module(self.weights[0]), self._module(self.weights[1])

    @cached_property
    def example(self) -> Tensor:
        """An input to look at the graph with."""
        return torch.randn(1, *self.shape, generator=torch.Generator().manual_seed(0))

    def _module(self, weights: Weights) -> nn.Module:
        form = from_short_name(self.network)
        if form is None:
            raise ValueError(f"no architecture is called {self.network}")
        module = form.build(self.shape, self.classes)
        module.load_state_dict(weights)
        return module.eval()


def serve(prepare: Callable[[PeerJob], Ready], package: str) -> None:
    """Run the jobs that the command line names with the program of that `package`."""
    torch.set_num_threads(1)
    warm_up(CPU)
    for path in sys.argv[1:]:
        _answer(prepare, package, PeerJob.read(Path(path)))


def _answer(prepare: Callable[[PeerJob], Ready], package: str, job: PeerJob) -> None:
    first = _run(prepare, job)
    again = first[1].seconds < LONG
    setup, taken = _run(prepare, job) if again else first
    answer = {n: v.detach().clone().contiguous() for n, v in taken.result.items()}
    save_file(answer, job.out)
    told = {
        "version": version(package),
        "seconds": taken.seconds,
        "cpu_seconds": taken.cpu_seconds,
        "peak_bytes": taken.peak_bytes,
        "setup_seconds": setup.cpu_seconds,
        "runs": 2 if again else 1,
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }
    Path(job.out).with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")


def _run(prepare: Callable[[PeerJob], Ready], job: PeerJob) -> tuple[Used[Ready], Used[Weights]]:
    torch.manual_seed(0)
    setup = used(lambda: prepare(job), CPU)
    return setup, used(setup.result, CPU)
