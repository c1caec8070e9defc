"""Seconds of weight matching, beside the plain loop on the same order of visits.

    python tests/benchmarks/alignment.py [--runs 5] [--home FOLDER]

The MLP is trained on MNIST if BASINBENCH_DATA has it (checkpoints are kept below --home), and on
digits otherwise; the convolutional networks have random weights, whose gains are not nearly tied.
Prints medians; quote them with the machine's name. Nothing here is asserted but equal objectives.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from basinbench.datasets.catalogue import load
from basinbench.methods.base import Network, Problem
from basinbench.methods.matching.assignment import assign
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.methods.weight_matching import WeightMatching, weight_objective
from basinbench.runners.measuring.environment import device_name
from basinbench.runners.networks import MLP, VGG, Architecture, ResNet20
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore
from basinbench.runners.training.recipes import recipe

CPU = torch.device("cpu")


def trained_pair(home: Path) -> tuple[str, Problem]:
    try:
        name, how = "mnist", recipe("mnist-short")
        dataset = load(name)
    except FileNotFoundError:
        name, how = "digits", recipe("digits-short")
        dataset = load(name)
    architecture, store = MLP((512, 512, 512)), EndpointStore(home)
    module = architecture.build(dataset.shape, dataset.classes).eval()
    symmetry = trace(module, torch.zeros(2, *dataset.shape))
    endpoints = [Endpoint(architecture, name, how, seed) for seed in (0, 1)]
    nets = [
        Network(module, store.get(e, module, e.samples(dataset), CPU), symmetry) for e in endpoints
    ]
    return f"{architecture.name}, trained on {name}", Problem(tuple(nets))


def random_pair(architecture: Architecture) -> tuple[str, Problem]:
    shape = (3, 32, 32)
    module = architecture.build(shape, 10).eval()
    symmetry = trace(module, torch.zeros(2, *shape))
    nets = []
    for seed in (0, 1):
        draw = torch.Generator().manual_seed(seed)
        params = {
            name: torch.randn(value.shape, generator=draw) * value[0].numel() ** -0.5
            if value.ndim > 1
            else value.clone()
            for name, value in module.state_dict().items()
        }
        nets.append(Network(module, params, symmetry))
    return f"{architecture.name}, random", Problem(tuple(nets))


def plain_loop(problem: Problem) -> float:
    """Algorithm 1 as one would write it, with the orders of `WeightMatching()`; the objective."""
    a, b = (network.weights for network in problem.networks)
    symmetry = problem.networks[0].symmetry.only(a)
    sizes, draw = symmetry.groups(), problem.generator()
    groups = list(sizes)
    maps = {g: Permutation.identity(n) for g, n in sizes.items()}
    progress = True
    while progress:
        progress = False
        for i in torch.randperm(len(groups), generator=draw):
            group = groups[i]
            gains = symmetry.features(a, group) @ symmetry.features(b, group, maps).T
            best, now, rows = assign(gains), maps[group].index, torch.arange(len(gains))
            old, new = gains[rows, now].double(), gains[rows, best].double()
            if (new - old).sum() > 1e-7 * old.abs().sum():
                maps[group], progress = Permutation(best), True
    return weight_objective(a, symmetry.transport(b, maps))


def median(run: Callable[[], object], runs: int) -> float:
    run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--home", type=Path, default=Path("build/benchmarks"))
    arguments = parser.parse_args()
    print(f"{device_name(CPU)}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    method = WeightMatching()
    cases = [
        trained_pair(arguments.home),
        random_pair(VGG(16, norm="layer", hidden=(512, 512))),
        random_pair(ResNet20(1)),
        random_pair(ResNet20(4)),
    ]
    for name, problem in cases:
        stats = method.align(problem).stats
        seconds = median(lambda p=problem: method.align(p), arguments.runs)
        start = time.perf_counter()
        plain = plain_loop(problem)
        loop_seconds = time.perf_counter() - start
        assert abs(plain - stats["objective"]) <= 1e-5 * abs(plain), (plain, stats)
        print(
            f"{name:32} {seconds:8.4f} s ({stats['sweeps']} sweeps, {stats['solves']} solves)"
            f"   plain loop {loop_seconds:8.3f} s   objective {stats['objective']:.4f}"
        )


if __name__ == "__main__":
    main()
