"""Data sets: what is read is what was written, and what cannot be read is said in a sentence."""

import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from basinbench.datasets.base import SHARE_HELD_OUT, Dataset, Images, dataset, hold_out
from basinbench.datasets.catalogue import data_root, load, names
from basinbench.datasets.formats.cifar import read_batch
from basinbench.datasets.formats.idx import idx

REAL = Path(os.environ.get("BASINBENCH_DATA", "nowhere"))
needs_mnist = pytest.mark.skipif(
    not (REAL / "MNIST").is_dir(), reason="BASINBENCH_DATA has no MNIST"
)


def random_images(count: int, channels: int = 3, size: int = 8, seed: int = 0) -> Images:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, channels, size, size)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return Images(images, torch.arange(count) % 10)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection is refused at once: a proxy on a port where nobody listens."""
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)


# The data set as a value


@given(st.integers(1, 3), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=20)
def test_statistics_are_those_of_the_training_pixels(channels: int, count: int, seed: int):
    train = random_images(count, channels, 4, seed)
    made = dataset("random", train, random_images(3, channels, 4, seed + 1))
    pixels = train.images.double() / 255
    np.testing.assert_allclose(made.mean, pixels.mean((0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(made.std, pixels.std((0, 2, 3), unbiased=False), rtol=1e-12)


def test_classes_and_shape_are_counted():
    made = dataset("random", random_images(20, 3, 5), random_images(4, 3, 5))
    assert (made.classes, made.shape) == (10, (3, 5, 5))


def test_take_keeps_images_with_their_labels():
    images = random_images(10)
    taken = images.take(torch.tensor([7, 2, 2]))
    assert torch.equal(taken.images, images.images[[7, 2, 2]])
    assert taken.labels.tolist() == [7, 2, 2]


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64)),  # float images
        (torch.zeros(2, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)),  # no channel
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2)),  # float labels
    ],
)
def test_images_that_do_not_fit_are_refused(images: torch.Tensor, labels: torch.Tensor):
    with pytest.raises(ValueError, match="images"):
        Images(images, labels)


def test_splits_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"'odd'.*shape"):
        dataset("odd", random_images(4, size=8), random_images(4, size=7))
    with pytest.raises(ValueError, match="0 test images"):
        dataset("odd", random_images(4), random_images(0))


def assert_dealt(made: Dataset, written: Images) -> None:
    """A tenth of what was written is held out; together the parts are what was written."""
    assert len(made.validation) == -(-len(written) // SHARE_HELD_OUT)
    both = [
        torch.cat([part.images.flatten(1), part.labels[:, None]], 1)
        for part in (made.train, made.validation)
    ]
    want = torch.cat([written.images.flatten(1), written.labels[:, None]], 1)
    assert sorted(torch.cat(both).tolist()) == sorted(want.tolist())


def test_what_is_held_out_is_the_same_everywhere_and_trains_nothing():
    train, test = random_images(25), random_images(5, seed=1)
    whole = dataset("whole", train, test)
    one, two = hold_out(whole), hold_out(whole)
    assert_dealt(one, train)
    assert torch.equal(one.validation.images, two.validation.images)
    assert torch.equal(one.test.images, test.images)
    assert hold_out(one) is one, "a validation split of its own is kept"
    # Written down: should torch or the rule change, every network is another one.
    held = [
        i for i in range(25) if any(torch.equal(train.images[i], v) for v in one.validation.images)
    ]
    assert held == [2, 22, 23]
    with pytest.raises(ValueError, match="none to hold out"):
        hold_out(dataset("tiny", random_images(1), test))


# Digits


def test_digits_are_scikit_learns_dealt_once_and_stratified():
    digits = load("digits")
    levels, labels = load_digits(return_X_y=True)
    parts = (digits.train, digits.validation, digits.test)
    own = torch.cat([part.images for part in parts]).flatten(1).double() * 16 / 255
    rows = torch.cat([own.round(), torch.cat([part.labels for part in parts])[:, None]], 1)
    want = np.column_stack([np.asarray(levels), np.asarray(labels)])
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, want.tolist()))
    whole = np.bincount(np.asarray(labels))
    assert digits.test.labels.bincount().tolist() == (whole // 5).tolist()
    assert int(digits.train.images.max()) == 255
    assert (digits.shape, digits.classes) == ((1, 8, 8), 10)


def test_digits_are_the_same_every_time():
    one, two = load("digits"), load("digits")
    assert torch.equal(one.test.images, two.test.images)
    assert torch.equal(one.train.labels, two.train.labels)


# MNIST's files


def write_idx(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(header + values.tobytes())


@pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")]
)
def test_idx_files_are_read_as_written(tmp_path: Path, name: str, folder: str):
    written = {"train": random_images(30, 1, 28), "t10k": random_images(7, 1, 28, seed=1)}
    for part, images in written.items():
        raw = tmp_path / folder / "raw"
        write_idx(raw / f"{part}-images-idx3-ubyte", images.images[:, 0].numpy())
        write_idx(raw / f"{part}-labels-idx1-ubyte", images.labels.numpy().astype(np.uint8))
    made = load(name, tmp_path)
    assert made.name == name
    assert_dealt(made, written["train"])
    assert torch.equal(made.test.labels, written["t10k"].labels)

    damaged = tmp_path / folder / "raw" / "t10k-images-idx3-ubyte"
    for content in (damaged.read_bytes()[:-1], b"", b"\0\0\x08", b"<html>not found</html>"):
        damaged.write_bytes(content)
        with pytest.raises(ValueError, match="t10k-images-idx3-ubyte is damaged"):
            load(name, tmp_path)


@needs_mnist
def test_real_mnist_has_its_published_statistics():
    mnist = load("mnist", REAL)
    counts = (len(mnist.train), len(mnist.validation), len(mnist.test))
    assert (counts, mnist.shape) == ((54_000, 6_000, 10_000), (1, 28, 28))
    whole = idx("mnist", REAL)  # before a tenth is held out
    assert whole.mean == pytest.approx([0.1307], abs=5e-5)
    assert whole.std == pytest.approx([0.3081], abs=5e-5)


# CIFAR's pickles


def python2_pickle(images: Images, key: str, fortran: bool) -> bytes:
    """What Python 2 and numpy wrote in 2009: protocol 2, with byte strings."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    flat = images.images.flatten(1).numpy()
    data = flat.tobytes(order="F" if fortran else "C")
    listed = b"]q\x04(" + b"".join(b"K" + bytes([v]) for v in images.labels.tolist()) + b"e"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85U\x01b\x87Rq\x08"
        + b"(K\x01M" + struct.pack("<H", len(images)) + b"M\x00\x0c\x86"
        + b"cnumpy\ndtype\nq\x09U\x02u1K\x00K\x01\x87Rq\x0a(K\x03U\x01|NNNJ\xff\xff\xff\xff"
        + b"J\xff\xff\xff\xffK\x00tb" + (b"\x88" if fortran else b"\x89")
        + b"T" + struct.pack("<I", len(data)) + data + b"tb"
    )  # fmt: skip
    names = b"]q\x0c(" + b"".join(text(b"a_picture.png") for _ in range(len(images))) + b"e"
    return (
        b"\x80\x02}q\x01(" + text(b"batch_label") + text(b"training batch 1 of 5")
        + text(b"coarse_labels") + b"]q\x02(" + b"K\x13" * len(images) + b"e"
        + text(key.encode()) + listed + text(b"data") + array + text(b"filenames") + names + b"u."
    )  # fmt: skip


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("key", ["labels", "fine_labels"])
def test_cifar_is_read_without_unpickling(tmp_path: Path, key: str, fortran: bool):
    images = random_images(12, 3, 32)
    content = python2_pickle(images, key, fortran)
    path = tmp_path / "data_batch_1"
    path.write_bytes(content)
    read = read_batch(path, key)
    assert torch.equal(read.images, images.images)
    assert torch.equal(read.labels, images.labels)
    with pytest.raises(ValueError, match="data_batch_1 does not hold 'other'"):
        read_batch(path, "other")


def test_a_pickle_that_would_run_code_does_not(tmp_path: Path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    path = tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps({"labels": [1], "data": Trap()}, protocol=2))
    with pytest.raises(ValueError, match="does not hold"):
        read_batch(path, "labels")
    assert not (tmp_path / "sprung").exists()


# The catalogue


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10", "cifar100"])
def test_without_disk_and_network_one_sentence_says_what_to_do(tmp_path: Path, name: str):
    with pytest.raises(FileNotFoundError) as caught:
        load(name, tmp_path / "empty")
    sentence = str(caught.value)
    assert f"{name!r} is not in {tmp_path / 'empty'}" in sentence
    assert "BASINBENCH_DATA" in sentence
    assert "\n" not in sentence


@pytest.mark.usefixtures("no_network")
def test_damaged_cifar_files_are_not_read(tmp_path: Path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for part in ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"):
        (folder / part).write_bytes(python2_pickle(random_images(10, 3, 32), "labels", False))
    (folder / "test_batch").write_bytes(python2_pickle(random_images(10, 3, 32), "labels", False))
    with pytest.raises(FileNotFoundError, match="'cifar10' is not in"):
        load("cifar10", tmp_path)


@pytest.mark.usefixtures("no_network")
def test_a_root_that_cannot_be_written_is_said_in_the_same_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FileNotFoundError, match=r"'mnist' is not in .*BASINBENCH_DATA"):
        load("mnist", tmp_path / "file")


def test_an_unknown_name_gets_the_nearest(tmp_path: Path):
    with pytest.raises(LookupError, match=r"'fashion-mnst'; did you mean 'fashion-mnist'\?"):
        load("fashion-mnst", tmp_path)


def test_the_root_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASINBENCH_DATA", str(tmp_path))
    assert data_root() == tmp_path
    for name in ("mine", "digits"):  # a folder does not take a built-in name
        (tmp_path / name).mkdir()
        (tmp_path / name / "train-0.parquet").touch()
    assert names() == (
        "digits",
        "characters",
        "mnist",
        "fashion-mnist",
        "cifar10",
        "cifar100",
        "mine",
    )
    monkeypatch.delenv("BASINBENCH_DATA")
    assert data_root().parts[-2:] == ("basinbench", "data")
