"""What files hold is what networks see: levels of 16 bits, grey that is grey, words as classes."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from basinbench.datasets.base import Dataset, Images, dataset
from basinbench.datasets.catalogue import load
from basinbench.datasets.formats.decoding import declared, pixels
from basinbench.datasets.formats.labels import numbered
from basinbench.runners.networks.mlp import MLP
from basinbench.runners.training.augmentation import FlipCrop, ZoomFlipRotate
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe
from basinbench.runners.training.train import train

DEEP = (np.arange(64).reshape(8, 8) * 512).astype(np.uint16)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def written(
    root: Path,
    image: bytes,
    train: list[object],
    test: list[object],
    names: list[str] | None = None,
) -> Dataset:
    """The data set of so many copies of an image, with these labels."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for part, labels in (("train", train), ("test", test)):
        rows = [{"bytes": image, "path": None}] * len(labels)
        table = pa.table({"image": pa.array(rows, kind), "label": labels})
        if names:
            about = {"info": {"features": {"label": {"names": names}}}}
            table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
        (root / "mine").mkdir(exist_ok=True)
        pq.write_table(table, root / "mine" / f"{part}-0.parquet")
    return load("mine", root)


def test_images_of_16_bits_keep_their_levels(tmp_path: Path):
    made = written(tmp_path, encoded(Image.fromarray(DEEP)), [0, 1] * 4, [0, 1])
    again = load("mine", tmp_path)  # from what was kept
    for found in (made, again):
        assert found.train.greatest_level == 65535
        assert np.array_equal(found.train.images[0, 0].numpy(), DEEP)
    scaled = DEEP / 65535
    assert made.mean[0] == pytest.approx(scaled.mean(), rel=1e-12)
    assert made.std[0] == pytest.approx(scaled.std(), rel=1e-12)
    for inputs, expected in (
        ("unit", scaled),
        ("standard", (scaled - scaled.mean()) / scaled.std()),
    ):
        own = replace(recipe("digits-short"), inputs=inputs)
        x = normalised(made, made.train, own)[torch.tensor([0])][0]
        np.testing.assert_allclose(x[0, 0].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_neighbouring_levels_stay_apart(tmp_path: Path):
    near = (30_000 + np.arange(64).reshape(8, 8)).astype(np.uint16)
    made = written(tmp_path, encoded(Image.fromarray(near)), [0, 1] * 4, [0, 1])
    own = normalised(made, made.train, recipe("digits-short"))
    assert own[torch.tensor([0])][0].unique().numel() == 64


@pytest.mark.parametrize("how", [FlipCrop(), ZoomFlipRotate()])
def test_augmentations_keep_the_depth(how: FlipCrop | ZoomFlipRotate):
    raw = torch.full((20, 1, 9, 9), 60_000, dtype=torch.int32)
    changed = how.apply(raw, torch.Generator().manual_seed(0))
    assert changed.dtype == torch.int32
    assert int(changed.max()) == 60_000
    small = how.apply((raw // 257).to(torch.uint8), torch.Generator().manual_seed(0))
    assert (changed.float() / 257 - small.float()).abs().max() < 1.5


def test_a_network_is_trained_on_16_bits(tmp_path: Path):
    made = written(tmp_path, encoded(Image.fromarray(DEEP)), [0, 1] * 20, [0, 1])
    own = replace(recipe("digits-short"), epochs=1)
    module = MLP((4,)).build(made.shape, made.classes)
    trained = train(module, normalised(made, made.train, own), own, seed=0)
    assert all(value.isfinite().all() for value in trained.values())


GREY = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (encoded(Image.fromarray(GREY)), GREY),
        (encoded(Image.merge("LA", [Image.fromarray(GREY), Image.new("L", (8, 8), 255)])), GREY),
        (encoded(Image.fromarray(GREY > 90)), (GREY > 90) * 255),
        (encoded(Image.fromarray(DEEP)), DEEP),
        (encoded(Image.fromarray(DEEP), "TIFF"), DEEP),
        (encoded(Image.fromarray(DEEP.astype(np.int32)), "TIFF"), DEEP),
        (encoded(Image.fromarray(DEEP.astype(">u2")), "TIFF"), DEEP),
    ],
)
def test_grey_is_one_channel_of_the_levels_that_were_written(image: bytes, expected: np.ndarray):
    assert declared(image).channels == 1
    assert np.array_equal(pixels(image)[:, :, 0], expected)


@pytest.mark.parametrize("mode", ["RGBA", "PA", "P", "CMYK"])
def test_colour_without_anything_behind_it_is_colour(mode: str):
    rgb = np.stack([GREY, GREY.T, 255 - GREY], 2)
    colours = Image.fromarray(rgb)
    form = "TIFF" if mode in ("CMYK", "PA") else "PNG"
    found = pixels(encoded(colours.convert("RGBA" if mode == "PA" else mode), form))
    assert found.shape == (8, 8, 3)
    near = 60 if mode == "P" else 1  # of a palette of 216 colours
    assert np.abs(found.astype(int) - rgb).max() <= near


def test_levels_beyond_16_bits_are_no_levels():
    deeper = Image.fromarray(DEEP.astype(np.int32) + 60_000)
    with pytest.raises(ValueError, match="has levels from 60000 to 92256; 0 to 65535 are read"):
        pixels(encoded(deeper, "TIFF"))


def test_words_are_numbered_alike_in_all_splits(tmp_path: Path):
    image = encoded(Image.fromarray(GREY))
    made = written(tmp_path, image, ["dog", "cat", "cow"] * 4, ["dog", "cow", "cat"])
    assert made.classes == 3
    assert made.test.labels.tolist() == [2, 1, 0]
    both = [*made.train.labels.tolist(), *made.validation.labels.tolist()]
    assert sorted(both) == sorted([2, 0, 1] * 4)
    stated = written(tmp_path, image, ["dog", "cat"] * 4, ["cat"], names=["dog", "emu", "cat"])
    assert stated.test.labels.tolist() == [2]
    assert set(stated.train.labels.tolist()) <= {0, 2}


def test_words_in_a_dictionary_are_words(tmp_path: Path):
    words = pa.array(["b", "a", "b", "a"]).dictionary_encode()
    made = written(tmp_path, encoded(Image.fromarray(GREY)), words, ["b", "a"])
    assert made.test.labels.tolist() == [1, 0]


def test_words_that_are_numbers_keep_the_order_of_numbers():
    assert numbered([["10", "9", "2"], ["2"]]) == {"2": 0, "9": 1, "10": 2}
    assert numbered([["10", "9", "x"]]) == {"10": 0, "9": 1, "x": 2}
    assert numbered([[3, 1], [2]]) == {}


def test_a_word_that_is_no_class_is_named(tmp_path: Path):
    image = encoded(Image.fromarray(GREY))
    with pytest.raises(ValueError, match=r"no training image with the label 'emu', which test"):
        written(tmp_path, image, ["dog", "cat"] * 2, ["dog", "emu"])
    with pytest.raises(ValueError, match=r"label 'dgo' in row 2; did you mean 'dog'\? Known"):
        written(tmp_path, image, ["dog", "cat"] * 2, ["dog", "dgo"], names=["cat", "dog"])
    with pytest.raises(ValueError, match=r"test-0\.parquet has the label 1 in row 1; others are"):
        written(tmp_path, image, ["dog", "cat"] * 2, [1, 0])


FEW = Images(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1, 0]))


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (
            FEW,
            replace(FEW, labels=torch.tensor([0, 1, -1])),
            "the test label -1 in image 3; it may have 0 to 999",
        ),
        (
            replace(FEW, labels=torch.tensor([0, 2**40, 1])),
            FEW,
            "the training label 1099511627776 in image 2",
        ),
        (FEW, replace(FEW, images=FEW.images.int()), "training images of type torch.uint8 and"),
        (
            replace(FEW, images=FEW.images.int() + 70_000),
            replace(FEW, images=FEW.images.int()),
            "the level in a training image 70000 in image 1; it may have 0 to 65535",
        ),
    ],
)
def test_a_data_set_of_ones_own_is_checked_before_anything_is_trained(
    train: Images, test: Images, words: str
):
    with pytest.raises(ValueError, match=r"^data set 'own' has") as refused:
        dataset("own", train, test)
    assert words in str(refused.value)
