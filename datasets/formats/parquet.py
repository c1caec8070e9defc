"""Folders of parquet files in the form that Hugging Face's `datasets` writes."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
import torch
from torch import Tensor

from ...errors import require
from ..base import Dataset, Images, dataset
from ..hashing import digest_of_files
from .decoding import ImageForm, declared, pixels
from .labels import Words, check_no_gap, numbered, whole_labels

IMAGE_COLUMNS = ("img", "image")
LABELS = ("label", "fine_label", "labels")
PARTS = ("train", "test")
GREATEST_SET = 2**35
"""Bytes of pixels of one part: more would not fit beside its networks."""

CHECKSUM = "sha256"

DECODING = 2
"""Counts the ways in which files became pixels and labels: what an earlier one kept is not read."""

T = TypeVar("T")


def has_parquet(folder: Path) -> bool:
    """Whether `folder` holds a training file, itself or in a folder below it."""
    return next(folder.glob("**/train*.parquet"), None) is not None


def parquet(folder: Path, cache: Path) -> Dataset:
    """The data set in `folder`, named after it: files `train*.parquet` and `test*.parquet`.

    Columns are `img` or `image`, a struct with the encoded `bytes`, and `label` (or `fine_label`):
    whole numbers, or words, which are numbered as `labels.numbered` does over all files. Grey of
    16 bits keeps its levels.
    Decoding 60,000 small JPEGs takes seconds, so the pixels are kept under `cache`, named by the
    hash of the files; a damaged cache is made anew, and one that cannot be written is done without.
    Raises `ValueError`, a sentence with the file and the row, when files, columns, labels or images
    are not as they should be.
    """
    files = {part: _of_part(folder, part) for part in PARTS}
    for part, found in files.items():
        if not found:
            raise ValueError(f"data set {folder} has no file {part}*.parquet.")
    digest = digest_of_files(file for found in files.values() for file in found)
    path = cache / f"{folder.name}-{digest}-{DECODING}.safetensors"
    tensors = _cached(path)
    if tensors is None:
        require("run", "pyarrow", "PIL")
        names = _stated_classes(files["train"][0])
        every = [_column(file, LABELS) for found in files.values() for file in found]
        words = numbered(every, names)
        splits = {part: _decoded(found, words) for part, found in files.items()}
        if names is None:
            check_no_gap(folder.name, splits["train"].labels, splits["test"].labels, words)
        tensors = {
            f"{part}.{kind}": getattr(images, kind)
            for part, images in splits.items()
            for kind in ("images", "labels")
        }
        _keep(path, tensors)
    train, test = (Images(tensors[f"{p}.images"], tensors[f"{p}.labels"]) for p in files)
    return dataset(folder.name, train, test)


def parquet_files(folder: Path) -> list[Path]:
    """The files of the data set in `folder`, those to train first."""
    return [file for part in PARTS for file in _of_part(folder, part)]


def _of_part(folder: Path, part: str) -> list[Path]:
    return sorted(folder.glob(f"**/{part}*.parquet"))


def _decoded(files: list[Path], words: Words) -> Images:
    """All rows of `files`, decoded into one array that is made when its size is known."""
    read = [_read(file, words) for file in files]
    count = sum(len(rows) for rows, _ in read)
    if not count:
        raise ValueError(f"{files[0]} has no rows, nor has another file of that part.")
    form = _form(files, [rows for rows, _ in read])
    kind = np.dtype(np.int32 if form.bits == 16 else np.uint8)
    size = count * prod(form.shape) * kind.itemsize
    if size > GREATEST_SET:
        raise ValueError(
            f"{files[0].parent} has {count} images of {form.width} x {form.height} pixels, "
            f"{size / 2**30:.0f} GiB; at most {GREATEST_SET / 2**30:.0f} GiB are read."
        )
    images = np.empty((count, *form.shape), kind)
    place = 0
    for file, (rows, _) in zip(files, read, strict=True):
        for row, encoded in enumerate(rows, 1):
            images[place] = _of_row(file, row, pixels, encoded)
            place += 1
    labels = torch.cat([labels for _, labels in read])
    return Images(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), labels)


def _read(file: Path, words: Words) -> tuple[list[bytes], Tensor]:
    """The encoded images and the labels in a file."""
    rows, labels = _column(file, IMAGE_COLUMNS), _column(file, LABELS)
    for row, each in enumerate(rows, 1):
        if not isinstance(each, dict) or not isinstance(each.get("bytes"), bytes):
            raise ValueError(f"{file} has an image without `bytes` in row {row}.")
    names = _stated_classes(file)
    classes = None if names is None else len(names)
    return [each["bytes"] for each in rows], whole_labels(file, labels, classes, words)


def _column(file: Path, known: tuple[str, ...]) -> list[Any]:
    """The values in the first of the `known` columns that the file has, row by row."""
    import pyarrow
    import pyarrow.parquet

    try:
        name = _known_column(file, pyarrow.parquet.read_schema(file).names, known)
        return pyarrow.parquet.read_table(file, columns=[name])[name].to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{file} is no parquet file, or a damaged one.") from error


def _stated_classes(file: Path) -> list[str] | None:
    """The classes that Hugging Face's `datasets` has written beside the columns, if it has."""
    import pyarrow
    import pyarrow.parquet

    try:
        schema = pyarrow.parquet.read_schema(file)
        about = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return list(about[_known_column(file, schema.names, LABELS)]["names"]) or None
    except (KeyError, TypeError, ValueError, pyarrow.ArrowException, OSError):
        return None


def _form(files: list[Path], rows: list[list[bytes]]) -> ImageForm:
    """What all images declare; nothing is decoded for it."""
    first: ImageForm | None = None
    for file, encoded in zip(files, rows, strict=True):
        for row, each in enumerate(encoded, 1):
            form = _of_row(file, row, declared, each)
            first = first or form
            if form != first:
                raise ValueError(
                    f"{file} has an image of {form} in row {row}; those before it are of {first}, "
                    "and all images are of one size and depth."
                )
    assert first is not None  # noqa: S101  # there are rows
    return first


def _of_row(file: Path, row: int, read: Callable[[bytes], T], encoded: bytes) -> T:
    """What `read` makes of an image, its errors with the file and the row."""
    try:
        return read(encoded)
    except ValueError as error:
        raise ValueError(f"{file} has an image in row {row} that {error}.") from error


def _known_column(file: Path, columns: list[str], known: tuple[str, ...]) -> str:
    for name in known:
        if name in columns:
            return name
    raise ValueError(f"{file} has no column {' or '.join(map(repr, known))}, but {columns}.")


def _cached(path: Path) -> dict[str, Tensor] | None:
    """The tensors kept at `path`; `None` when there are none or the file is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            checksum = (file.metadata() or {}).get(CHECKSUM)
    except (OSError, SafetensorError):
        return None
    wanted = {f"{p}.{k}" for p in PARTS for k in ("images", "labels")}
    return tensors if set(tensors) == wanted and _checksum(tensors) == checksum else None


def _keep(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write `tensors` to `path`, whole or not at all; a cache is no reason to fail."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    beside = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, beside, {CHECKSUM: _checksum(tensors)})
        beside.replace(path)
    except (OSError, SafetensorError):  # the latter for a full disk, too
        with suppress(OSError):
            beside.unlink()


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """A hash of names and values: safetensors would not notice a flipped bit."""
    whole = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole.update(tensor.numpy().data)
    return whole.hexdigest()
