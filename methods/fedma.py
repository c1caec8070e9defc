"""FedMA: federated matched averaging, from the first layer upwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ..checked_fields import Momentum, NonNegativeInt, PositiveFloat, PositiveInt
from .base import Alignment, Network, Problem, Samples, unfit
from .matching.chain import Layer, bias_of, chain, needs_chain
from .matching.matched_averaging import Client, MatchedAveraging, MatchedLayer, clients_of
from .symmetry.axes import Occurrence, Params
from .symmetry.maps import Map

HEAD_DECAY = 1e-4
"""The weight decay of the authors' last retraining, of the head alone."""


@dataclass(frozen=True)
class FedMA(MatchedAveraging):
    """Match and average one layer, let every network adapt the layers above to it, go on.

    A layer's units are matched on their incoming weights and biases alone, by the model of `PFNM`;
    the global layer is sent to all networks, which keep it and all below it and retrain what is
    above on their own data, before the next layer is matched (Wang et al. 2020, section 2 and
    Algorithm 1). The head is averaged in the end, each class's row weighted by how much of the
    class a network has. With 0 `epochs` it needs no data and is greedy forward matching. Prefer it
    where networks have seen different data, and time and data are at hand; `PFNM` otherwise.

    `epochs`, `batch`, `learning_rate`, `momentum`: of the retraining; the authors' command for a
    VGG takes 20 epochs, this default one. As in their code the last retraining, of the head alone,
    takes three times as many epochs at a tenth of the rate; its weight decay of 1e-4 is left out.
    `gamma` is that of their code. Dropout is off. The paper's further rounds of communication,
    which start again from the merge, are not here. For which networks, see `PFNM`.

    `as_released`: their code gives the prior mean of the bias to the first incoming weight, in
    every layer but the first, where the bias is the last column; with the weight decay, and with
    the limits of `MatchedAveraging`. Not taken over: their assignments of costs in float32, which
    break near ties otherwise.
    """

    gamma: PositiveFloat = 7.0
    epochs: NonNegativeInt = 1
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 0.01
    momentum: Momentum = 0.9

    name: ClassVar[str] = "fedma"
    paper: ClassVar[str] = "Wang et al. 2020, Algorithm 1"

    def skip(self, problem: Problem) -> str | None:
        if self.epochs and problem.per_network_data is None:
            return "needs each network's own training data"
        for network, own in zip(problem.networks, problem.per_network_data or (), strict=False):
            if self.epochs and (reason := unfit(network, own)):
                return reason
        return needs_chain(problem)

    def align(self, problem: Problem) -> Alignment:
        layers = chain(problem.networks[0].symmetry)
        clients, generator = clients_of(problem, layers), problem.generator()
        maps: list[dict[str, Map]] = [{} for _ in clients]
        converged = True
        for layer in layers:
            places = [layer.weight, layer.bias] if layer.bias else [layer.weight]
            found = self.match_layer(places, clients, generator)
            converged &= found.converged
            for own, new in zip(maps, found.maps, strict=True):
                own[layer.group] = new
            clients = [_adopt(c, layer, found, m) for c, m in zip(clients, found.maps, strict=True)]
            if self.epochs:
                clients = self._retrain_all(problem, clients, layers, layer, generator)
        return Alignment(
            maps=tuple(maps),
            stats=self.statistics(problem, maps[0], converged),
            merged=clients[0].params | _mean_head(clients, layers[-1].read.dim),
        )

    def _prior_means(
        self, places: Sequence[Occurrence], sizes: Sequence[int], client: Client
    ) -> Tensor:
        means = super()._prior_means(places, sizes, client)
        is_first = not client.symmetry.others(places[0])
        if self.as_released and not is_first and len(places) > 1:
            return means.flip(0)
        return means

    def _retrain_all(
        self,
        problem: Problem,
        clients: Sequence[Client],
        layers: Sequence[Layer],
        matched: Layer,
        generator: torch.Generator,
    ) -> list[Client]:
        """Every client with what lies above the layer `matched` retrained on its own data."""
        below = layers[: layers.index(matched) + 1]
        frozen = {p.name for layer in below for p in (layer.weight, layer.bias) if p}
        is_last = matched is layers[-1]
        epochs = 3 * self.epochs if is_last else self.epochs
        rate = self.learning_rate / 10 if is_last else self.learning_rate
        decay = HEAD_DECAY if is_last and self.as_released else 0.0
        per_network_data = problem.per_network_data or ()
        return [
            replace(
                client,
                params=self._retrain(
                    network, client.params, share, frozen, epochs, rate, decay, generator
                ),
            )
            for network, client, share in zip(
                problem.networks, clients, per_network_data, strict=True
            )
        ]

    def _retrain(
        self,
        network: Network,
        params: Params,
        share: Samples,
        frozen: set[str],
        epochs: int,
        rate: float,
        decay: float,
        generator: torch.Generator,
    ) -> Params:
        free = {n: w.clone().requires_grad_() for n, w in params.items() if n not in frozen}
        optimiser = torch.optim.SGD(
            free.values(), lr=rate, momentum=self.momentum, weight_decay=decay
        )
        for _ in range(epochs):
            for index in torch.randperm(len(share), generator=generator).split(self.batch):
                x, y = share[index]
                optimiser.zero_grad()
                F.cross_entropy(network(x, params | free), y).backward()
                optimiser.step()
        return params | {name: w.detach() for name, w in free.items()}


def _adopt(client: Client, layer: Layer, found: MatchedLayer, own: Map) -> Client:
    """The client with the global layer, and its next weight reading the global units."""
    place = layer.read
    axis = client.symmetry.axes[place.name][place.dim]
    read = axis.apply(client.params[place.name], place.dim, {layer.group: own})
    return replace(client, params=client.params | found.means | {place.name: read})


def _mean_head(clients: Sequence[Client], reads: int) -> Params:
    """The head's tensors: each class's part is the mean weighted by the clients' shares of it.

    `reads`: the dimension of the weight that reads units; the classes are along the other.
    """
    per_network_data = torch.stack([client.share for client in clients])
    counts = per_network_data / per_network_data.sum(0)
    mean: Params = {}
    for name in (clients[0].head, bias_of(clients[0].head)):
        if name in clients[0].params:
            values = torch.stack([client.params[name] for client in clients])
            by_class = counts.unsqueeze(reads + 1) if values.ndim == 3 else counts
            mean[name] = (by_class.to(values) * values).sum(0)
    return mean
