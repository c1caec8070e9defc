"""Endpoints: named by what they are, trained once, never half-written, never silently damaged."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from basinbench.datasets.base import Dataset
from basinbench.datasets.catalogue import load
from basinbench.datasets.digest import digest
from basinbench.datasets.splits import Biased, DisjointClasses, Independent, Shared
from basinbench.errors import UserError
from basinbench.methods.symmetry.axes import Params
from basinbench.runners.keys import KEY_VERSION, description, key
from basinbench.runners.networks import MLP
from basinbench.runners.training import checkpoints
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore
from basinbench.runners.training.optimisers import Adam
from basinbench.runners.training.recipes import Recipe, recipe
from basinbench.runners.training.schedules import Constant, OneCycle

BRIEF = Recipe("brief", Adam(1e-2), Constant(), epochs=1, batch=100, inputs="unit")
ENDPOINT = Endpoint(MLP((8,)), "digits", BRIEF, seed=0)

# Keys


def test_a_key_says_what_differs_from_the_defaults_and_which_data_it_is():
    assert json.loads(description(ENDPOINT)) == {
        "key_version": KEY_VERSION,
        "value": {
            "kind": "endpoint",
            "network": {"kind": "mlp", "widths": [8]},
            "dataset": "digits",
            "recipe": {
                "kind": "recipe",
                "name": "brief",
                "optimiser": {"kind": "adam", "lr": 0.01},
                "schedule": {"kind": "constant"},
                "epochs": 1,
                "batch": 100,
                "inputs": "unit",
            },
            "seed": 0,
            "data": digest("digits"),
        },
    }


def test_whatever_defines_an_endpoint_changes_its_key():
    variants = [
        ENDPOINT,
        replace(ENDPOINT, network=MLP((8, 8))),
        replace(ENDPOINT, network=MLP((8,), norm="layer")),
        replace(ENDPOINT, dataset="mnist"),
        replace(ENDPOINT, seed=1),
        replace(ENDPOINT, split=Independent()),
        replace(ENDPOINT, split=Independent(1)),
        replace(ENDPOINT, split=Biased(1)),
        replace(ENDPOINT, part=1),
        replace(ENDPOINT, parts=3),
        replace(ENDPOINT, recipe=replace(BRIEF, epochs=2)),
        replace(ENDPOINT, recipe=replace(BRIEF, schedule=OneCycle())),
        replace(ENDPOINT, recipe=replace(BRIEF, schedule=OneCycle(0.2))),
        replace(ENDPOINT, recipe=replace(BRIEF, optimiser=Adam(2e-2))),
        replace(ENDPOINT, recipe=replace(BRIEF, init="flax")),
    ]
    assert len({key(variant) for variant in variants}) == len(variants)


# Samples of an endpoint


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits")


def test_parts_see_what_the_split_deals(digits: Dataset):
    one, two = (
        replace(ENDPOINT, split=DisjointClasses(), part=part).samples(digits) for part in (0, 1)
    )
    assert sorted(set(one.labels.tolist())) == [0, 1, 2, 3, 4]
    assert sorted(set(two.labels.tolist())) == [5, 6, 7, 8, 9]
    assert len(one) + len(two) == len(digits.train)
    assert len(replace(ENDPOINT, split=Shared(), part=1).samples(digits)) == len(digits.train)


def test_a_data_set_that_does_not_suit_is_said_in_a_sentence(digits: Dataset):
    with pytest.raises(UserError, match=r"digits does not suit.*two parts, not 3"):
        replace(ENDPOINT, split=Biased(), parts=3).samples(digits)
    with pytest.raises(UserError, match=r"digits does not suit 'git-rebasin-vgg16'.*3 channels"):
        replace(ENDPOINT, recipe=recipe("git-rebasin-vgg16")).samples(digits)


# The store


@dataclass
class Shelf:
    """A store with a counter of the epochs trained."""

    store: EndpointStore
    dataset: Dataset
    epochs: int = 0

    def get(self, endpoint: Endpoint = ENDPOINT) -> Params:
        module = endpoint.network.build(self.dataset.shape, self.dataset.classes)
        samples = endpoint.samples(self.dataset)
        return self.store.get(endpoint, module, samples, "cpu", self._count)

    def _count(self, epoch: int, epochs: int, loss: float) -> None:
        assert 1 <= epoch <= epochs
        assert loss > 0
        self.epochs += 1

    @property
    def files(self) -> list[str]:
        return sorted(f.name for f in self.store.home.rglob("*") if f.is_file())


@pytest.fixture
def shelf(tmp_path: Path, digits: Dataset) -> Shelf:
    return Shelf(EndpointStore(tmp_path / "home"), digits)


def equal(a: Params, b: Params) -> bool:
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


def test_an_endpoint_is_trained_once(shelf: Shelf):
    assert not shelf.store.has(ENDPOINT)
    one = shelf.get()
    assert shelf.store.has(ENDPOINT)
    assert equal(shelf.get(), one)
    assert shelf.epochs == 1
    other = shelf.get(replace(ENDPOINT, seed=1))
    assert shelf.epochs == 2
    assert not equal(other, one)
    assert shelf.files == sorted(
        f"{key(e)}.safetensors" for e in (ENDPOINT, replace(ENDPOINT, seed=1))
    )


def test_a_file_says_what_it_holds(shelf: Shelf):
    shelf.get()
    facts = shelf.store.facts(ENDPOINT)
    assert json.loads(facts["description"])["value"]["dataset"] == "digits"
    assert float(facts["seconds"]) > 0
    assert 0 < float(facts["loss"]) < 3
    assert (facts["device"], facts["torch"]) == ("cpu", torch.__version__)
    assert int(facts["threads"]) == torch.get_num_threads()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(b"\x80\x04\x95 not safetensors at all" * 100)


def rewrite(path: Path, change: Params) -> None:
    save_file({**load_file(path), **change}, path, {"description": description(ENDPOINT)})


def not_finite(path: Path) -> None:
    rewrite(path, {"head.bias": torch.full((10,), float("nan"))})


def other_shape(path: Path) -> None:
    rewrite(path, {"head.bias": torch.zeros(11)})


def other_names(path: Path) -> None:
    rewrite(path, {"tail.bias": torch.zeros(10)})


def other_endpoint(path: Path) -> None:
    save_file(load_file(path), path, {"description": description(replace(ENDPOINT, seed=9))})


def no_metadata(path: Path) -> None:
    save_file(load_file(path), path)


def other_numbers(path: Path) -> None:
    """All as it was written, but for one bias: only the checksum can tell."""
    with safe_open(path, "pt") as file:
        facts = file.metadata()
    params = load_file(path)
    save_file({**params, "head.bias": params["head.bias"] + 1e-3}, path, facts)


def other_seconds(path: Path) -> None:
    with safe_open(path, "pt") as file:
        facts = file.metadata()
    save_file(load_file(path), path, {**facts, "seconds": "0.001"})


def flipped(share: float, bit: int) -> Callable[[Path], None]:
    """One bit of the file, at that share of its length."""

    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(share * (len(data) - 1))] ^= 1 << bit
        path.write_bytes(data)

    flip.__name__ = f"bit-{bit}-at-{share}"
    return flip


def doubled(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2)


FLIPS = [flipped(share, bit) for share in (0, 0.01, 0.3, 0.6, 0.9, 1) for bit in (0, 6)]
NO_PARTS = [cut, empty, garbage, not_finite, other_shape, other_names, other_endpoint, no_metadata]


@pytest.mark.parametrize("damage", [*NO_PARTS, other_numbers, other_seconds, doubled, *FLIPS])
def test_a_damaged_file_is_named_set_aside_and_made_anew(shelf: Shelf, damage):
    one = shelf.get()
    path = shelf.store.path(ENDPOINT)
    damage(path)
    damaged = path.read_bytes()
    with pytest.warns(UserWarning, match=f"checkpoint .*{path.name} is damaged"):
        assert equal(shelf.get(), one)
    assert shelf.epochs == 2
    assert shelf.files == [f"{key(ENDPOINT)}.damaged", path.name]
    assert path.with_suffix(".damaged").read_bytes() == damaged
    assert equal(shelf.get(), one)
    assert shelf.epochs == 2


def test_a_file_that_cannot_be_read_is_no_damaged_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    shelf.get()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(checkpoints, "safe_open", refuse)
    with pytest.raises(UserError, match=r"cannot read checkpoint .*: Too many open files\."):
        shelf.get()
    assert shelf.epochs == 1
    assert shelf.files == [shelf.store.path(ENDPOINT).name]


def test_an_interrupted_training_leaves_no_file(shelf: Shelf):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    module = ENDPOINT.network.build(shelf.dataset.shape, 10)
    with pytest.raises(KeyboardInterrupt):
        shelf.store.get(ENDPOINT, module, ENDPOINT.samples(shelf.dataset), "cpu", interrupt)
    assert shelf.files == []
    shelf.get()
    assert shelf.epochs == 1


def test_a_failed_write_leaves_no_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device", descriptor)

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"cannot write .*safetensors.*: No space left on device"):
        shelf.get()
    assert shelf.files == []


def test_a_home_that_cannot_be_written_is_said_before_training(shelf: Shelf):
    shelf.store.home.write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"cannot create .*endpoints"):
        shelf.get()
    assert shelf.epochs == 0


def test_a_copied_home_serves_elsewhere(shelf: Shelf, tmp_path: Path):
    one = shelf.get()
    shutil.copytree(shelf.store.home, tmp_path / "elsewhere")
    moved = Shelf(EndpointStore(tmp_path / "elsewhere"), shelf.dataset)
    assert equal(moved.get(), one)
    assert moved.epochs == 0
