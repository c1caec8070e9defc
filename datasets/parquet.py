"""Folders of parquet files in the form that Hugging Face's `datasets` writes."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch
from torch import Tensor

from ..errors import require
from .base import Dataset, Images, dataset
from .hashing import digest_of_files

IMAGE_COLUMNS = ("img", "image")
LABELS = ("label", "fine_label", "labels")
PARTS = ("train", "test")


def has_parquet(folder: Path) -> bool:
    """Whether `folder` holds a training file, itself or in a folder below it."""
    return next(folder.glob("**/train*.parquet"), None) is not None


def parquet(folder: Path, cache: Path) -> Dataset:
    """The data set in `folder`, named after it: files `train*.parquet` and `test*.parquet`.

    Columns are `img` or `image`, a struct with the encoded `bytes`, and `label` (or `fine_label`).
    Decoding 60,000 small JPEGs takes seconds, so the pixels are kept under `cache`, named by the
    hash of the files; a damaged cache is made anew, and one that cannot be written is done without.
    Raises `ValueError` when files, columns or images are not as they should be.
    """
    files = {part: _of_part(folder, part) for part in PARTS}
    for part, found in files.items():
        if not found:
            raise ValueError(f"data set {folder} has no file {part}*.parquet.")
    digest = digest_of_files(file for found in files.values() for file in found)
    path = cache / f"{folder.name}-{digest}.safetensors"
    tensors = _cached(path)
    if tensors is None:
        splits = {part: _decoded(found) for part, found in files.items()}
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


def _decoded(files: list[Path]) -> Images:
    """All rows of `files`, decoded."""
    require("run", "pyarrow", "PIL")
    import pyarrow
    import pyarrow.parquet

    images: list[np.ndarray] = []
    labels: list[int] = []
    for file in files:
        try:
            table = pyarrow.parquet.read_table(file)
        except pyarrow.ArrowInvalid as error:
            raise ValueError(f"{file} is no parquet file, or a damaged one.") from error
        image = _known_column(file, table.column_names, IMAGE_COLUMNS)
        label = _known_column(file, table.column_names, LABELS)
        images += [_decode(file, row) for row in table[image].to_pylist()]
        labels += table[label].to_pylist()
    shapes = {image.shape for image in images}
    if len(shapes) != 1:
        raise ValueError(f"{files[0].parent} has images of {len(shapes)} shapes; one is needed.")
    pixels = torch.from_numpy(np.stack(images))
    return Images(pixels.permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))


def _known_column(file: Path, columns: list[str], known: tuple[str, ...]) -> str:
    for name in known:
        if name in columns:
            return name
    raise ValueError(f"{file} has no column {' or '.join(map(repr, known))}, but {columns}.")


def _decode(file: Path, row: object) -> np.ndarray:
    """(height, width, channels) of one encoded image; one channel if it is grey."""
    from PIL import Image, UnidentifiedImageError

    if not isinstance(row, dict) or not isinstance(row.get("bytes"), bytes):
        raise ValueError(f"{file} has an image without `bytes`.")
    try:
        image = Image.open(BytesIO(row["bytes"]))
        grey = image.mode in ("1", "L")
        pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} has an image that cannot be decoded: {error}.") from error
    return pixels[:, :, None] if grey else pixels


def _cached(path: Path) -> dict[str, Tensor] | None:
    """The tensors kept at `path`; `None` when there are none or the file is damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
        wanted = {f"{p}.{k}" for p in ("train", "test") for k in ("images", "labels")}
        return tensors if set(tensors) == wanted else None
    except (OSError, SafetensorError):
        return None


def _keep(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write `tensors` to `path`, whole or not at all; a cache is no reason to fail."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    beside = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, beside)
        beside.replace(path)
    except (OSError, SafetensorError):  # the latter for a full disk, too
        with suppress(OSError):
            beside.unlink()
