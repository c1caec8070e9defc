"""How networks that somebody else has trained want their pixels: as is said, or found out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from ...datasets.base import Dataset
from ...errors import UserError, nearest
from ...methods.base import Network
from ..networks.evaluate import Resident, network_scores
from ..training.inputs import normalised
from ..training.recipes import GIVEN, IMAGENET, Constants

Inputs = Literal["unit", "standard"] | Constants
"""What a recipe's `inputs` may be."""

IMAGES = 1_000
"""Held-out training images on which normalisations are compared."""


@dataclass(frozen=True)
class FoundInputs:
    """The normalisation under which networks do best, and what they do under each.

    `losses` (nats) and `accuracies` (shares) are means over the networks, by the names of
    normalisations; `images` is on how many images.
    """

    name: str
    inputs: Inputs
    losses: Mapping[str, float]
    accuracies: Mapping[str, float]
    images: int

    def __str__(self) -> str:
        others = ", ".join(f"{n} {v:.3g}" for n, v in self.losses.items() if n != self.name)
        return (
            f"images are normalised by {self.name!r}, under which the networks' loss on "
            f"{self.images:,} held-out training images is lowest: {self.losses[self.name]:.3g} "
            f"({others}); --normalise says otherwise"
        )


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


def found_inputs(networks: Sequence[Network], dataset: Dataset) -> FoundInputs:
    """The normalisation under which `networks` have the lowest loss on held-out images.

    No file says how a network's images were normalised, and under another normalisation every
    number would be wrong without a word: so it is measured, on images that choose and never score.
    """
    images = dataset.validation.take(torch.arange(min(IMAGES, len(dataset.validation))))
    known = choices(dataset.shape[0])
    losses, accuracies = {}, {}
    for name, inputs in known.items():
        samples = normalised(dataset, images, replace(GIVEN, inputs=inputs))
        data = Resident.of(samples, networks[0].module)
        scores = [network_scores(network.module, network.params, data) for network in networks]
        losses[name] = sum(score.loss for score in scores) / len(scores)
        accuracies[name] = sum(score.accuracy for score in scores) / len(scores)
    best = min(known, key=lambda name: (not math.isfinite(losses[name]), losses[name]))
    return FoundInputs(best, known[best], losses, accuracies, len(images))
