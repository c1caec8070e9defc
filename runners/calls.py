"""Networks of one's own aligned, merged and measured along the line, in one call each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..methods.base import Alignment, Method, Network, Problem, Samples, batches, transported
from ..methods.data.conversion import UNLABELLED, samples_of
from ..methods.networks.merged import given_back
from ..methods.symmetry.axes import Params
from ..methods.symmetry.maps import Map
from ..results.barriers import Barriers, barriers
from .grids.notation.vocabulary import methods_of
from .networks.evaluate import joined_log_softmax, lambdas, score
from .networks.evaluate import line as line_of

BATCH = 500
"""Samples that are evaluated at a time."""


@dataclass(frozen=True, eq=False)
class AlignedNetworks:
    """Networks, and the maps that a method found to bring them into one basis."""

    method: Method
    problem: Problem
    alignment: Alignment

    @property
    def maps(self) -> tuple[Mapping[str, Map], ...]:
        """For each network group -> map; groups without one stay as they are."""
        return self.alignment.maps

    @property
    def stats(self) -> Mapping[str, float]:
        """What the method says of its search: sweeps, objective, converged."""
        return self.alignment.stats

    @property
    def networks(self) -> tuple[Params, ...]:
        """Each network in the common basis, in the types in which it came, ready to be saved.

        After a permutation it computes what it did. Raises `UserError` where the method gives the
        merge whole, and no basis.
        """
        if self.alignment.merged is not None:
            raise UserError(f"{self.method.name} gives the merge whole: there is no common basis")
        moved = zip(self.problem.networks, transported(self.problem, self.alignment), strict=True)
        return tuple(given_back(params, network) for network, params in moved)

    def merge(self, weights: Sequence[float] | None = None) -> Params:
        """The mean of the networks there, ready to be saved; with equal weights by default.

        Names, types and what is excluded are the first network's. Raises `UserError` unless the
        weights are finite, one for each network, and add up to 1.
        """
        count = len(self.problem.networks)
        return self.method.merge(
            self.problem, self.alignment, [1 / count] * count if weights is None else weights
        )


@dataclass(frozen=True, eq=False)
class Line:
    """What two networks lose on the line between them, after they were aligned.

    `lambdas`: places from 0, the first network, to 1. `losses` (cross-entropy, nats) and
    `accuracies` (in [0, 1]) are those of the weighted means there. `barriers` has both
    definitions: the rise above the chord between the ends, and above their mean.
    """

    lambdas: tuple[float, ...]
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    barriers: Barriers


def align(
    *networks: Network,
    method: str | Method = "weight-matching",
    samples: Any = None,
    seed: int = 0,
    per_network_data: Sequence[Any] | None = None,
    validation: Any = None,
) -> AlignedNetworks:
    """Bring `networks` into one basis by `method`: the first network's order of units.

    `method`: a value such as `WeightMatching(order="widest")`, or its name with parameters as
    tables print it, `"weight-matching(order=widest)"`. `samples`: training data, for methods that
    look at any: a `Dataset`, a `DataLoader`, tensors (inputs, labels). `per_network_data`: that of
    each network alone, where they differ; `validation`: data that none was trained on. The same
    `seed` gives the same result. Raises `UserError` with the reason where the method cannot solve
    the problem.
    """
    if len(networks) < 2:
        raise UserError(f"to align takes at least two networks, not {len(networks)}")
    shares = None if per_network_data is None else tuple(per_network_data)
    problem = Problem(networks, samples, seed, shares, validation)
    chosen = method_of(method)
    return AlignedNetworks(chosen, problem, chosen.align(problem))


def merge(
    *networks: Network,
    method: str | Method = "weight-matching",
    samples: Any = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    per_network_data: Sequence[Any] | None = None,
    validation: Any = None,
) -> Params:
    """The merge of `networks` after `method` aligned them, ready to be saved; see `align`.

    `weights`: one for each network, which add up to 1; equal ones by default.
    """
    aligned = align(
        *networks,
        method=method,
        samples=samples,
        seed=seed,
        per_network_data=per_network_data,
        validation=validation,
    )
    return aligned.merge(weights)


def line(
    first: Network,
    second: Network,
    *,
    data: Any,
    method: str | Method = "weight-matching",
    samples: Any = None,
    points: int = 25,
    seed: int = 0,
) -> Line:
    """Loss and accuracy along the line between two networks after `method` aligned them.

    `data`: what they are measured on, labelled, in any form that `align` takes for `samples`; the
    test set, say, which no method sees. `points`: equally spaced, an odd number has the middle
    among them. Raises `UserError` where the method's merge is no line, and where the networks do
    not classify `data`.
    """
    if isinstance(points, bool) or not isinstance(points, int) or points < 2:
        raise UserError(f"a line has at least two points, not {points!r}")
    aligned = align(first, second, method=method, samples=samples, seed=seed)
    if aligned.alignment.merged is not None:
        raise UserError(f"{aligned.method.name} gives one merge, and no line")
    network = aligned.problem.networks[0]
    held = samples_of(data, network.numbers)
    at, places = line_of(aligned.method, aligned.problem, aligned.alignment), lambdas(points)
    scores = [score(*_classified(network, at(t), held)) for t in places]
    losses = tuple(each.loss for each in scores)
    accuracies = tuple(each.accuracy for each in scores)
    return Line(places, losses, accuracies, barriers(places, losses, accuracies))


def method_of(method: str | Method) -> Method:
    """The method itself, or the one of that name and parameters; `UserError` for any other."""
    if isinstance(method, Method):
        return method
    if isinstance(method, type) and issubclass(method, Method):
        return method()
    if not isinstance(method, str):
        raise UserError(f"a method is a name or a Method, not {type(method).__name__}")
    found = methods_of(method)
    if len(found) != 1:
        raise UserError(f"{method!r} names {len(found)} methods: choose one")
    return found[0]


@torch.inference_mode()
def _classified(network: Network, params: Params, data: Samples) -> tuple[Tensor, Tensor]:
    """Log-probabilities (n, classes) and labels (n,), checked against each other."""
    if len(data) == 0:
        raise UserError("a line is measured on data, and there are none")
    logits, labels = [], []
    for x, y in batches(data, BATCH):
        found = network(x, params)
        if found.ndim != 2 or len(found) != len(y):
            raise UserError(
                f"a line needs one row of logits for each label: {len(y)} labels have outputs of "
                f"the shape {tuple(found.shape)}; say by output=... where the logits are"
            )
        low, high = int(y.min()), int(y.max())
        if low == UNLABELLED:
            raise UserError("a line is measured on labelled data: give (inputs, labels)")
        if high >= found.shape[1]:
            raise UserError(f"the label {high} is none of the network's {found.shape[1]} classes")
        logits.append(found)
        labels.append(y)
    return joined_log_softmax(logits), torch.cat(labels)
