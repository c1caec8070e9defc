"""Cells without training: a planted permutation, and how much of it a method finds."""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import inf, isnan
from typing import ClassVar

import torch
from torch import nn
from torch.utils.data import TensorDataset

from ..methods.base import Method, Network, Problem
from ..methods.symmetry import Symmetry
from ..methods.trace import trace
from ..results.record import Value
from .aligning import align
from .architecture import Architecture
from .cells import describe_method
from .endpoints import Endpoint
from .finishes import Finish, Nothing
from .keys import Keyed, canonical, kind_of, label_of, params
from .outcome import Outcome
from .planting import Planted, plant
from .seeds import seed_of
from .specimens import alive
from .stock import Stock

SHAPE, CLASSES = (3, 16, 16), 10
IMAGES = 256
"""Of normal noise with random labels, for the methods that look at data."""


@dataclass(frozen=True)
class PlantedCell(Keyed):
    """A network with random weights, beside itself reordered and with `noise`, for one method.

    The weights, the order, the noise and the method's randomness come from `seed`; all but the
    last are the same for every method, and the weights and the order at every noise.
    """

    kind: ClassVar[str] = "planted"

    form: Architecture
    noise: float
    method: Method
    seed: int = 0

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    finish: ClassVar[Finish] = Nothing()
    dataset: ClassVar[str] = "planted"

    @property
    def network(self) -> str:
        return self.form.name

    @property
    def families(self) -> set[str]:
        return self.form.families

    @property
    def seeds(self) -> str:
        return str(self.seed)

    def describe(self) -> dict[str, str | int | float]:
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "network_family": kind_of(self.form),
            "network_params": canonical(params(self.form)),
            "seeds": self.seeds,
            "networks": 2,
            "noise": self.noise,
            **describe_method(self.method),
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"{label_of(self.method)}: {self.network}, noise {self.noise:g}, {self.seeds}"


def measure_planted(cell: PlantedCell, stock: Stock, seconds: float = inf) -> Outcome:
    """The share of the planted permutation that the method recovers."""
    planted, problem = planted_problem(cell.form, cell.noise, cell.seed, stock.device)
    about: dict[str, Value] = {
        "parameters": sum(w.numel() for w in planted.network.weights.values())
    }
    if reason := cell.method.skip(problem):
        return "skipped", about | {"reason": reason}
    aligned = align(cell.method, problem, seconds)
    if not aligned.alignment.is_permutation:
        return "skipped", about | {"reason": "its maps are no permutations"}
    found = {
        "recovered": planted.recovered(aligned.alignment),
        "objective_ratio": planted.objective_ratio(aligned.alignment),
    }
    known = {name: value for name, value in found.items() if not isnan(value)}
    return "done", about | aligned.columns | known


@lru_cache(maxsize=2)
def planted_problem(
    form: Architecture, noise: float, seed: int, device: torch.device
) -> tuple[Planted, Problem]:
    """The pair of networks in float32, and the problem that they pose."""
    module, symmetry = _built(form)
    params = alive(module, seed_of("weights", form, seed))
    single = {n: w.float() if w.is_floating_point() else w for n, w in params.items()}
    on_device = {n: w.to(device) for n, w in single.items()}
    network = Network(module.to(device), on_device, symmetry)
    draw = torch.Generator().manual_seed(seed_of("planting", form, seed))
    planted = plant(network, noise, draw)
    shares = tuple(_images(seed_of("images", seed, part), device) for part in range(2))
    together = TensorDataset(*map(torch.cat, zip(*(s.tensors for s in shares), strict=True)))
    pair = (planted.network, planted.other)
    return planted, Problem(pair, together, seed_of("align", form, seed), shares)


@cache
def _built(form: Architecture) -> tuple[nn.Module, Symmetry]:
    module = form.build(SHAPE, CLASSES).eval()
    return module, trace(module, torch.zeros(2, *SHAPE))


def _images(seed: int, device: torch.device) -> TensorDataset:
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(IMAGES // 2, *SHAPE, generator=draw)
    labels = torch.randint(CLASSES, (IMAGES // 2,), generator=draw)
    return TensorDataset(images.to(device), labels.to(device))
