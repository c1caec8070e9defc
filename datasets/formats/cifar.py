"""CIFAR-10 and CIFAR-100, in the files and folders that torchvision makes of them."""

import pickletools
from pathlib import Path

import numpy as np
import torch

from ...errors import require
from ..base import Dataset, Images, dataset
from .download import fetch

CIFAR_SETS = {"cifar10": ("CIFAR10", "labels"), "cifar100": ("CIFAR100", "fine_labels")}
"""Name of the data set -> torchvision's class, and what its files call the labels."""

FILES = {
    "cifar10": (
        "cifar-10-batches-py",
        (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"),
    ),
    "cifar100": ("cifar-100-python", ("train", "test")),
}
"""Its folder under the root, and its files there, as torchvision has them; the last is the test."""


def cifar(name: str, root: Path) -> Dataset:
    """CIFAR-10 or CIFAR-100 under `root`, downloaded if it is not there, or not sound.

    The files must have the checksums that torchvision knows. They are pickles; torchvision's own
    class unpickles them, which could run code, while here they are parsed and nothing is executed.
    Raises `FileNotFoundError` when the data set can be neither found nor downloaded.
    """
    require("run", "torchvision")
    from torchvision.datasets import CIFAR10, CIFAR100  # two seconds: only where it is used
    from torchvision.datasets.utils import check_integrity, download_and_extract_archive

    form = {"cifar10": CIFAR10, "cifar100": CIFAR100}[name]
    folder = root / form.base_folder
    listed = [(folder / file, md5) for file, md5 in (*form.train_list, *form.test_list)]

    def download() -> None:
        download_and_extract_archive(form.url, str(root), filename=form.filename, md5=form.tgz_md5)
        for file, md5 in listed:
            if not check_integrity(file, md5):
                raise ValueError(f"{file} has a wrong checksum")

    if not all(check_integrity(file, md5) for file, md5 in listed):
        fetch(name, root, download)
    key = CIFAR_SETS[name][1]
    train, test = form.train_list, form.test_list
    return dataset(
        name,
        _concatenated([read_batch(folder / file, key) for file, _ in train]),
        _concatenated([read_batch(folder / file, key) for file, _ in test]),
    )


def cifar_files(name: str, root: Path) -> list[Path]:
    """The files of CIFAR-10 or CIFAR-100, those to train first."""
    folder, files = FILES[name]
    return [root / folder / file for file in files]


def read_batch(path: Path, key: str) -> Images:
    """The 32 x 32 colour images in one of CIFAR's pickles, without unpickling it.

    The file is a dictionary with a list of small integers under `key` and one numpy array of
    bytes, (n, 3072), far longer than any other string in it. Raises `ValueError` when it is not.
    """
    labels: list[int] = []
    pixels, fortran = "", False
    listing = before = False
    with path.open("rb") as file:
        for opcode, value, _ in pickletools.genops(file):
            if isinstance(value, str) and opcode.name.endswith(("STRING", "UNICODE")):
                listing = value == key
                if len(value) > len(pixels):
                    pixels, fortran = value, before
            elif isinstance(value, int) and listing and opcode.name.startswith("BININT"):
                labels.append(value)
            before = opcode.name == "NEWTRUE"  # numpy's order flag stands before its bytes
    if not labels or len(pixels) != 3072 * len(labels):
        raise ValueError(f"{path} does not hold {key!r} and as many images of 3 x 32 x 32.")
    flat = np.frombuffer(pixels.encode("latin-1"), np.uint8)
    rows = flat.reshape((len(labels), 3072), order="F" if fortran else "C")
    images = torch.from_numpy(rows.reshape(-1, 3, 32, 32).copy())
    return Images(images, torch.tensor(labels))


def _concatenated(parts: list[Images]) -> Images:
    return Images(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
