"""Which data sets lie on the disk, which can be had, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalogue import names
from .digest import digest, files_of
from .embedded import EMBEDDED
from .formats.cifar import CIFAR_SETS
from .formats.idx import FOLDERS
from .plugged import plugged_datasets
from .root import data_root

PREPARED = ("cifar10-jpeg",)
"""Data sets that are made from another one: `basinbench data prepare NAME`."""

State = Literal["on disk", "built in", "plug-in", "downloadable", "to be prepared"]


@dataclass(frozen=True)
class Inventoried:
    """One data set: where it comes from, the digest of its data, and the bytes of its files.

    `digest` is `None` where the data are not there, `bytes` where there are no files.
    """

    name: str
    state: State
    digest: str | None
    bytes: int | None


def known_datasets(root: Path | None = None) -> tuple[str, ...]:
    """Every data set that there is, or that could be had."""
    return tuple(dict.fromkeys((*names(root), *PREPARED)))


def inventory(root: Path | None = None) -> list[Inventoried]:
    """Every known data set, those of `root` (default: `data_root()`) and the others."""
    root = data_root() if root is None else root
    return [_inventoried(name, root) for name in known_datasets(root)]


def how_to_get(name: str, root: Path | None = None) -> str:
    """What to do about a data set that is not there, as a sentence's second half."""
    root = data_root() if root is None else root
    if name in PREPARED:
        return f"`basinbench data prepare {name}` makes it in {root}"
    return f"put it into {root}, or set BASINBENCH_DATA to a folder that has it"


def _inventoried(name: str, root: Path) -> Inventoried:
    found = digest(name, root)
    if name in EMBEDDED:
        return Inventoried(name, "built in", found, None)
    if name in plugged_datasets():
        return Inventoried(name, "plug-in", found, None)
    if found is not None:
        size = sum(file.stat().st_size for file in files_of(name, root))
        return Inventoried(name, "on disk", found, size)
    can_be_had = name in FOLDERS or name in CIFAR_SETS
    return Inventoried(name, "downloadable" if can_be_had else "to be prepared", None, None)
