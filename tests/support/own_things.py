"""A plug-in with one thing of each kind, none of which the package knows."""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import nn

import basinbench
from basinbench.methods import Identity
from basinbench.runners.finishes import Finished, Merge, Nothing
from basinbench.runners.training.recipes import recipe


@dataclass(frozen=True)
class Bottleneck(basinbench.Architecture):
    """Two wide layers around a narrow one."""

    kind: ClassVar[str] = "bottleneck"

    width: int = 24
    neck: int = 6

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels, height, width = shape
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * height * width, self.width),
            nn.ReLU(),
            nn.Linear(self.width, self.neck),
            nn.ReLU(),
            nn.Linear(self.neck, self.width),
            nn.ReLU(),
            nn.Linear(self.width, classes),
        )


def corner_spots() -> basinbench.Dataset:
    """A bright spot in one of four corners, on noise."""
    draw = torch.Generator().manual_seed(0)

    def part(count: int) -> basinbench.Images:
        labels = torch.arange(count) % 4
        images = torch.randint(0, 100, (count, 1, 6, 6), generator=draw)
        for corner in range(4):
            row, column = 3 * (corner // 2), 3 * (corner % 2)
            images[labels == corner, :, row : row + 3, column : column + 3] += 120
        return basinbench.Images(images.to(torch.uint8), labels)

    return basinbench.dataset("corner-spots", part(400), part(100))


QUICK = replace(recipe("digits-short"), name="own-quick", epochs=2)


@dataclass(frozen=True)
class Shrink(basinbench.Finish):
    """Every weight a little smaller."""

    name: ClassVar[str] = "shrink"

    by: float = 0.9

    def apply(self, merge: Merge) -> Finished:
        floats = {n: v for n, v in merge.params.items() if v.is_floating_point()}
        return Finished({**merge.params, **{n: v * self.by for n, v in floats.items()}})


@basinbench.method(paper="an example")
def norm_order(problem: basinbench.Problem) -> dict:
    """Units in the order of the norms of their incoming weights."""

    def ranks(network: basinbench.Network, group: str) -> torch.Tensor:
        symmetry, params = network.symmetry, network.params
        incoming = symmetry.features(params, group, where=lambda place: not place.reads)
        return incoming.norm(dim=1).argsort()

    first, second = problem.networks
    return {g: ranks(second, g)[ranks(first, g).argsort()] for g in first.widths}


def own_grid() -> basinbench.Grid:
    """Both methods and both finishes on two pairs."""
    block = basinbench.Block(
        "corner-spots",
        Bottleneck(),
        QUICK,
        pairs=((0, 1), (2, 3)),
        methods=(Identity(), norm_order()),
        finishes=(Nothing(), Shrink(0.8)),
        points=5,
    )
    return basinbench.Grid("own-grid", "An example.", (block,))
