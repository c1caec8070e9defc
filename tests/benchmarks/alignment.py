"""CPU seconds of weight matching, beside the plain loop over scipy on the same order of visits.

    python tests/benchmarks/alignment.py [--runs 5] [--home FOLDER] [--only mlp,vgg16,...]

The MLP is trained on MNIST if BASINBENCH_DATA has it (checkpoints are kept below --home), and on
digits otherwise; the convolutional networks have random weights, whose gains are not nearly tied.
Prints medians of runs that alternate with those of the loop, on one thread; trust the ratios, and
quote them with the machine's name. The floor is one product for each tensor and each of its sides,
of matrices that lie ready, and one assignment for each solve. Nothing here is asserted but equal
objectives.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from scipy.optimize import linear_sum_assignment

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


def plain_maps(problem: Problem) -> dict[str, Permutation]:
    """Algorithm 1 as one would write it over scipy, with the orders of `WeightMatching()`."""
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
            best = torch.from_numpy(linear_sum_assignment(gains.numpy(), maximize=True)[1])
            now, rows = maps[group].index, torch.arange(len(gains))
            old, new = gains[rows, now].double(), gains[rows, best].double()
            if (new - old).sum() > 1e-7 * old.abs().sum():
                maps[group], progress = Permutation(best), True
    return maps


def plain_loop(problem: Problem) -> float:
    """The objective that it reaches."""
    a, b = (network.weights for network in problem.networks)
    symmetry = problem.networks[1].symmetry.only(b)
    return weight_objective(a, symmetry.transport(b, plain_maps(problem)))


def floor(problem: Problem, solves: int) -> float:
    """CPU seconds of what no implementation of these steps can leave out."""
    a, b = (network.weights for network in problem.networks)
    symmetry = problem.networks[0].symmetry.only(a)
    groups, total = symmetry.groups(), 0.0
    for group in groups:
        gains = symmetry.features(a, group) @ symmetry.features(b, group).T
        total += seconds(lambda gains=gains: assign(gains)) * solves / len(groups)
        for place in symmetry.occurrences(group):
            x, y = (symmetry.unfold(w[place.name], place).contiguous() for w in (a, b))
            total += seconds(lambda x=x, y=y: x @ y.T)
    return total


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


CASES: dict[str, Callable[[Path], tuple[str, Problem]]] = {
    "mlp": trained_pair,
    "vgg16": lambda _: random_pair(VGG(16, norm="layer", hidden=(512, 512))),
    "resnet20x1": lambda _: random_pair(ResNet20(1)),
    "resnet20x4": lambda _: random_pair(ResNet20(4)),
    "resnet20x16": lambda _: random_pair(ResNet20(16)),
    "resnet20x32": lambda _: random_pair(ResNet20(32)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--home", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--only", default=",".join(list(CASES)[:-1]))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{device_name(CPU)}, one thread, torch {torch.__version__}")
    method = WeightMatching()
    for name in arguments.only.split(","):
        title, problem = CASES[name](arguments.home)
        stats = method.align(problem).stats
        own, loop = [], []
        for _ in range(arguments.runs):
            own.append(seconds(lambda p=problem: method.align(p)))
            loop.append(seconds(lambda p=problem: plain_loop(p)))
        plain = plain_loop(problem)
        assert abs(plain - stats["objective"]) <= 1e-5 * abs(plain), (plain, stats)
        ours, plainly = statistics.median(own), statistics.median(loop)
        least = floor(problem, int(stats["solves"]))
        print(
            f"{title:32} {ours:8.4f} s ({stats['sweeps']} sweeps, {stats['solves']} solves)"
            f"   plain loop {plainly:8.3f} s   ratio {plainly / ours:5.2f}   floor {least:7.4f} s"
            f"   objective {stats['objective']:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
