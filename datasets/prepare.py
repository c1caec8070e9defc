"""Data sets that are made from another one: CIFAR-10 with its images as JPEG."""

import json
import shutil
from collections import Counter
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from ..errors import UserError, nearest, require
from .base import Dataset, Images
from .formats.cifar import cifar
from .inventory import PREPARED

QUALITY = 75
"""Of the JPEG files, on libjpeg's scale, with chroma at half the resolution: Pillow's defaults."""

ROWS_PER_GROUP = 5000

CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)


def prepare(name: str, root: Path) -> Path:
    """Make the data set `name` under `root` from what it is made of, and return its folder.

    `cifar10-jpeg` has CIFAR-10's images in CIFAR-10's order (the five training batches one after
    the other, then the test batch), each encoded as JPEG of quality 75 by Pillow, in parquet files
    with the columns `img` (`bytes`, `path`) and `label`. CIFAR-10 is downloaded where it is not in
    `root`. The digest of a data set is that of its files' bytes: it agrees where the versions of
    libjpeg and pyarrow write the same, and not with a copy whose rows stand in another order.
    Raises `UserError` for an unknown name and where the folder is there already, and
    `FileNotFoundError` where CIFAR-10 cannot be had.
    """
    if name not in PREPARED:
        raise nearest("data set to prepare", name, PREPARED)
    folder = root / name
    if folder.exists():
        raise UserError(f"{folder} is there already; move it away to make it anew")
    require("run", "pyarrow", "PIL")
    write_as_jpeg(cifar("cifar10", root), CIFAR10_CLASSES, folder)
    return folder


def write_as_jpeg(dataset: Dataset, classes: tuple[str, ...], folder: Path) -> None:
    """Write colour images as JPEG into parquet files in `folder`, whole or not at all."""
    beside = folder.with_name(f".{folder.name}.{uuid4().hex}.tmp")
    beside.mkdir(parents=True)
    try:
        for part, images in (("train", dataset.train), ("test", dataset.test)):
            _write(images, classes, beside / f"{part}-00000-of-00001.parquet")
        beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(images: Images, classes: tuple[str, ...], file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    labels = images.labels.tolist()
    seen: Counter[int] = Counter()
    rows: list[dict[str, object]] = []
    for pixels, label in zip(images.images, labels, strict=True):
        path = f"{classes[label]}/{seen[label]:04d}.jpg"
        seen[label] += 1
        rows.append({"bytes": _jpeg(pixels.permute(1, 2, 0).numpy()), "path": path})
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    named = {"_type": "ClassLabel", "names": list(classes)}
    features = {"img": {"_type": "Image"}, "label": named}
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    schema = pa.schema([("img", image), ("label", pa.int64())], metadata=about)
    table = pa.table([pa.array(rows, image), pa.array(labels, pa.int64())], schema=schema)
    pq.write_table(table, file, row_group_size=ROWS_PER_GROUP)


def _jpeg(pixels: object) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=QUALITY)  # type: ignore[arg-type]
    return stream.getvalue()
