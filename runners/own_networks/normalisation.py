"""How networks that somebody else has trained want their pixels: as is said, or found out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from ...datasets.base import Dataset
from ...errors import UserError, nearest
from ...methods.base import Network
from ..networks.evaluate import Resident, Scores, network_scores
from ..training.inputs import normalised
from ..training.recipes import GIVEN, IMAGENET, Constants

Inputs = Literal["unit", "standard"] | Constants
"""What a recipe's `inputs` may be."""

SAID = "as said"
"""The name of a normalisation that has none."""

IMAGES = 1_000
"""Held-out training images on which normalisations are compared."""


@dataclass(frozen=True)
class TriedInputs:
    """What networks achieve on held-out images under several normalisations, and the one to use.

    `scores`: those of each network, in order, by the names of normalisations; `images`: on how
    many. `name` is the one to use: as was said, or the one under which those networks do best, by
    their places, that were `asked`.
    """

    name: str
    inputs: Inputs
    scores: Mapping[str, tuple[Scores, ...]]
    images: int
    asked: tuple[int, ...]

    def __str__(self) -> str:
        losses = self.losses
        others = ", ".join(f"{n} {v:.3g}" for n, v in losses.items() if n != self.name)
        return (
            f"images are normalised by {self.name!r}, under which the networks' loss on "
            f"{self.images:,} held-out training images is lowest: {losses[self.name]:.3g} "
            f"({others}); --normalise says otherwise"
        )

    @property
    def losses(self) -> dict[str, float]:
        """The mean loss of the networks that were asked, by the names of normalisations."""
        every = self.scores.items()
        return {n: sum(own[i].loss for i in self.asked) / len(self.asked) for n, own in every}

    def best(self, network: int) -> str:
        """The normalisation under which the network at that place has the lowest loss."""
        return _lowest({name: own[network].loss for name, own in self.scores.items()})

    def accuracy(self, network: int) -> float:
        """The share of images that this network classifies correctly, where it does so best."""
        return max(own[network].accuracy for own in self.scores.values())


def inputs_named(text: str, channels: int) -> Inputs:
    """The normalisation that `text` says: a name, or a mean and a deviation for each channel."""
    known = choices(channels)
    if text in known:
        return known[text]
    mean, slash, std = text.partition("/")
    if not slash:
        raise nearest("normalisation", text, known)
    try:
        numbers = [tuple(float(part) for part in half.split(",")) for half in (mean, std)]
    except ValueError as error:
        raise UserError(f"a normalisation is two lists of numbers, not {text!r}") from error
    if any(len(half) != channels for half in numbers):
        raise UserError(
            f"images of {channels} channels need as many means and deviations: {text!r}"
        )
    if not all(map(math.isfinite, (*numbers[0], *numbers[1]))) or min(numbers[1]) <= 0:
        raise UserError(f"means are finite and deviations above 0, unlike those of {text!r}")
    return Constants(*numbers)


def choices(channels: int) -> dict[str, Inputs]:
    """The normalisations that have names, for images of so many channels."""
    found: dict[str, Inputs] = {"standard": "standard", "unit": "unit"}
    if channels == len(IMAGENET.mean):
        found["imagenet"] = IMAGENET
    found["symmetric"] = Constants((0.5,) * channels, (0.5,) * channels)
    return found


def tried_inputs(
    networks: Sequence[Network], dataset: Dataset, said: Inputs | None = None
) -> TriedInputs:
    """What `networks` achieve under each normalisation; the one to use is as `said`, if it is.

    Else it is that under which they have the lowest loss on held-out images. No file says how a
    network's images were normalised, and under another normalisation every number would be wrong
    without a word: so it is measured, on images that choose and never score. A network that is near
    chance under all of them has no say, unless all are.
    """
    images = dataset.validation.take(torch.arange(min(IMAGES, len(dataset.validation))))
    known = {"unit": choices(1)["unit"]} if dataset.symbolic else choices(dataset.shape[0])
    if said is not None and said not in known.values():
        known = {SAID: said, **known}
    scores = {}
    for name, inputs in known.items():
        samples = normalised(dataset, images, replace(GIVEN, inputs=inputs))
        data = Resident.of(samples, networks[0].module)
        scores[name] = tuple(network_scores(n.module, n.params, data) for n in networks)
    every = tuple(range(len(networks)))
    tried = TriedInputs("", "unit", scores, len(images), every)
    able = tuple(i for i in every if not near_chance(tried.accuracy(i), dataset.classes))
    tried = replace(tried, asked=able or every)
    best = _lowest(tried.losses)
    if said is not None:
        best = next(name for name, inputs in known.items() if inputs == said)
    return replace(tried, name=best, inputs=known[best])


def near_chance(accuracy: float, classes: int) -> bool:
    """Whether a network that is so often right may as well be guessing."""
    chance = 1 / classes
    return accuracy < min(2 * chance, chance + (1 - chance) / 9)


def _lowest(losses: Mapping[str, float]) -> str:
    """The name of the lowest loss; one that is no number is the highest."""
    return min(losses, key=lambda name: (not math.isfinite(losses[name]), losses[name]))
