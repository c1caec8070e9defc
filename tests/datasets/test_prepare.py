"""CIFAR-10 as JPEG: written, read back, and encoded as the set that the grids speak of."""

from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from basinbench.datasets import prepare as prepare_module
from basinbench.datasets.base import Dataset, Images, dataset
from basinbench.datasets.formats.parquet import parquet
from basinbench.datasets.inventory import inventory, known_datasets
from basinbench.datasets.prepare import CIFAR10_CLASSES, prepare, write_as_jpeg
from basinbench.datasets.root import data_root
from basinbench.errors import UserError

REFERENCE = data_root() / "cifar10-jpeg" / "test-00000-of-00001.parquet"


@pytest.fixture
def pictures() -> Dataset:
    """Smooth pictures in colour: JPEG keeps them nearly."""
    ramp = torch.linspace(0, 200, 32)

    def part(count: int) -> Images:
        labels = torch.arange(count) % 10
        down, across = ramp[:, None].expand(32, 32), ramp.expand(32, 32)
        planes = [torch.stack([(down + across) / 2 + 5 * k, down, across]) for k in labels]
        return Images(torch.stack(planes).to(torch.uint8), labels)

    return dataset("cifar10", part(30), part(20))


def test_what_is_written_is_read_back_in_its_order(pictures: Dataset, tmp_path: Path):
    folder = tmp_path / "cifar10-jpeg"
    write_as_jpeg(pictures, CIFAR10_CLASSES, folder)
    found = parquet(folder, tmp_path / "cache")
    for name in ("train", "test"):
        was, now = getattr(pictures, name), getattr(found, name)
        assert torch.equal(was.labels, now.labels)
        assert (was.images.int() - now.images.int()).abs().float().mean() < 3
    assert not list(tmp_path.glob(".*")), "nothing half-written is left"
    rows = pq.read_table(folder / "train-00000-of-00001.parquet").to_pylist()
    assert [rows[i]["img"]["path"] for i in (0, 1, 10)] == [
        "airplane/0000.jpg",
        "automobile/0000.jpg",
        "airplane/0001.jpg",
    ]


@pytest.mark.skipif(not REFERENCE.exists(), reason="cifar10-jpeg is not in BASINBENCH_DATA")
def test_columns_and_encoding_are_those_of_the_set_that_was_measured(
    pictures: Dataset, tmp_path: Path
):
    write_as_jpeg(pictures, CIFAR10_CLASSES, tmp_path / "own")
    files = (REFERENCE, tmp_path / "own" / REFERENCE.name)
    theirs, ours = (pq.ParquetFile(file) for file in files)
    assert theirs.schema_arrow.equals(ours.schema_arrow)
    encoded: list[object] = []
    for file in (theirs, ours):
        first = next(file.iter_batches(1)).to_pylist()[0]["img"]
        picture = Image.open(BytesIO(first["bytes"]))
        encoded.append((picture.quantization, picture.layer, picture.size, picture.mode))  # type: ignore[attr-defined]
    assert encoded[0] == encoded[1]


def test_what_is_there_or_unknown_is_not_prepared(
    pictures: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(UserError, match="did you mean 'cifar10-jpeg'"):
        prepare("cifar10-jpg", tmp_path)
    monkeypatch.setattr(prepare_module, "cifar", lambda name, root: pictures)  # noqa: ARG005
    folder = prepare("cifar10-jpeg", tmp_path)
    assert {f.name[:5] for f in folder.iterdir()} == {"train", "test-"}
    with pytest.raises(UserError, match="is there already"):
        prepare("cifar10-jpeg", tmp_path)


def test_the_inventory_tells_what_is_there_from_what_is_not(pictures: Dataset, tmp_path: Path):
    before = {one.name: one for one in inventory(tmp_path)}
    assert before["digits"].state == "built in"
    assert before["digits"].digest
    assert before["mnist"].state == "downloadable"
    assert before["cifar10-jpeg"].state == "to be prepared"
    assert before["cifar10-jpeg"].digest is None
    write_as_jpeg(pictures, CIFAR10_CLASSES, tmp_path / "cifar10-jpeg")
    after = {one.name: one for one in inventory(tmp_path)}["cifar10-jpeg"]
    assert after.state == "on disk"
    assert after.digest
    assert after.bytes == sum(f.stat().st_size for f in (tmp_path / "cifar10-jpeg").iterdir())
    assert "cifar10-jpeg" in known_datasets(tmp_path / "nowhere")
