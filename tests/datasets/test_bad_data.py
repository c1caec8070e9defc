"""Data sets that are not as they should be: one sentence each, with the file and the row."""

import io
import json
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from basinbench.datasets.catalogue import load


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def encoded(size: tuple[int, int] = (8, 8), mode: str = "RGB", form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, form)
    return stream.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that declares so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def png16(channels: int) -> bytes:
    """A PNG of 8 x 8 pixels with 16 bits in each of its channels, which Pillow cannot write."""
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    row = b"\0" + struct.pack(f">{8 * channels}H", *[999] * 8 * channels)

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 8, 8, 16, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 8)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def see_through() -> bytes:
    stream = io.BytesIO()
    Image.new("P", (8, 8)).save(stream, "PNG", transparency=0)
    return stream.getvalue()


def animation() -> bytes:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def write(root: Path, part: str, images: list, labels: object, names: int = 0) -> Path:
    """A parquet file of `part` in the data set `mine`; with `names` classes are stated in it."""
    file = root / "mine" / f"{part}-0.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"bytes": i, "path": None} if isinstance(i, bytes) else i for i in images]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array(rows, kind), "label": labels})
    if names:
        about = {"info": {"features": {"label": {"names": list(map(str, range(names)))}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    pq.write_table(table, file)
    return file


def fault(root: Path, name: str = "mine") -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        load(name, root)
    assert type(caught.value) is ValueError
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


LABELS = {
    "null": ([0, 1, None, 1], "no label in row 3"),
    "null in whole numbers": (pa.array([0, None, 1, 1], pa.int32()), "no label in row 2"),
    "words and a blank": (["cat", "dog", None, "dog"], "no label in row 3"),
    "words and an empty one": (["cat", "dog", " ", "dog"], "no label in row 3"),
    "not a number": ([0.0, 1.0, float("nan"), 1.0], "the label 0.0 in row 1"),
    "fractions": ([0.0, 1.0, 0.5, 1.0], "the label 0.0 in row 1"),
    "halves": ([1.5, 0.5, 1.5, 0.5], "the label 1.5 in row 1; labels are whole numbers"),
    "truth values": ([True, False, True, False], "the label True in row 1"),
    "lists": ([[0], [1], [0], [1]], r"the label [0] in row 1"),
    "negative": ([0, 1, -1, 1], "the label -1 in row 3"),
    "far out": ([0, 1, 2**40, 1], "the label 1099511627776 in row 3"),
    "out of order": ([0, 1, 70, 1], "labels up to 70, but no training image with label 2"),
    "from 1": ([1, 2, 1, 2], "no training image with label 0"),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_that_are_none(case: str, tmp_path: Path):
    labels, words = LABELS[case]
    file = write(tmp_path, "train", [encoded()] * 4, labels)
    write(tmp_path, "test", [encoded()] * 2, [0, 1])
    sentence = fault(tmp_path)
    assert words in sentence
    assert str(file) in sentence or "data set 'mine'" in sentence


def test_a_label_that_only_test_images_have(tmp_path: Path):
    write(tmp_path, "train", [encoded()] * 4, [0, 1, 0, 1])
    write(tmp_path, "test", [encoded()] * 2, [0, 9])
    assert "labels up to 9, but no training image with label 2" in fault(tmp_path)


def test_where_the_file_states_its_classes_labels_are_among_them(tmp_path: Path):
    file = write(tmp_path, "train", [encoded()] * 3, [0, 7, 10], names=10)
    write(tmp_path, "test", [encoded()] * 2, [0, 1], names=10)
    assert f"{file} has the label 10 in row 3; labels are from 0 to 9" in fault(tmp_path)
    write(tmp_path, "train", [encoded()] * 3, [0, 7, 9], names=10)  # a part of a known set
    made = load("mine", tmp_path)
    both = [*made.train.labels.tolist(), *made.validation.labels.tolist()]
    assert sorted(both) == [0, 7, 9]


IMAGES = {
    "no image": (b"no image", "cannot be decoded: it is no image of a known kind"),
    "nothing": (b"", "cannot be decoded"),
    "cut": (encoded((64, 64), form="JPEG")[:400], "cannot be decoded"),
    "a flipped byte": (encoded()[:45] + b"\xff\xff" + encoded()[47:], "cannot be decoded"),
    "a bomb": (bomb(60_000, 60_000), "cannot be decoded: Image size (3600000000 pixels)"),
    "a small bomb": (bomb(12_000, 12_000), "declares 12000 x 12000 pixels; at most 4096 x 4096"),
    "a long one": (bomb(1_000_000, 1), "declares 1000000 x 1 pixels"),
    "16 bits": (encoded(mode="I;16"), "8 x 8 pixels in grey of 16 bits"),
    "16 bits in colour": (png16(3), "has 16 bits a channel in colour"),
    "16 bits with an alpha": (png16(2), "has 16 bits a channel in colour or beside an alpha"),
    "16 bits with colours and an alpha": (png16(4), "has 16 bits a channel in colour"),
    "floats": (encoded(mode="F", form="TIFF"), "has mode 'F'"),
    "transparent": (encoded(mode="RGBA"), "is transparent in places"),
    "a transparent colour of a palette": (see_through(), "is transparent in places"),
    "an animation": (animation(), "has 2 frames, where an image is one"),
    "of another size": (encoded((8, 9)), "8 x 9 pixels in colour"),
    "grey among colours": (encoded(mode="L"), "8 x 8 pixels in grey"),
    "missing": (None, "an image without `bytes` in row 2"),
    "without bytes": (
        {"bytes": None, "path": "elsewhere.png"},
        "an image without `bytes` in row 2",
    ),
}


@pytest.mark.parametrize("case", IMAGES)
def test_images_that_are_none(case: str, tmp_path: Path):
    image, words = IMAGES[case]
    write(tmp_path, "train", [encoded()] * 2, [0, 1])
    file = write(tmp_path, "test", [encoded(), image], [0, 1])
    sentence = fault(tmp_path)
    assert f"{file} has an image" in sentence
    assert "row 2" in sentence
    assert words in sentence


def test_a_bomb_takes_neither_time_nor_memory(tmp_path: Path):
    write(tmp_path, "train", [bomb(12_000, 12_000)] * 50, [0, 1] * 25)
    write(tmp_path, "test", [bomb(12_000, 12_000)] * 2, [0, 1])
    tracemalloc.start()
    start = time.perf_counter()
    fault(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert time.perf_counter() - start < 10


def test_many_images_of_a_size_that_fits_but_not_all_together(tmp_path: Path):
    write(tmp_path, "train", [bomb(4096, 4096)] * 700, [0, 1] * 350)
    write(tmp_path, "test", [bomb(4096, 4096)] * 2, [0, 1])
    assert "700 images of 4096 x 4096 pixels, 33 GiB; at most 32 GiB are read" in fault(tmp_path)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_part_without_rows(part: str, tmp_path: Path):
    for each in ("train", "test"):
        write(tmp_path, each, [encoded()] * 2, [0, 1])
    file = write(tmp_path, part, [], pa.array([], pa.int64()))
    assert f"{file} has no rows" in fault(tmp_path)


def test_a_parquet_file_cut_anywhere(tmp_path: Path):
    file = write(tmp_path, "train", [encoded()] * 20, [0, 1] * 10)
    write(tmp_path, "test", [encoded()] * 2, [0, 1])
    whole = file.read_bytes()
    for end in (0, 4, len(whole) // 2, len(whole) - 8, len(whole) - 1):
        file.write_bytes(whole[:end])
        assert f"{file} is no parquet file, or a damaged one" in fault(tmp_path)
    file.write_bytes(whole[:40] + whole[200:])  # the end is whole, and speaks of what is gone
    assert str(file) in fault(tmp_path)


def test_a_flipped_bit_of_the_decoded_pixels_is_found(tmp_path: Path, home: Path):
    for part in ("train", "test"):
        write(tmp_path, part, [encoded()] * 2, [0, 1])
    before = load("mine", tmp_path)
    (cached,) = (home / "decoded").iterdir()
    whole = bytearray(cached.read_bytes())
    whole[-3] ^= 1
    cached.write_bytes(whole)
    assert torch.equal(load("mine", tmp_path).train.images, before.train.images)
    assert torch.equal(load("mine", tmp_path).test.images, before.test.images)
    assert cached.read_bytes() != bytes(whole)


def write_idx(root: Path, part: str, what: str, values: np.ndarray) -> Path:
    path = root / "MNIST" / "raw" / f"{part}-{what}-ubyte"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(header + values.astype(np.uint8).tobytes())
    return path


@pytest.fixture
def mnist(tmp_path: Path) -> dict[str, Path]:
    """A sound little one, by the ends of its files' names."""
    found = {}
    for part in ("train", "t10k"):
        images, labels = np.zeros((10, 28, 28)), np.arange(10)
        found[f"{part}-images"] = write_idx(tmp_path, part, "images-idx3", images)
        found[f"{part}-labels"] = write_idx(tmp_path, part, "labels-idx1", labels)
    load("mnist", tmp_path)
    return found


def test_idx_files_that_are_not_what_they_are_called(mnist: dict[str, Path], tmp_path: Path):
    file = mnist["train-labels"]
    labels = np.arange(10)
    labels[6] = 200
    write_idx(tmp_path, "train", "labels-idx1", labels)
    assert f"{file} has the label 200 in row 7; labels are from 0 to 9" in fault(tmp_path, "mnist")
    write_idx(tmp_path, "train", "labels-idx1", np.arange(9))
    assert f"10 images and {file} 9 labels" in fault(tmp_path, "mnist")
    write_idx(tmp_path, "train", "labels-idx1", np.zeros((10, 28, 28)))
    assert f"{file} has 3 dimensions, not 1" in fault(tmp_path, "mnist")


def test_idx_files_without_images_cut_or_with_too_great_a_size(
    mnist: dict[str, Path], tmp_path: Path
):
    file = mnist["t10k-images"]
    whole = file.read_bytes()
    for content in (
        b"",
        whole[:3],
        whole[:10],
        whole[:-1],
        whole + b"\0",
        b"\0\0\x08\x03" + b"\xff" * 12,
    ):
        file.write_bytes(content)
        assert f"{file} is damaged" in fault(tmp_path, "mnist")
    write_idx(tmp_path, "t10k", "images-idx3", np.zeros((0, 28, 28)))
    write_idx(tmp_path, "t10k", "labels-idx1", np.zeros(0))
    assert f"{file} has no images" in fault(tmp_path, "mnist")
