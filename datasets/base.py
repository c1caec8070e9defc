"""A data set: images and labels as tensors that live on one device."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, resident on a device.

    `images`: uint8 (n, channels, height, width), 0 to 255; `labels`: int64 (n,).
    Raises `ValueError` when the two do not fit.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self):
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise ValueError(
                "images are uint8 (n, channels, height, width), not "
                f"{self.images.dtype} {tuple(self.images.shape)}"
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"{len(self.images)} images need as many int64 labels, not "
                f"{self.labels.dtype} {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def device(self) -> torch.device:
        return self.images.device

    def to(self, device: torch.device | str) -> "Images":
        """The same images on `device`."""
        return Images(self.images.to(device), self.labels.to(device))

    def take(self, index: Tensor) -> "Images":
        """The images at `index` (k,), in that order."""
        index = index.to(self.device)
        return Images(self.images[index], self.labels[index])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named data set; `mean` and `std` a channel, of the training pixels divided by 255.

    Make one with `dataset(name, train, test)`, which computes what can be computed.
    """

    name: str
    train: Images
    test: Images
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data set on `device`."""
        train, test = self.train.to(device), self.test.to(device)
        return Dataset(self.name, train, test, self.classes, self.mean, self.std)


def dataset(name: str, train: Images, test: Images) -> Dataset:
    """The data set of two splits: its classes are counted and its statistics computed.

    Raises `ValueError` when the splits hold images of different shapes, or none.
    """
    if not len(train) or not len(test):
        raise ValueError(f"data set {name!r} has {len(train)} training and {len(test)} test images")
    if train.images.shape[1:] != test.images.shape[1:]:
        raise ValueError(
            f"data set {name!r} has training images of shape {tuple(train.images.shape[1:])} and "
            f"test images of shape {tuple(test.images.shape[1:])}"
        )
    classes = int(max(train.labels.max(), test.labels.max())) + 1
    mean, std = _statistics(train.images)
    return Dataset(name, train, test, classes, mean, std)


def _statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of pixels / 255, a channel, exact to float64."""
    values = torch.arange(256, dtype=torch.float64) / 255
    means, stds = [], []
    for channel in images.cpu().unbind(1):
        # A histogram of 256 bins is exact and needs no float copy of the whole data set.
        share = torch.bincount(channel.flatten(), minlength=256).double() / channel.numel()
        mean = share @ values
        means.append(mean.item())
        stds.append((share @ (values - mean) ** 2).sqrt().item())
    return tuple(means), tuple(stds)
