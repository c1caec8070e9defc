"""Networks that do not suit the data are named, each by itself; and what stands for validation."""

import warnings
from pathlib import Path

import own_checkpoints
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import basinbench as bb
from basinbench.datasets.base import Dataset, Images, hold_out
from basinbench.datasets.catalogue import load
from basinbench.runners.own_networks.given import Given
from basinbench.runners.own_networks.merging import merge_files
from basinbench.runners.own_networks.named import network_named, one_method
from basinbench.runners.own_networks.normalisation import near_chance
from basinbench.runners.training.checkpoint_file import checkpoint_files

HOWS = ({}, {"normalise": "unit"}, {"normalise": "0.001/0.99"}, {"recipe": "digits-short"})
NORMALISED = {"unit": (0.0, 1.0), "symmetric": (0.5, 0.5)}


def trained(seed: int, inputs: str = "unit", shift: int = 0) -> nn.Module:
    """A network that knows the digits, or others in their place."""
    data, module = load("digits").train, own_checkpoints.mlp(seed)
    mean, std = NORMALISED[inputs]
    x = (data.images / 255 - mean) / std
    optimiser = torch.optim.Adam(module.parameters(), 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(module(x), (data.labels + shift) % 10)
        loss.backward()
        optimiser.step()
    return module


@pytest.fixture(scope="module")
def modules() -> dict[str, nn.Module]:
    return {
        "good": trained(0),
        "fine": trained(1),
        "lost": trained(2, shift=3),
        "apart": trained(3, "symmetric"),
    }


def said(modules: dict[str, nn.Module], names: tuple[str, ...], folder: Path, how: dict) -> str:
    """All that `compare` warns of and `merge` notes: the same sentences."""
    (folder / "nets.py").write_text(own_checkpoints.NETS, encoding="utf-8")
    for name in names:
        save_file(modules[name].state_dict(), folder / f"{name}.safetensors")
    files = [folder / f"{name}.safetensors" for name in names]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bb.compare(
            *files,
            network="nets.py:mlp",
            dataset="digits",
            methods="identity",
            finishes="none",
            points=3,
            home=folder / "home",
            **how,
        )
    warned = "\n".join(str(one.message) for one in caught)
    given = Given(network_named("nets.py:mlp"), checkpoint_files(files), "digits", **how)
    merged = merge_files(given, one_method("identity"), points=3, home=folder / "home")
    assert [note.removeprefix("warning: ") in warned for note in merged.notes] == [True] * len(
        merged.notes
    )
    return "\n".join(merged.notes)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_each_network_that_does_not_suit_the_data_is_named(
    how: dict, modules: dict[str, nn.Module], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for names in (("good", "lost"), ("lost", "good"), ("fine", "lost", "good")):
        notes = said(modules, names, tmp_path, how)
        assert "warning: lost classifies" in notes
        assert "near chance for 10 classes" in notes
        assert notes.count("warning: ") == 1
        if not how:
            assert "images are normalised by 'unit'" in notes


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_networks_that_want_other_images_are_named(
    how: dict, modules: dict[str, nn.Module], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert "warning: " not in said(modules, ("good", "fine"), tmp_path, how)
    for names in (("good", "apart"), ("apart", "good"), ("good", "fine", "apart")):
        notes = said(modules, names, tmp_path, how)
        assert "may have been normalised by" in notes
        if how.get("normalise"):
            assert "warning: the images of apart may have been normalised by" in notes
    notes = said(modules, ("apart", "good"), tmp_path, {"normalise": "symmetric"})
    assert notes.count("warning: ") == 1
    assert "warning: the images of good may have been normalised by 'unit'" in notes


def test_networks_of_this_process_are_called_by_their_places(
    modules: dict[str, nn.Module], tmp_path: Path
):
    example = load("digits").test.images[:2] / 255
    nets = [bb.network(modules[name], example=example) for name in ("good", "lost")]
    how = {"methods": "identity", "finishes": "none", "points": 3, "home": tmp_path}
    with pytest.warns(UserWarning, match="network 1 classifies .* near chance"):
        bb.compare(*nets, dataset="digits", normalise="unit", **how)


def test_chance_is_a_matter_of_the_classes():
    """Twice chance is no measure where there are two classes: no network would pass it."""
    for classes in (2, 3, 5, 10, 100, 1000):
        assert near_chance(1 / classes, classes)
        assert near_chance(1.05 / classes, classes)
        assert not near_chance(0.6, classes)
    assert near_chance(0.199, 10)
    assert not near_chance(0.201, 10)


def test_what_stands_for_a_validation_split_is_said(
    modules: dict[str, nn.Module], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    notes = said(modules, ("good", "fine"), tmp_path, {"normalise": "unit"})
    data = load("digits")
    count, whole = len(data.validation), len(data.validation) + len(data.train)
    assert f"so {count:,} of its {whole:,} training images stand in" in notes
    assert "basinbench.load('digits').validation" in notes
    assert "where your networks were trained on them" in notes
    own = _with_a_split(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bb.compare(
            *(tmp_path / f"{name}.safetensors" for name in ("good", "fine")),
            network="nets.py:mlp",
            dataset=own,
            methods="identity",
            finishes="temperature",
            normalise="unit",
            points=3,
            home=tmp_path / "home",
        )


def _with_a_split(data: Dataset) -> Dataset:
    made = bb.dataset("split-digits", data.train, data.test, data.validation)
    assert not hold_out(made).held_out
    assert hold_out(bb.dataset("whole-digits", data.train, data.test)).held_out
    assert isinstance(made.train, Images)
    return made
