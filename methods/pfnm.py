"""PFNM: probabilistic federated neural matching, from the last hidden layer downwards."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from .base import Alignment, Problem
from .matching.chain import bias_of, chain, needs_chain
from .matching.matched_averaging import Client, MatchedAveraging, clients_of
from .symmetry.axes import Params


@dataclass(frozen=True)
class PFNM(MatchedAveraging):
    """Match the units of all networks at once under a Bayesian nonparametric model, and average.

    Layers are matched from the last hidden one to the first, on biases and outgoing weights, the
    first also on its incoming weights; units that resemble no other found new ones, so that layers
    may grow (Yurochkin et al. 2019, section 3; the order, the atoms and the constants are those of
    the authors' code). The merge has the posterior mean of every weight, which a small `sigma0`
    draws to zero. Where each network's own data is known, its word counts for a class of the head
    as much as it has of that class's images. Prefer it for more than two networks that have seen
    different data; for two and a small `gamma` it is a one-to-one matching.

    The paper treats perceptrons. Chains of linear and convolutional layers are treated alike, a
    channel being a unit; norms and residual streams are not. The authors try three values each of
    `gamma` (1, 1e-3, 50) and `sigma` (1, 0.1, 0.5) and two of `sigma0` (1, 10), and keep what is
    most accurate on the training data; here one setting is one method. Their experiments sweep
    five times. `as_released` takes over what their code limits (`MatchedAveraging`): it tells for
    more than ten networks or layers of more than 700 units alone.
    """

    name: ClassVar[str] = "pfnm"
    paper: ClassVar[str] = "Yurochkin et al. 2019"

    def skip(self, problem: Problem) -> str | None:
        return needs_chain(problem)

    def align(self, problem: Problem) -> Alignment:
        layers = chain(problem.networks[0].symmetry)
        clients, generator = clients_of(problem, layers), problem.generator()
        merged, converged = self._head_bias(clients), True
        for layer in reversed(layers):
            places = [layer.bias, layer.read] if layer.bias else [layer.read]
            if layer is layers[0]:
                places = [layer.weight, *places]
            found = self.match_layer(places, clients, generator)
            merged |= found.means
            converged &= found.converged
            clients = [
                client.moved(layer.group, own)
                for client, own in zip(clients, found.maps, strict=True)
            ]
        return Alignment(
            maps=tuple(client.maps for client in clients),
            stats=self.statistics(problem, clients[0].maps, converged),
            merged={name: merged[name] for name in problem.networks[0].params},
        )

    def _head_bias(self, clients: list[Client]) -> Params:
        """Its posterior mean; it belongs to no unit, so that nothing has to be matched."""
        name = bias_of(clients[0].head)
        if name not in clients[0].params:
            return {}
        biases = torch.stack([client.params[name] for client in clients])
        counts = torch.stack([client.share for client in clients]).to(biases)
        sums = (counts * biases).sum(0) / self.sigma + self.bias_mean / self.sigma0
        return {name: sums / (counts.sum(0) / self.sigma + 1 / self.sigma0)}
