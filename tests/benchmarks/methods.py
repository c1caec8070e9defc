"""CPU seconds of every method on one pair of networks, and where they go.

    python tests/benchmarks/methods.py [--network mlp,vgg8] [--only NAME,...] [--watch] [--home DIR]

The networks are Git Re-Basin's perceptron, trained on MNIST (its checkpoints are kept below
--home), and a plain VGG8 of width 16 with random weights on 10,000 images of MNIST. One run a
method, on one thread: `seconds` is its CPU time. With --watch a second run is watched, which says
what shares of it are assignments, forward and backward passes, products of matrices
outside these, and decompositions; what is left is bookkeeping, copies and pointwise arithmetic.
The last columns say what the method reports, to be compared with what it reported before a change.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from basinbench.datasets.base import Dataset
from basinbench.datasets.catalogue import load
from basinbench.methods.base import Method, Network, Problem, Samples, subset
from basinbench.methods.matching import assignment, bbp_map
from basinbench.methods.networks.calling import Caller
from basinbench.methods.tracing.activations import Program
from basinbench.methods.tracing.trace import trace
from basinbench.runners.grids.blocks import each_method
from basinbench.runners.keys import label_of
from basinbench.runners.measuring.environment import device_name
from basinbench.runners.networks import MLP, VGG
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import Recipe, recipe

CPU = torch.device("cpu")

SHORT = recipe("mnist-short")
PUBLISHED = replace(recipe("git-rebasin-mnist-mlp"), epochs=50)

FEW_IMAGES = 10_000

ASSIGNMENTS, PASSES = "assignments", "passes"
PRODUCTS, DECOMPOSITIONS = "products", "decompositions"
KINDS = (PASSES, ASSIGNMENTS, PRODUCTS, DECOMPOSITIONS)

FUNCTIONS = {
    assignment._solved: ASSIGNMENTS,
    bbp_map._assigned: ASSIGNMENTS,
    Caller.__call__: PASSES,
    Program.seen: PASSES,
    torch.Tensor.backward: PASSES,
}

OPERATORS = {
    **dict.fromkeys(("mm", "bmm", "mv", "addmm", "addmm_", "baddbmm", "dot"), PRODUCTS),
    **dict.fromkeys(
        ("_linalg_eigh", "_linalg_svd", "_linalg_solve_ex", "linalg_cholesky_ex", "cholesky_solve"),
        DECOMPOSITIONS,
    ),
}


class Watch(TorchDispatchMode):
    """CPU seconds of one run by kind, each counted where it is entered first."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        self._codes = {function.__code__: kind for function, kind in FUNCTIONS.items()}
        self._entered: tuple[Any, str, float] | None = None

    def __enter__(self) -> "Watch":
        super().__enter__()
        sys.setprofile(self._follow)
        return self

    def __exit__(self, *error: Any) -> None:
        sys.setprofile(None)
        super().__exit__(*error)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kind = OPERATORS.get(func.overloadpacket.__name__)
        start = time.process_time()
        result = func(*args, **(kwargs or {}))
        if kind is not None and self._entered is None:
            self.seconds[kind] += time.process_time() - start
        return result

    def _follow(self, frame: Any, event: str, _: Any) -> None:
        if event == "call" and self._entered is None and frame.f_code in self._codes:
            self._entered = frame, self._codes[frame.f_code], time.process_time()
        elif event == "return" and self._entered is not None and self._entered[0] is frame:
            _, kind, start = self._entered
            self.seconds[kind] += time.process_time() - start
            self._entered = None


def perceptrons(home: Path) -> Problem:
    dataset, store, architecture = load("mnist"), EndpointStore(home), MLP((512, 512, 512))
    how = PUBLISHED if store.has(Endpoint(architecture, "mnist", PUBLISHED, 1)) else SHORT
    module = architecture.build(dataset.shape, dataset.classes).eval()
    symmetry = trace(module, torch.zeros(2, *dataset.shape))
    endpoints = [Endpoint(architecture, "mnist", how, seed) for seed in (0, 1)]
    params = [store.get(e, module, e.samples(dataset), CPU) for e in endpoints]
    nets = tuple(Network(module, own, symmetry) for own in params)
    return posed(nets, dataset, how, None)


def convolutional(_: Path) -> Problem:
    dataset = load("mnist")
    module = VGG(8, 16).build(dataset.shape, dataset.classes).eval()
    symmetry = trace(module, torch.zeros(2, *dataset.shape))
    nets = []
    for seed in (0, 1):
        draw = torch.Generator().manual_seed(seed)
        params = {
            name: torch.randn(value.shape, generator=draw) * (value[0].numel() / 2) ** -0.5
            if value.ndim > 1
            else 0.1 * torch.randn(value.shape, generator=draw)
            for name, value in module.state_dict().items()
        }
        nets.append(Network(module, params, symmetry))
    return posed(tuple(nets), dataset, SHORT, FEW_IMAGES)


def posed(nets: tuple[Network, ...], dataset: Dataset, how: Recipe, images: int | None) -> Problem:
    draw = torch.Generator().manual_seed(0)
    data: Samples = subset(normalised(dataset, dataset.train, how), images, draw)
    held_out = normalised(dataset, dataset.validation, how)
    for part in (data, held_out):
        part[torch.arange(1)]  # all images are normalised when the first is asked for
    return Problem(nets, data, 0, (data, data), held_out)


PROBLEMS: dict[str, Callable[[Path], Problem]] = {"mlp": perceptrons, "vgg8": convolutional}


def measured(method: Method, problem: Problem, *, watched: bool) -> str:
    start = time.process_time()
    stats = method.align(problem).stats
    seconds = time.process_time() - start
    shares = ""
    if watched:
        start = time.process_time()
        with Watch() as watch:
            method.align(problem)
        whole = time.process_time() - start
        shares = "".join(f"{value / whole:15.0%}" for value in watch.seconds.values())
    found = " ".join(f"{name}={value:.7g}" for name, value in stats.items())
    return f"{label_of(method):22}{seconds:9.3f}{shares}   {found}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default=",".join(PROBLEMS))
    parser.add_argument("--only", default="")
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("--home", type=Path, default=Path("build/benchmarks"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    only = set(filter(None, arguments.only.split(",")))
    print(f"{device_name(CPU)}, one thread, torch {torch.__version__}")
    for name in arguments.network.split(","):
        problem = PROBLEMS[name](arguments.home)
        kinds = "".join(f"{kind:>15}" for kind in KINDS) if arguments.watch else ""
        print(f"{name:22}{'seconds':>9}{kinds}", flush=True)
        for method in each_method():
            if (only and method.name not in only) or method.skip(problem) is not None:
                continue
            print(measured(method, problem, watched=arguments.watch), flush=True)


if __name__ == "__main__":
    main()
