"""MNIST and Fashion-MNIST, in the files and folders that torchvision makes of them."""

from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...errors import require
from ..base import Dataset, Images, dataset
from .download import fetch
from .labels import whole_labels

FOLDERS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
"""Name of the data set -> torchvision's class, and its folder under the root."""

CLASSES = 10
"""Both have as many; a label beyond them would make classes that nothing trains."""


def idx(name: str, root: Path) -> Dataset:
    """MNIST or Fashion-MNIST under `root`, downloaded if it is not there.

    Raises `FileNotFoundError` when it can be neither found nor downloaded, `ValueError` when a
    file is damaged.
    """
    files = idx_files(name, root)
    if not all(file.exists() for file in files):
        fetch(name, root, lambda: _download(name, root))
    return dataset(name, _read_images(*files[:2]), _read_images(*files[2:]))


def idx_files(name: str, root: Path) -> list[Path]:
    """The files of MNIST or Fashion-MNIST: images and labels to train, then to test."""
    raw = root / FOLDERS[name] / "raw"
    return [
        raw / f"{part}-{what}-ubyte"
        for part in ("train", "t10k")
        for what in ("images-idx3", "labels-idx1")
    ]


def read_idx(path: Path) -> Tensor:
    """The uint8 tensor in an IDX file: two zero bytes, type 8, dimensions, sizes, values.

    Raises `ValueError` when that is not what the file holds.
    """
    data = path.read_bytes()
    dimensions = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    start = 4 + 4 * dimensions
    sizes = np.frombuffer(data[4:start], ">u4").tolist() if len(data) >= start else []
    if not sizes or len(data) != start + prod(sizes):
        raise ValueError(f"{path} is damaged: it is no IDX file of bytes, or not a whole one.")
    if len(data) == start:
        return torch.zeros(sizes, dtype=torch.uint8)  # `frombuffer` knows no empty tensor
    return torch.frombuffer(bytearray(data), dtype=torch.uint8, offset=start).view(sizes)


def _read_images(images: Path, labels: Path) -> Images:
    pixels, numbers = read_idx(images), read_idx(labels)
    for path, values, dimensions in ((images, pixels, 3), (labels, numbers, 1)):
        if values.ndim != dimensions:
            raise ValueError(f"{path} has {values.ndim} dimensions, not {dimensions}.")
    if len(pixels) != len(numbers):
        raise ValueError(f"{images} has {len(pixels)} images and {labels} {len(numbers)} labels.")
    if not pixels.numel():
        raise ValueError(f"{images} has no images.")
    return Images(pixels[:, None], whole_labels(labels, numbers.tolist(), CLASSES))


def _download(name: str, root: Path) -> None:
    require("run", "torchvision")
    # Two seconds to import, and with a CPU-only torch it may not load at all: only when needed.
    import torchvision.datasets

    getattr(torchvision.datasets, FOLDERS[name])(root, download=True)
