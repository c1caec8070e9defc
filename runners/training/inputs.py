"""Images ready for a network: normalised as a recipe says, resident on the device."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ...datasets.base import Dataset, Images
from .recipes import Constants, Recipe

RESIDENT_BYTES = 2**30
"""Up to this size the normalised images are kept, as float32; beyond it each batch is made anew."""


@dataclass(frozen=True, eq=False)
class Normalised:
    """Images with a normalisation, `(pixel / white - mean) / std` a channel: `base.Samples`.

    `images` are raw. Make one with `normalised`.
    """

    images: Images
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self):
        channels = self.images.images.shape[1]
        if len(self.mean) != channels or len(self.std) != channels:
            raise ValueError(
                f"a normalisation of {len(self.mean)} channels does not fit images of {channels}"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def device(self) -> torch.device:
        return self.images.device

    @property
    def labels(self) -> Tensor:
        """int64 (n,)."""
        return self.images.labels

    def __getitem__(self, index: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Images float32 (k, channels, height, width), normalised, and labels (k,)."""
        if isinstance(index, Tensor):
            index = index.to(self.device)
        if 4 * self.images.images.numel() <= RESIDENT_BYTES:
            return self._resident[index], self.labels[index]
        return self.normalise(self.images.images[index]), self.labels[index]

    def normalise(self, raw: Tensor) -> Tensor:
        """Raw images (k, channels, height, width) as the network wants them, float32."""
        scale, shift = self._affine
        return torch.addcmul(shift, raw.float(), scale)

    def take(self, index: Tensor) -> "Normalised":
        """The images at `index` (k,), in that order, with the same normalisation."""
        return Normalised(self.images.take(index), self.mean, self.std)

    def to(self, device: torch.device | str) -> "Normalised":
        """The same images on `device`."""
        return Normalised(self.images.to(device), self.mean, self.std)

    def held(self) -> tuple[Tensor, ...]:
        """All in which images lie in memory: pixels, how they are normalised, the normalised.

        The last are made if they are not there yet: what is held is the same before and after the
        first who reads an image.
        """
        return (self.images.images, *self._affine, self._resident)

    @cached_property
    def _resident(self) -> Tensor:
        return self.normalise(self.images.images)

    @cached_property
    def _affine(self) -> tuple[Tensor, Tensor]:
        """Scale and shift of raw pixels, (channels, 1, 1) each."""
        mean, std = (torch.tensor(v, dtype=torch.float64) for v in (self.mean, self.std))
        scale, shift = 1 / (self.images.greatest_level * std), -mean / std
        return tuple(  # type: ignore[return-value]
            v.to(self.device, torch.float32).view(-1, 1, 1) for v in (scale, shift)
        )


def normalised(dataset: Dataset, images: Images, recipe: Recipe) -> Normalised:
    """`images`, a split of `dataset` or a part of one, as `recipe` wants its inputs.

    Statistics are those of the whole training split, whatever part `images` is. Raises
    `ValueError` when the recipe's constants have another number of channels, and where it would
    change what is a symbol.
    """
    if dataset.symbolic and (recipe.inputs != "unit" or recipe.augmentation is not None):
        raise ValueError("its levels are symbols: a recipe for it has inputs=unit, no augmentation")
    channels = dataset.shape[0]
    if isinstance(recipe.inputs, Constants):
        mean, std = recipe.inputs.mean, recipe.inputs.std
    elif recipe.inputs == "standard":
        mean, std = dataset.mean, dataset.std
    elif recipe.inputs == "unit":
        mean, std = (0.0,) * channels, (1.0,) * channels
    else:
        raise ValueError(f"unknown inputs {recipe.inputs!r}; known: unit, standard, Constants")
    # A channel that never changes has no deviation to divide by.
    return Normalised(images, mean, tuple(value or 1.0 for value in std))
