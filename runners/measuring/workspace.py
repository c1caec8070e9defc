"""What the cells of a grid share, made once: data on the device, symmetries, trained networks."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...datasets.splits import Shared
from ...methods.base import Network, Problem
from ...methods.networks.construction import network
from ...methods.symmetry.axes import Params, Symmetry
from ...methods.tracing.trace import trace
from ...results.columns import SPLITS
from ..errors import user_errors
from ..networks.base import Architecture
from ..networks.evaluate import Resident, Scores, ensemble, log_probabilities, score
from ..networks.folding import FirstLayers
from ..seeds import seed_of
from ..training.checkpoints import Endpoint, EndpointStore
from ..training.inputs import Normalised, normalised
from ..training.origins import as_drawn
from ..training.recipes import Recipe
from ..training.train import OnEpoch

TRAIN_IMAGES = 10_000
"""As many training images tell a loss as well as the test images do; all of them take six times as
long as everything else that is evaluated on MNIST."""

EVALUATED = 64
"""Outputs that are remembered, of a network on a split: it is evaluated once for all its pairs."""


@dataclass(frozen=True, eq=False)
class EvaluatedNetworks:
    """The networks of a cell and all that does not depend on the method.

    `samples` is their training data together, `per_network_data` that of each alone, `validation`
    what none has seen; `data`, `scores` (one per network) and `ensemble` are by split, of the whole
    data set, but of no more than `TRAIN_IMAGES` of its training images.
    """

    networks: tuple[Network, ...]
    recipe: Recipe
    samples: Normalised
    validation: Normalised
    per_network_data: tuple[Normalised, ...]
    data: dict[str, Resident]
    scores: dict[str, tuple[Scores, ...]]
    ensemble: dict[str, Scores]

    @cached_property
    def first_layers(self) -> dict[str, FirstLayers | None]:
        """By split, what the first layer of each network makes of the images, for all methods."""
        module, params = self.networks[0].module, [network.params for network in self.networks]
        return {split: FirstLayers.of(module, params, data) for split, data in self.data.items()}


def align_seed(seed: int, endpoints: tuple[Endpoint, ...]) -> int:
    """The seed of every alignment of these networks under a cell's own `seed`."""
    return seed_of("align", seed, *map(as_drawn, endpoints))


class Workspace:
    """Everything that is loaded, trained, traced or evaluated once and used by many cells."""

    def __init__(self, home: Path, device: torch.device):
        self.device = device
        self._endpoints = EndpointStore(home)
        self.forget()

    def forget(self) -> None:
        """Read, trace and evaluate everything anew: what is at hand may have been changed."""
        # A grid visits its data sets one after the other: one of each kind is held at a time.
        self.dataset = lru_cache(maxsize=1)(self._dataset)
        self._data = lru_cache(maxsize=2)(self._resident)
        self._outputs = lru_cache(maxsize=EVALUATED)(self._log_probabilities)
        self.ends = lru_cache(maxsize=1)(self._ends)
        self._held_out = lru_cache(maxsize=1)(self._validation)
        self._symmetry = lru_cache(maxsize=None)(self._trace)

    def _ends(self, endpoints: tuple[Endpoint, ...]) -> EvaluatedNetworks:
        """The trained networks of `endpoints`, traced and evaluated."""
        first = endpoints[0]
        networks, samples, per_network_data = self._gathered(endpoints)
        validation = self._held_out(endpoints[0].dataset, endpoints[0].recipe)
        data, scores, together = {}, {}, {}
        for split in SPLITS:
            images = first.dataset, first.recipe, first.network, split
            data[split] = self._data(*images)
            labels = data[split].labels
            outputs = [self._outputs(endpoint, *images) for endpoint in endpoints]
            scores[split] = tuple(score(output, labels) for output in outputs)
            together[split] = score(ensemble(outputs), labels)
        return EvaluatedNetworks(
            networks, first.recipe, samples, validation, per_network_data, data, scores, together
        )

    def _log_probabilities(
        self, endpoint: Endpoint, name: str, recipe: Recipe, network: Architecture, split: str
    ) -> Tensor:
        """(n, classes): those of the trained network on images as `recipe` normalises them."""
        own = self._network(endpoint)
        return log_probabilities(own.module, own.params, self._data(name, recipe, network, split))

    def problem(self, endpoints: tuple[Endpoint, ...], seed: int) -> Problem:
        """What the trained networks of `endpoints` pose to a method; nothing is evaluated."""
        networks, samples, per_network_data = self._gathered(endpoints)
        seed = align_seed(seed, endpoints)
        return Problem(
            networks,
            samples,
            seed,
            per_network_data,
            self._held_out(endpoints[0].dataset, endpoints[0].recipe),
        )

    def params(self, endpoint: Endpoint, on_epoch: OnEpoch | None = None) -> Params:
        """The endpoint's parameters and buffers, read from the store or trained and stored."""
        samples = endpoint.samples(self.dataset(endpoint.dataset))
        module = self._module(endpoint)
        return self._endpoints.get(endpoint, module, samples, self.device, on_epoch)

    def is_trained(self, endpoint: Endpoint) -> bool:
        """Whether the store has the endpoint."""
        return self._endpoints.has(endpoint)

    def train_seconds(self, endpoints: Iterable[Endpoint]) -> float | None:
        """The seconds for which all of them, which are stored, were trained; `None` if unknown."""
        endpoints = tuple(endpoints)
        if any(endpoint.file is not None for endpoint in endpoints):
            return None
        return sum(map(self._endpoints.seconds, endpoints))

    def _gathered(
        self, endpoints: tuple[Endpoint, ...]
    ) -> tuple[tuple[Network, ...], Normalised, tuple[Normalised, ...]]:
        """The trained networks, their training data together, and that of each alone."""
        networks = tuple(self._network(endpoint) for endpoint in endpoints)
        samples = self._together(endpoints)
        return networks, samples, self._shares(endpoints, samples)

    def _network(self, endpoint: Endpoint) -> Network:
        module = self._module(endpoint).to(self.device).eval()
        symmetry = self._symmetry(endpoint.network, endpoint.dataset)
        if endpoint.file is not None:
            example = torch.zeros(2, *self.dataset(endpoint.dataset).shape, device=self.device)
            path = endpoint.file.checked()
            return network(module, path, example=example, symmetry=symmetry)
        return Network(module, self.params(endpoint), symmetry)

    def _module(self, endpoint: Endpoint) -> nn.Module:
        dataset = self.dataset(endpoint.dataset)
        return endpoint.network.build(dataset.shape, dataset.classes, endpoint.seed)

    def _shares(
        self, endpoints: tuple[Endpoint, ...], together: Normalised
    ) -> tuple[Normalised, ...]:
        """What each endpoint was trained on; `together` itself where all share everything."""
        dataset = self.dataset(endpoints[0].dataset)
        return tuple(
            together if isinstance(e.split, Shared) else e.samples(dataset) for e in endpoints
        )

    def _together(self, endpoints: tuple[Endpoint, ...]) -> Normalised:
        """Every training image that one of the endpoints has seen, once."""
        dataset = self.dataset(endpoints[0].dataset)
        labels = dataset.train.labels
        parts = [e.split.parts(labels, dataset.classes, e.parts)[e.part] for e in endpoints]
        index = torch.cat(parts).unique()
        whole = len(index) == len(labels)
        images = dataset.train if whole else dataset.train.take(index)
        return normalised(dataset, images, endpoints[0].recipe)

    def _validation(self, name: str, recipe: Recipe) -> Normalised:
        """The images that are held out from the training of all networks."""
        dataset = self.dataset(name)
        return normalised(dataset, dataset.validation, recipe)

    def _dataset(self, name: str) -> Dataset:
        with user_errors():
            return load(name).to(self.device)

    def _resident(self, name: str, recipe: Recipe, network: Architecture, split: str) -> Resident:
        dataset = self.dataset(name)
        images = dataset.images(split)
        if split == "train" and (count := len(images)) > TRAIN_IMAGES:
            images = images.take(torch.arange(TRAIN_IMAGES) * count // TRAIN_IMAGES)
        module = network.build(dataset.shape, dataset.classes)
        return Resident.of(normalised(dataset, images, recipe), module)

    def _trace(self, network: Architecture, name: str) -> Symmetry:
        dataset = self.dataset(name)
        module = network.build(dataset.shape, dataset.classes).eval()
        return trace(module, torch.zeros(2, *dataset.shape))
