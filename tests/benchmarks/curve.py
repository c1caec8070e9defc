"""A curve of 25 points on all of MNIST: this package beside the loop of the prior repositories.

    python tests/benchmarks/curve.py [--points 25]

The loop evaluates every point through a `DataLoader` over torchvision's MNIST with `ToTensor`, as
the released codes do. Both must find the same losses. CPU seconds, also of a second method on the
same pair, which shares the ends and their first layers, and of all of its points in bfloat16 (of
which a run makes a few again in float32). Needs MNIST under BASINBENCH_DATA.
"""

import argparse
import os
import time
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from basinbench.datasets.catalogue import load
from basinbench.methods.base import Network
from basinbench.methods.tracing.trace import trace
from basinbench.runners.measuring.curve_precision import in_bfloat16
from basinbench.runners.measuring.environment import device_name
from basinbench.runners.networks import MLP
from basinbench.runners.networks.evaluate import Resident, lambdas, log_probabilities, score
from basinbench.runners.networks.folding import FirstLayers
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe


def networks() -> tuple[Network, ...]:
    shape = (1, 28, 28)
    module = MLP((512, 512, 512)).build(shape, 10).eval()
    symmetry = trace(module, torch.zeros(2, *shape))
    nets = []
    for seed in (0, 1):
        draw = torch.Generator().manual_seed(seed)
        params = {
            name: torch.randn(value.shape, generator=draw) * (value[0].numel() / 2) ** -0.5
            for name, value in module.state_dict().items()
        }
        nets.append(Network(module, params, symmetry))
    return tuple(nets)


def peers_curve(nets: tuple[Network, ...], points: int) -> list[float]:
    """Every point: the averaged module over both splits through a `DataLoader`; train losses."""
    root, module = os.environ["BASINBENCH_DATA"], deepcopy(nets[0].module)
    splits = [MNIST(root, train=train, transform=ToTensor()) for train in (True, False)]
    loaders = [DataLoader(split, batch_size=500) for split in splits]
    losses = []
    for t in lambdas(points):
        module.load_state_dict(
            {k: (1 - t) * v + t * nets[1].params[k] for k, v in nets[0].params.items()}
        )
        for loader in loaders:
            loss = correct = 0.0
            with torch.no_grad():
                for x, y in loader:
                    output = module(x)
                    loss += float(F.cross_entropy(output, y, reduction="sum"))
                    correct += float((output.argmax(1) == y).sum())
            losses.append(loss / len(loader.dataset))  # type: ignore[arg-type]
    return losses[::2]


class OurCurve:
    """Every point as cells of the grid evaluate it: what methods share is made by the first."""

    def __init__(self, nets: tuple[Network, ...], points: int):
        """Loading the data included."""
        dataset, how = load("mnist"), replace(recipe("mnist-short"), inputs="unit")
        self._params, self._points = [net.params for net in nets], points
        self._data, self._layers = [], []
        for images in (dataset.train, dataset.validation, dataset.test):
            split = Resident.of(normalised(dataset, images, how), nets[0].module)
            layers = FirstLayers.of(nets[0].module, self._params, split)
            assert layers is not None
            self._data.append(split)
            self._layers.append(layers)
        self._ends_of_all = [
            [score(o, d.labels).loss for o in self._ends(d, nets)] for d in self._data
        ]

    def _ends(self, split: Resident, nets: tuple[Network, ...]) -> list[Tensor]:
        return [log_probabilities(net.module, net.params, split) for net in nets]

    def train_losses(self, order: Tensor) -> list[float]:
        """Of one method, which puts the first layer's units of the second network in `order`.

        On all that the loop trains on: the images that are held out here are some of these.
        """
        stays = torch.arange(len(order))
        moved = dict(self._params[1])
        for name in ("hidden.0.weight", "hidden.0.bias"):
            moved[name] = moved[name][order]
        moved["hidden.1.weight"] = moved["hidden.1.weight"][:, order]
        ends = self._params[0], moved
        lines = [layers.line(ends, (stays, order)) for layers in self._layers]
        between = lambdas(self._points)[1:-1]
        found = [
            [first, *(score(at(t), split.labels).loss for t in between), last]
            for (first, last), at, split in zip(self._ends_of_all, lines, self._data, strict=True)
        ]
        seen, held_out, _ = self._data
        share = len(seen.labels) / (len(seen.labels) + len(held_out.labels))
        return [share * a + (1 - share) * b for a, b in zip(*found[:2], strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=25)
    points = parser.parse_args().points
    nets = networks()
    print(f"{device_name(torch.device('cpu'))}, {torch.get_num_threads()} threads, {points} points")
    start = time.process_time()
    ours = OurCurve(nets, points)
    losses = ours.train_losses(torch.arange(512))
    first = time.process_time() - start
    print(f"{'first method of a pair':24} {first:8.2f} s", flush=True)
    start = time.process_time()
    ours.train_losses(torch.randperm(512))
    other = time.process_time() - start
    print(f"{'any other method':24} {other:8.2f} s", flush=True)
    start = time.process_time()
    with in_bfloat16(torch.device("cpu")):
        ours.train_losses(torch.randperm(512))
    half = time.process_time() - start
    print(f"{'the same in bfloat16':24} {half:8.2f} s", flush=True)
    start = time.process_time()
    expected = peers_curve(nets, points)
    loop = time.process_time() - start
    print(f"{'DataLoader loop':24} {loop:8.2f} s")
    print(f"{'ratio':24} {loop / first:8.2f}, {loop / other:.2f} and {loop / half:.2f}")
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(expected), rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    main()
