"""Cells without training: a planted permutation, and how much of it a method finds."""

from functools import cache, lru_cache
from math import inf, isnan

import torch
from torch import nn
from torch.utils.data import TensorDataset

from ...methods.base import Network, Problem
from ...methods.symmetry.axes import Symmetry
from ...methods.tracing.trace import trace
from ...results.record import Value
from ..cells.merge import Measurement
from ..cells.planted import PlantedCell
from ..networks.alive import alive
from ..networks.base import Architecture
from ..seeds import seed_of
from .align import align
from .planting import Planted, plant
from .workspace import Workspace

PLANTED_SHAPE, PLANTED_CLASSES = (3, 16, 16), 10
PLANTED_IMAGES = 256
"""Of normal noise with random labels, for the methods that look at data."""


def measure_planted(cell: PlantedCell, workspace: Workspace, seconds: float = inf) -> Measurement:
    """The share of the planted permutation that the method recovers."""
    planted, problem = planted_problem(cell.form, cell.noise, cell.seed, workspace.device)
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
    shares = tuple(_noise_images(seed_of("images", seed, part), device) for part in range(2))
    together = TensorDataset(*map(torch.cat, zip(*(s.tensors for s in shares), strict=True)))
    pair = (planted.network, planted.other)
    return planted, Problem(pair, together, seed_of("align", form, seed), shares)


def forget_planted() -> None:
    """Make everything anew: what is at hand may have been changed."""
    planted_problem.cache_clear()
    _built.cache_clear()


@cache
def _built(form: Architecture) -> tuple[nn.Module, Symmetry]:
    module = form.build(PLANTED_SHAPE, PLANTED_CLASSES).eval()
    return module, trace(module, torch.zeros(2, *PLANTED_SHAPE))


def _noise_images(seed: int, device: torch.device) -> TensorDataset:
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(PLANTED_IMAGES // 2, *PLANTED_SHAPE, generator=draw)
    labels = torch.randint(PLANTED_CLASSES, (PLANTED_IMAGES // 2,), generator=draw)
    return TensorDataset(images.to(device), labels.to(device))
