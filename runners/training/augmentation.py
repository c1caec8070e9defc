"""Random changes to training images, for a whole batch at once and where the batch lives."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import log, radians
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from ...checked_fields import Checked, NonNegativeFloat, NonNegativeInt, PositiveFloat
from ...datasets.base import GREATEST_LEVEL


class Augmentation(Checked, ABC):
    """A random change of a batch of raw images, before normalisation; a value."""

    @abstractmethod
    def apply(self, images: Tensor, generator: Generator) -> Tensor:
        """Changed images of the shape, dtype and device of `images`.

        `generator` lives on the same device and is the only source of randomness.
        """


@dataclass(frozen=True)
class FlipCrop(Augmentation):
    """Mirror every other image, then cut each from its copy with a black border of `pad` pixels.

    The usual augmentation of CIFAR-10 (He et al. 2016, OTFusion). `flip=False` for digits, whose
    mirror images are no digits.
    """

    kind: ClassVar[str] = "flip-crop"

    pad: NonNegativeInt = 4
    flip: bool = True

    def apply(self, images: Tensor, generator: Generator) -> Tensor:
        count, _, height, width = images.shape
        device = images.device
        shift = torch.randint(
            0, 2 * self.pad + 1, (2, count, 1), generator=generator, device=device
        )
        rows = torch.arange(height, device=device) + shift[0]
        columns = torch.arange(width, device=device) + shift[1]
        if self.flip:
            mirrored = torch.rand(count, 1, generator=generator, device=device) < 0.5
            columns = torch.where(mirrored, columns.flip(1), columns)
        padded = F.pad(images, (self.pad,) * 4)
        batch = torch.arange(count, device=device)[:, None, None]
        # One gather; the channels come last when an index stands on either side of a slice.
        cut = padded[batch, :, rows[:, :, None], columns[:, None, :]]
        return cut.permute(0, 3, 1, 2)


@dataclass(frozen=True)
class ZoomFlipRotate(Augmentation):
    """Git Re-Basin's augmentation of CIFAR: zoom and shift, mirror, rotate, in one resampling.

    The zoom is log-uniform in `zoom`, the shift uniform over what the zoom leaves free, the
    mirror image comes every other time, the angle is uniform in +-`degrees`. Bilinear; what lies
    outside is black (paper, appendix A.3.2; the transforms of augmax, whose later versions never
    zoom below 1 unless told to).
    """

    kind: ClassVar[str] = "zoom-flip-rotate"

    zoom: tuple[PositiveFloat, PositiveFloat] = (0.8, 1.2)
    degrees: NonNegativeFloat = 30

    def apply(self, images: Tensor, generator: Generator) -> Tensor:
        count, _, height, width = images.shape

        def uniform(low: float, high: float) -> Tensor:
            share = torch.rand(count, generator=generator, device=images.device)
            return low + (high - low) * share

        zoom = uniform(log(self.zoom[0]), log(self.zoom[1])).exp()
        angle = uniform(-radians(self.degrees), radians(self.degrees))
        mirror = uniform(-1, 1).sign()
        shift_x, shift_y = (uniform(-1, 1) * (1 - 1 / zoom) for _ in range(2))
        # From the place of a pixel to where it is read, in units of half the image: rotate, then
        # mirror, then zoom and shift. The aspect keeps rotations of oblong images rigid.
        sin, cos, aspect = angle.sin(), angle.cos(), width / height
        x = torch.stack([mirror * cos / zoom, -mirror * sin / zoom / aspect, shift_x], 1)
        y = torch.stack([sin * aspect / zoom, cos / zoom, shift_y], 1)
        grid = F.affine_grid(torch.stack([x, y], 1), [count, 1, height, width], align_corners=False)
        read = F.grid_sample(images.float(), grid, "bilinear", "zeros", align_corners=False)
        return read.round().clamp(0, GREATEST_LEVEL[images.dtype]).to(images.dtype)
