"""A data set: images and labels as tensors that live on one device."""

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import UserError

GREATEST_LEVEL = {torch.uint8: 2**8 - 1, torch.int32: 2**16 - 1}
"""Of pixels, by the type that holds them: those of 16 bits stand in 32, with which PyTorch can do
everything."""

MOST_EMPTY_CLASSES = 1000
"""Labels that are far out of the images' number are mistakes; of small sets these many are not."""


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, resident on a device.

    `images`: uint8 (n, channels, height, width), 0 to 255, or int32, 0 to 65535, where they have 16
    bits; `labels`: int64 (n,). Raises `ValueError` when the two do not fit.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self):
        if self.images.dtype not in GREATEST_LEVEL or self.images.ndim != 4:
            raise ValueError(
                "images are uint8 (n, channels, height, width), or int32 of 16 bits, not "
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
    def greatest_level(self) -> int:
        """What a white pixel has: 255, or 65535 of 16 bits."""
        return GREATEST_LEVEL[self.images.dtype]

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


SHARE_HELD_OUT = 10
"""One training image in so many is held out for validation."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named data set; `mean` and `std` a channel, of the training pixels, white being 1.

    Networks are trained on `train`. What is chosen or fitted after that (a temperature, a place on
    a line, a hyper-parameter) is fitted to `validation`, which no network of the benchmark's has
    seen, and `test` is only ever measured. Make one with `dataset(name, train, test)`, which
    computes what can be computed; of one without a `validation` split of its own `hold_out` makes
    one, `held_out` of what came as training images: a user's networks may have seen it. The levels
    of a `symbolic` one are symbols, spread from 0 to white: nothing normalises or augments them.
    """

    name: str
    train: Images
    validation: Images
    test: Images
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    symbolic: bool = False
    held_out: bool = False

    def images(self, split: str) -> Images:
        """The images of one of the splits `train`, `validation` and `test`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[split]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data set on `device`."""
        return replace(
            self,
            train=self.train.to(device),
            validation=self.validation.to(device),
            test=self.test.to(device),
        )


def dataset(
    name: str,
    train: Images,
    test: Images,
    validation: Images | None = None,
    symbolic: bool = False,
) -> Dataset:
    """The data set of its splits: its classes are counted and its statistics computed.

    Raises `UserError` where a split is no `Images`, and `ValueError` when the splits hold images of
    different shapes or depths, or none, and where a label or a pixel cannot be one.
    """
    for words, part in (("train", train), ("test", test), ("validation", validation)):
        if not isinstance(part, Images) and not (part is None and words == "validation"):
            raise UserError(
                f"{words}= is basinbench.Images(images, labels), not {type(part).__name__}"
            )
    if not len(train) or not len(test):
        raise ValueError(f"data set {name!r} has {len(train)} training and {len(test)} test images")
    validation = train.take(torch.arange(0)) if validation is None else validation
    for part, words in ((test, "test"), (validation, "validation")):
        if part.images.shape[1:] != train.images.shape[1:]:
            raise ValueError(
                f"data set {name!r} has training images of shape {tuple(train.images.shape[1:])} "
                f"and {words} images of shape {tuple(part.images.shape[1:])}"
            )
        if part.images.dtype != train.images.dtype:
            raise ValueError(
                f"data set {name!r} has training images of type {train.images.dtype} and {words} "
                f"images of type {part.images.dtype}"
            )
    splits = {"training": train, "validation": validation, "test": test}
    most = max(sum(map(len, splits.values())), MOST_EMPTY_CLASSES)
    for words, part in splits.items():
        _check_range(name, f"{words} label", part.labels, most - 1)
        if part.images.dtype != torch.uint8:
            _check_range(name, f"level in a {words} image", part.images, part.greatest_level)
    every = torch.cat([part.labels.cpu() for part in splits.values()])
    mean, std = _statistics(train.images)
    return Dataset(name, train, validation, test, int(every.max()) + 1, mean, std, symbolic)


def hold_out(whole: Dataset) -> Dataset:
    """`whole` with a tenth of its training images as `validation`, where it has none of its own.

    Which ones depends on the number of images and on nothing else: a random choice whose seed is
    a hash, the same on every machine. Networks of the benchmark's are trained on the others; those
    of a user may have been trained on them all. Raises `ValueError` where there are too few to
    spare one.
    """
    if len(whole.validation):
        return whole
    count = len(whole.train)
    if count < 2:
        raise ValueError(
            f"data set {whole.name!r} has {count} training image, and none to hold out"
        )
    seed = hashlib.sha256(f"basinbench validation {count}".encode()).digest()
    order = torch.randperm(
        count, generator=torch.Generator().manual_seed(int.from_bytes(seed[:8], "big") >> 1)
    )
    held = -(-count // SHARE_HELD_OUT)
    validation, train = (
        whole.train.take(part.sort().values) for part in order.split([held, count - held])
    )
    found = dataset(whole.name, train, whole.test, validation, whole.symbolic)
    return replace(found, classes=whole.classes, held_out=True)


def _check_range(name: str, what: str, values: Tensor, most: int) -> None:
    """`ValueError` with the place of the first of `values` that is not from 0 to `most`."""
    wrong = ((values < 0) | (values > most)).flatten()
    if wrong.any():
        place = int(wrong.int().argmax())
        raise ValueError(
            f"data set {name!r} has the {what} {int(values.flatten()[place])} in image "
            f"{place // max(values[0].numel(), 1) + 1}; it may have 0 to {most}"
        )


def _statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of pixels, white being 1, a channel, exact to float64."""
    greatest = GREATEST_LEVEL[images.dtype]
    values = torch.arange(greatest + 1, dtype=torch.float64) / greatest
    means, stds = [], []
    for channel in images.cpu().unbind(1):
        # A histogram is exact and needs no float copy of the whole data set.
        counts = torch.bincount(channel.flatten(), minlength=greatest + 1)
        share = counts.double() / channel.numel()
        mean = share @ values
        means.append(mean.item())
        stds.append((share @ (values - mean) ** 2).sqrt().item())
    return tuple(means), tuple(stds)
