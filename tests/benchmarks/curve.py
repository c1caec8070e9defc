"""A curve of 25 points on all of MNIST: this package beside the loop of the prior repositories.

    python tests/benchmarks/curve.py [--points 25]

The loop evaluates every point through a `DataLoader` over torchvision's MNIST with `ToTensor`, as
the released codes do. Both print the same losses. Needs MNIST under BASINBENCH_DATA.
"""

import argparse
import os
import time

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from basinbench.datasets.catalogue import load
from basinbench.methods.base import Network
from basinbench.methods.tracing.trace import trace
from basinbench.runners.measuring.environment import device_name
from basinbench.runners.networks import MLP
from basinbench.runners.networks.evaluate import Resident, lambdas, score
from basinbench.runners.networks.folding import fold
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
    root, module = os.environ["BASINBENCH_DATA"], nets[0].module
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


def our_curve(nets: tuple[Network, ...], points: int) -> list[float]:
    """Every point as a cell of the grid evaluates it; loading the data included."""
    dataset, how = load("mnist"), recipe("mnist-short")
    data = [
        Resident.of(normalised(dataset, images, how), nets[0].module)
        for images in (dataset.train, dataset.test)
    ]
    lines = [fold(nets[0].module, (nets[0].params, nets[1].params), split) for split in data]
    losses = [
        score(at(t), split.labels).loss
        for t in lambdas(points)
        for at, split in zip(lines, data, strict=True)
        if at is not None
    ]
    return losses[::2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=25)
    points = parser.parse_args().points
    nets = networks()
    print(f"{device_name(torch.device('cpu'))}, {torch.get_num_threads()} threads, {points} points")
    seconds = []
    curves = []
    for name, curve in (("basinbench", our_curve), ("DataLoader loop", peers_curve)):
        start = time.perf_counter()
        curves.append(curve(nets, points))
        seconds.append(time.perf_counter() - start)
        print(f"{name:16} {seconds[-1]:8.2f} s")
    print(f"ratio            {seconds[1] / seconds[0]:8.2f}")
    torch.testing.assert_close(*(torch.tensor(c) for c in curves), rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    main()
