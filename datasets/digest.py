"""What a data set's name stands for: a hash of the images and labels that lie under it."""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from .base import SHARE_HELD_OUT
from .embedded import EMBEDDED
from .formats.cifar import CIFAR_SETS, cifar_files
from .formats.idx import FOLDERS, idx_files
from .formats.parquet import parquet_files
from .hashing import digest_of_files
from .plugged import digest_of_source, plugged_datasets
from .root import data_root


def digest(name: str, root: Path | None = None) -> str | None:
    """16 hex digits of the data under `name` in `root`; `None` where it does not lie there.

    Nothing is downloaded or decoded: files count by their names and contents, in the order in
    which they are read, embedded ones and those of plug-ins by their pixels and labels. So
    a toy under the name of a known set is another set, and no file time can be wrong about it.
    """
    whole = _of_all_images(name, root)
    # What a name stands for is the split as well: trained on other images, another network.
    return whole and hashlib.sha256(f"{whole} 1/{SHARE_HELD_OUT}".encode()).hexdigest()[:16]


def _of_all_images(name: str, root: Path | None) -> str | None:
    if name in EMBEDDED:
        return _embedded_digest(name)
    if source := plugged_datasets().get(name):
        return digest_of_source(source, name)
    found = files_of(name, data_root() if root is None else root)
    if not found or not all(file.is_file() for file in found):
        return None
    # The sizes and times only spare the hashing of files that this process has hashed already.
    states = ((file, stat.st_size, stat.st_mtime_ns) for file in found for stat in [file.stat()])
    return _hashed(tuple(states))


def files_of(name: str, root: Path) -> list[Path]:
    """The files of the data set `name`, should it lie in `root`, in the order of reading."""
    if name in FOLDERS:
        return idx_files(name, root)
    if name in CIFAR_SETS:
        return cifar_files(name, root)
    return parquet_files(root / name)


@lru_cache(maxsize=64)
def _hashed(states: tuple[tuple[Path, int, int], ...]) -> str:
    return digest_of_files(file for file, _, _ in states)


@cache
def _embedded_digest(name: str) -> str | None:
    try:
        found = EMBEDDED[name]()
    except ImportError:
        return None
    whole = hashlib.sha256()
    for part in (found.train, found.test, found.validation):
        whole.update(part.images.numpy().tobytes())
        whole.update(part.labels.numpy().tobytes())
    return whole.hexdigest()[:16]
