"""Loss and accuracy along the line between two networks of a user's own, after an alignment."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..methods.base import Alignment, Method, Network, Problem, Samples, batches, transported
from ..methods.data.conversion import UNLABELLED, samples_of
from ..methods.modules.forms import Batch, tensors_of
from ..methods.networks.outputs import outputs_on
from ..methods.proving.precisions import NotCalledError
from ..methods.proving.randomness import RANDOM, is_random
from ..methods.proving.sizes import check_size
from ..results.barriers import Barriers, barriers
from .networks.evaluate import check_points, joined_log_softmax, lambdas, line, score, with_ends

BATCH = 500
"""Samples that are evaluated at a time."""

ROOM = 2**30
"""Bytes of inputs that are held at a time, while every place of the line is evaluated on them."""


@dataclass(frozen=True, eq=False)
class Line:
    """What two networks lose on the line between them, after they were aligned.

    `lambdas`: places from 0, the first network, to 1. `losses` (cross-entropy, nats) and
    `accuracies` (in [0, 1]) are those of the weighted means there, and at the ends those of the
    networks as they were trained. `barriers` has both definitions: the rise above the chord between
    the ends, and above their mean.

    Where the maps are no permutations (CCA, Sinkhorn's plans) the line runs between the moved
    networks, and the ends still are the trained ones: a barrier has what the maps themselves lose,
    and grows towards the second end with the number of points. The middle is what to compare.
    """

    lambdas: tuple[float, ...]
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    barriers: Barriers


def measured_line(
    method: Method, problem: Problem, alignment: Alignment, data: Any, points: int
) -> Line:
    """The line of two aligned networks on `data`, which are read once for all its `points`."""
    check_points(points)
    if len(problem.networks) != 2:
        raise UserError(f"a line is between two networks, not {len(problem.networks)}")
    if alignment.merged is not None:
        raise UserError(f"{method.name} gives one merge, and no line")
    _leads_to_the_second(problem, alignment)
    places, merged = lambdas(points), line(method, problem, alignment)
    sums, count = dict.fromkeys(places, (0.0, 0.0)), 0
    for part in _parts(samples_of(data, problem.networks[0].numbers)):
        _suit(problem, part, is_first=not count)
        found = _scored(problem, merged, places, part)
        size = sum(len(y) for _, y in part)
        count += size
        for t, (loss, accuracy) in found.items():
            sums[t] = sums[t][0] + size * loss, sums[t][1] + size * accuracy
    losses = tuple(loss / count for loss, _ in sums.values())
    accuracies = tuple(correct / count for _, correct in sums.values())
    return Line(places, losses, accuracies, barriers(places, losses, accuracies))


Batches = list[tuple[Any, Tensor]]


def _parts(data: Samples) -> Iterator[Batches]:
    """All samples in order, in batches, as many at a time as `ROOM` holds.

    What is drawn is drawn once: an augmented image is the same at every place of the line.
    """
    held: Batches = []
    room = ROOM
    if len(data) == 0:
        raise UserError("a line is measured on data, and there are none")
    for x, y in batches(data, BATCH):
        _labelled(y)
        held.append((x, y))
        room -= sum(t.nbytes for t in tensors_of(x))
        if room < 0:
            yield held
            held, room = [], ROOM
    if held:
        yield held


def demand_fit(network: Network, x: Batch) -> None:
    """`UserError` where `network` cannot take `x`, or its units may not move with as many."""
    try:
        check_size(network, x)
    except NotCalledError:
        outputs_on(network, x)  # says of the data what does not fit
        raise


def _suit(problem: Problem, part: Batches, is_first: bool) -> None:
    """`UserError` where a network is random, or another at the size of some batch of `part`."""
    for network in problem.networks:
        for x, _ in part:
            demand_fit(network, x)
        if is_first and is_random(partial(network, part[0][0])):
            raise UserError(f"{type(network.module).__name__} {RANDOM}: a line would be chance")


@torch.inference_mode()
def _scored(
    problem: Problem, merged: Any, places: tuple[float, ...], part: Batches
) -> dict[float, tuple[float, float]]:
    """Loss and accuracy at each place: of the trained networks at the ends, of merges between."""
    first = problem.networks[0]
    labels = torch.cat([y for _, y in part])

    def scored(outputs: list[Tensor]) -> tuple[float, float]:
        for found, (_, y) in zip(outputs, part, strict=True):
            _fits(found, y)
        scores = score(joined_log_softmax(outputs), labels)
        return scores.loss, scores.accuracy

    trained = [scored([outputs_on(each, x) for x, _ in part]) for each in problem.networks]
    between = {}
    for t in places[1:-1]:
        params = merged(t)
        between[t] = scored([first(x, params) for x, _ in part])
    return with_ends(trained, between)


def _leads_to_the_second(problem: Problem, alignment: Alignment) -> None:
    """`UserError` where no merge has what is the second network's own, and the line ends nowhere.

    What is excluded moves along with the units, and every merge has the first network's.
    """
    first, second = problem.networks
    ends = transported(problem, alignment)
    for name in sorted(first.symmetry.excluded | second.symmetry.excluded):
        a, b = (end.get(name) for end in ends)
        if a is None or b is None or not torch.equal(a, b):
            raise UserError(
                f"no line leads to the second network: {name!r} is excluded and differs between "
                "the two in their common basis, and merges have the first network's; measure such "
                "merges one by one, as align(...).merge([0.5, 0.5]) gives them"
            )


def _labelled(y: Tensor) -> None:
    if int(y.min()) == UNLABELLED:
        raise UserError("a line is measured on labelled data: give (inputs, labels)")


def _fits(found: Tensor, y: Tensor) -> None:
    """`UserError` unless `found` has one row of logits for each of the labels `y`."""
    if found.ndim != 2 or len(found) != len(y):
        raise UserError(
            f"a line needs one row of logits for each label: {len(y)} labels have outputs of "
            f"the shape {tuple(found.shape)}; say by output=... where the logits are"
        )
    if (high := int(y.max())) >= found.shape[1]:
        raise UserError(f"the label {high} is none of the network's {found.shape[1]} classes")
