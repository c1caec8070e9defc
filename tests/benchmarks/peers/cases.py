"""The networks of the table: trained ones, whose merge has a barrier, and large random ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from basinbench.datasets.catalogue import load
from basinbench.methods.base import Network
from basinbench.methods.tracing.trace import trace
from basinbench.runners.measuring.planting import plant
from basinbench.runners.networks import MLP, VGG, Architecture, ResNet20
from basinbench.runners.networks.evaluate import Resident, network_scores
from basinbench.runners.seeds import seed_of
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe

CPU = torch.device("cpu")
RANDOM_SHAPE, CLASSES = (3, 32, 32), 10


@dataclass(frozen=True, eq=False)
class PeerCase:
    """Two networks, one whose units stand in another order than the first's, and inputs.

    `loss` is the test loss of weights, `None` for networks that nobody trained.
    """

    form: Architecture
    weights: str
    shape: tuple[int, int, int]
    classes: int
    first: Network
    second: Network
    reordered: Network
    inputs: Tensor
    loss: Callable[[Mapping[str, Tensor]], float] | None


def trained(form: Architecture, dataset: str, how: str, home: Path) -> PeerCase:
    """Two seeds of the recipe `how`, trained once and kept below `home`."""
    data, by = load(dataset), recipe(how)
    module = form.build(data.shape, data.classes).eval()
    symmetry = trace(module, torch.zeros(2, *data.shape))
    store = EndpointStore(home)
    endpoints = [Endpoint(form, dataset, by, seed) for seed in (0, 1)]
    weights = [store.get(e, module, e.samples(data), CPU) for e in endpoints]
    first, second = (Network(module, own, symmetry) for own in weights)
    test = normalised(data, data.test, by)
    resident = Resident.of(test, module)

    def loss(params: Mapping[str, Tensor]) -> float:
        return network_scores(module, params, resident).loss

    inputs = test[torch.arange(64)][0]
    where = f"trained on {dataset} ({how}, seeds 0 and 1)"
    reordered = _reordered(form, first)
    return PeerCase(form, where, data.shape, data.classes, first, second, reordered, inputs, loss)


def random(form: Architecture) -> PeerCase:
    """Weights drawn at random, of the size that keeps signals alive."""
    module = form.build(RANDOM_SHAPE, CLASSES).eval()
    symmetry = trace(module, torch.zeros(2, *RANDOM_SHAPE))
    first, second = (Network(module, _drawn(form, module, seed), symmetry) for seed in (0, 1))
    draw = torch.Generator().manual_seed(seed_of("images", form))
    inputs = torch.randn(16, *RANDOM_SHAPE, generator=draw)
    reordered = _reordered(form, first)
    return PeerCase(
        form, "random", RANDOM_SHAPE, CLASSES, first, second, reordered, inputs, loss=None
    )


def cases(home: Path) -> dict[str, Callable[[], PeerCase]]:
    """Each made when it is asked for; MNIST's stands under `BASINBENCH_DATA`."""
    large = (*map(ResNet20, (1, 4)), VGG(16, norm="layer", hidden=(512, 512)), ResNet20(16))
    known = (
        (MLP((512, 512, 512)), "mnist", "mnist-short"),
        (VGG(8, 8, norm="batch"), "digits", "digits-short"),
        (ResNet20(0.5), "digits", "digits-short"),
    )
    made = {form.name: partial(trained, form, data, by, home) for form, data, by in known}
    return made | {form.name: partial(random, form) for form in large}


def _drawn(form: Architecture, module: torch.nn.Module, seed: int) -> dict[str, Tensor]:
    """Normal weights over the root of their inputs; norms and biases near what they start at."""
    draw = torch.Generator().manual_seed(seed_of("weights", form, seed))
    found = {}
    for name, value in module.state_dict().items():
        noise = torch.randn(value.shape, generator=draw)
        size = value[0].numel() ** -0.5 if value.ndim > 1 else 0.1
        found[name] = size * noise + (value if value.ndim == 1 else 0)
    return found


def _reordered(form: Architecture, network: Network) -> Network:
    draw = torch.Generator().manual_seed(seed_of("planting", form))
    return plant(network, 0.0, draw).other
