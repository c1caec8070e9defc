"""What PFNM and FedMA share: a layer's units matched, and averaged to their posterior means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ...checked_fields import NonNegativeInt, PositiveFloat, Real
from ...errors import UserError
from ..base import Method, Problem, Samples, Subset, batches
from ..symmetry.axes import Occurrence, Params, Symmetry
from ..symmetry.maps import Map
from .bbp_map import AS_RELEASED, NO_LIMITS, Gaussian, match_units
from .chain import Layer, refold


@dataclass(frozen=True)
class MatchedAveraging(Method):
    """The model of the weights and how it is fitted, layer by layer.

    `sigma`, `sigma0`: variances of a client's weights about the global unit's, and of the prior.
    `gamma`: mass of the process; more of it makes more global units. `bias_mean`: prior mean of
    biases, which the authors' networks start at; that of weights is 0. `sweeps`: how often each
    client is taken out and matched again.

    The authors' code counts at most ten clients for a unit's popularity, and lets a layer of more
    than 700 units grow by one at a time; here are no such limits but with `as_released`.
    """

    sigma: PositiveFloat = 1.0
    sigma0: PositiveFloat = 1.0
    gamma: PositiveFloat = 1.0
    bias_mean: Real = 0.1
    sweeps: NonNegativeInt = 5
    as_released: bool = False

    def match_layer(
        self,
        places: Sequence[Occurrence],
        clients: Sequence["Client"],
        generator: torch.Generator,
    ) -> "MatchedLayer":
        """Units matched on what stands at `places`, and the posterior means of these tensors.

        A unit's atom is its slices of the tensors side by side, their other axes in the global
        order. What a client lacks there counts as a weight that is zero, as in the authors' code.
        """
        slices = [[client.unfold(place) for place in places] for client in clients]
        sizes = [rows.shape[1] for rows in slices[0]]
        means = self._prior_means(places, sizes, clients[0]).to(slices[0][0])
        found = match_units(
            [torch.cat(rows, dim=1) for rows in slices],
            [torch.cat([c.precision(place) for place in places]) / self.sigma for c in clients],
            Gaussian(means, torch.ones_like(means) / self.sigma0),
            self.gamma,
            self.sweeps,
            generator,
            AS_RELEASED if self.as_released else NO_LIMITS,
        )
        columns = found.mean.to(slices[0][0]).split(sizes, dim=1)
        return MatchedLayer(
            found.maps(),
            {p.name: clients[0].fold(c, p) for p, c in zip(places, columns, strict=True)},
            found.converged,
        )

    def _prior_means(
        self, places: Sequence[Occurrence], sizes: Sequence[int], client: "Client"
    ) -> Tensor:
        """(d,): the prior mean of each element of an atom, of sizes per place."""
        return torch.cat(
            [
                torch.full((size,), self.bias_mean if client.is_bias(place) else 0.0)
                for size, place in zip(sizes, places, strict=True)
            ]
        )

    def statistics(
        self, problem: Problem, maps: Mapping[str, Map], converged: bool
    ) -> dict[str, float]:
        """What any client's `maps` say: growth over the widest client, and the units it added.

        `converged`: whether the last sweep changed nothing in any layer; without sweeps nobody has
        been matched again, and it is false.
        """
        first, *_ = problem.networks[0].widths
        widest = {g: max(n.widths[g] for n in problem.networks) for g in maps}
        total, most = sum(own.size for own in maps.values()), sum(widest.values())
        return {
            "growth": total / most,
            "growth_first": maps[first].size / widest[first],
            "new_units": total - most,
            "sweeps": self.sweeps,
            "converged": converged,
        }


@dataclass(frozen=True, eq=False)
class Client:
    """One network on its way into the global order.

    `maps` (group -> map) are of the groups that have been matched while `params` are still in the
    client's own order. `head`: the name of the last layer's weight; `share` (classes,): how much
    the client's word counts for each class.
    """

    symmetry: Symmetry
    params: Params
    head: str
    share: Tensor
    maps: Mapping[str, Map] = field(default_factory=dict)

    def unfold(self, place: Occurrence) -> Tensor:
        """(units, d): the slices at `place`, the other axes in the global order."""
        return self.symmetry.unfold(self.params[place.name], place, self.maps)

    def fold(self, rows: Tensor, place: Occurrence) -> Tensor:
        """The tensor at `place` whose units' slices are `rows` (global units, d)."""
        like = self.params[place.name]
        for dim, axis in enumerate(self.symmetry.axes[place.name]):
            if dim != place.dim:
                like = axis.apply(like, dim, self.maps)
        return refold(self.symmetry, rows, place, like)

    def precision(self, place: Occurrence) -> Tensor:
        """(d,): how much each element of an atom's slice at `place` counts, 1 at most."""
        tensor = self.params[place.name]
        if place.name != self.head:
            return torch.ones_like(self.unfold(place)[0])
        counts = torch.ones_like(tensor) * self.share.to(tensor).unsqueeze(place.dim)
        return self.symmetry.unfold(counts, place)[0]

    def is_bias(self, place: Occurrence) -> bool:
        return len(self.symmetry.axes[place.name]) == 1

    def moved(self, group: str, own: Map) -> "Client":
        """The same client with one more group matched."""
        return replace(self, maps={**self.maps, group: own})


@dataclass(frozen=True, eq=False)
class MatchedLayer:
    """Each client's map of one group, the global tensors by name, and whether sweeps converged."""

    maps: tuple[Map, ...]
    means: Params
    converged: bool


def clients_of(problem: Problem, layers: Sequence[Layer]) -> list[Client]:
    """The networks of `problem`, none of whose layers has been matched yet."""
    head = layers[-1].read
    weight = problem.networks[0].params[head.name]
    per_network_data = class_shares(problem, weight.shape[1 - head.dim])
    return [
        Client(network.symmetry, network.params, head.name, share)
        for network, share in zip(problem.networks, per_network_data, strict=True)
    ]


def class_shares(problem: Problem, classes: int) -> Tensor:
    """(clients, classes): the part that each client has of each class's images.

    Equal parts of a class that nobody has; 1 where the problem does not tell who has which data.
    """
    if problem.per_network_data is None:
        return torch.ones(len(problem.networks), classes, dtype=torch.float64)
    counts = [_counts(share, classes) for share in problem.per_network_data]
    total = torch.stack(counts).sum(0)
    return torch.stack([torch.where(total > 0, c / total, 1 / len(counts)) for c in counts])


def _counts(samples: Samples, classes: int) -> Tensor:
    labels = _known_labels(samples)
    if labels is None:
        labels = torch.cat([y for _, y in batches(samples, 10_000)])
    if len(labels) and int(labels.min()) < 0:
        raise UserError("the data of each network need labels, and they are inputs alone")
    return labels.bincount(minlength=classes).double()


def _known_labels(samples: Samples) -> Tensor | None:
    """The labels (n,) where they can be had without the images: samples may have `labels`."""
    if isinstance(samples, Subset):
        labels = _known_labels(samples.samples)
        return None if labels is None else labels[samples.chosen]
    labels = getattr(samples, "labels", None)
    return labels if isinstance(labels, Tensor) else None
