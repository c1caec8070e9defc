"""Parquet folders: pixels are read as written, kept once decoded, and faults are named."""

import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from basinbench.datasets.base import Dataset, Images, dataset, hold_out
from basinbench.datasets.catalogue import load, names
from basinbench.datasets.formats.parquet import _decoded

REAL = Path(os.environ.get("BASINBENCH_DATA", "nowhere"))
needs_cifar10_jpeg = pytest.mark.skipif(
    not (REAL / "cifar10-jpeg").is_dir(), reason="BASINBENCH_DATA has no cifar10-jpeg"
)


def random_images(count: int, channels: int = 3, size: int = 8, seed: int = 0) -> Images:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, channels, size, size)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return Images(images, torch.arange(count) % 10)


def encoded(image: torch.Tensor) -> dict[str, object]:
    pixels = image.permute(1, 2, 0).numpy()
    stream = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(stream, "PNG")
    return {"bytes": stream.getvalue(), "path": None}


def write_parquet(file: Path, images: Images, image: str = "img", label: str = "label") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [encoded(i) for i in images.images]
    pq.write_table(pa.table({image: rows, label: images.labels.tolist()}), file)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def same(a: Dataset, train: Images, test: Images) -> bool:
    whole = hold_out(dataset("mine", train, test))
    pairs = ((a.train, whole.train), (a.validation, whole.validation), (a.test, test))
    return all(
        torch.equal(x.images, y.images) and torch.equal(x.labels, y.labels) for x, y in pairs
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("image", "label"), [("img", "label"), ("image", "fine_label")])
def test_parquet_folders_are_read_as_written(
    tmp_path: Path, home: Path, channels: int, image: str, label: str
):
    train, test = random_images(20, channels), random_images(5, channels, seed=1)
    for i, part in enumerate((train.take(torch.arange(13)), train.take(torch.arange(13, 20)))):
        file = tmp_path / "root" / "mine" / "data" / f"train-0000{i}-of-00002.parquet"
        write_parquet(file, part, image, label)
    write_parquet(tmp_path / "root/mine/data/test-00000-of-00001.parquet", test, image, label)
    assert "mine" in names(tmp_path / "root")
    made = load("mine", tmp_path / "root")
    assert made.name == "mine"
    assert same(made, train, test)
    assert len(list((home / "decoded").iterdir())) == 1  # decoded once ...
    assert same(load("mine", tmp_path / "root"), train, test)  # ... and read back


def test_a_damaged_cache_is_made_anew_and_changed_files_are_seen(tmp_path: Path, home: Path):
    train, test = random_images(20), random_images(5, seed=1)
    write_parquet(tmp_path / "mine/train-0.parquet", train)
    write_parquet(tmp_path / "mine/test-0.parquet", test)
    load("mine", tmp_path)
    (cached,) = (home / "decoded").iterdir()
    whole = cached.read_bytes()
    for damaged in (whole[:-1], whole[:20], b""):
        cached.write_bytes(damaged)
        assert same(load("mine", tmp_path), train, test)
        assert cached.read_bytes() == whole
    other = random_images(20, seed=2)
    write_parquet(tmp_path / "mine/train-0.parquet", other)
    assert same(load("mine", tmp_path), other, test)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, home: Path):
    train, test = random_images(20), random_images(5, seed=1)
    write_parquet(tmp_path / "mine/train-0.parquet", train)
    write_parquet(tmp_path / "mine/test-0.parquet", test)
    home.write_text("a file where the folder should be")
    assert same(load("mine", tmp_path), train, test)


def test_bad_parquet_folders_are_named_in_a_sentence(tmp_path: Path, home: Path):
    assert not home.exists()
    folder, images = tmp_path / "mine", random_images(4)
    write_parquet(folder / "train-0.parquet", images)
    with pytest.raises(ValueError, match=r"mine has no file test\*\.parquet"):
        load("mine", tmp_path)
    write_parquet(folder / "test-0.parquet", images, label="target")
    with pytest.raises(ValueError, match=r"test-0\.parquet has no column 'label'"):
        load("mine", tmp_path)
    write_parquet(folder / "test-0.parquet", random_images(4, size=9))
    with pytest.raises(ValueError, match="shape"):
        load("mine", tmp_path)
    (folder / "test-0.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"test-0\.parquet is no parquet file"):
        load("mine", tmp_path)
    broken = pa.table({"img": [{"bytes": b"no image", "path": None}], "label": [0]})
    pq.write_table(broken, folder / "test-0.parquet")
    with pytest.raises(ValueError, match="cannot be decoded"):
        load("mine", tmp_path)


def test_images_of_several_sizes_are_refused(tmp_path: Path, home: Path):
    assert not home.exists()
    write_parquet(tmp_path / "mine/train-0.parquet", random_images(4))
    write_parquet(tmp_path / "mine/train-1.parquet", random_images(4, size=9))
    write_parquet(tmp_path / "mine/test-0.parquet", random_images(4))
    with pytest.raises(
        ValueError, match=r"train-1\.parquet has an image of 9 x 9 pixels in colour in row 1"
    ):
        load("mine", tmp_path)


@pytest.mark.slow
@needs_cifar10_jpeg
def test_real_jpegs_are_decoded():
    read = _decoded([REAL / "cifar10-jpeg" / "test-00000-of-00001.parquet"], {})
    assert read.images.shape == (10_000, 3, 32, 32)
    assert read.labels.bincount().tolist() == [1000] * 10
    # Near CIFAR-10's published channel means, red first: the channels are not swapped.
    means = (read.images.double() / 255).mean((0, 2, 3)).tolist()
    assert means == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.01)
