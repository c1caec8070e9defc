"""Networks that a text names: what is made, under which key, and what cannot be made."""

import json
import sys
from pathlib import Path

import own_checkpoints
import pytest
import torch
from torch import nn

from basinbench.errors import UserError
from basinbench.runners.keys import key
from basinbench.runners.networks.sources.given import GivenNetwork, given_network
from basinbench.runners.networks.sources.live import live_network


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    own_checkpoints.written(tmp_path)
    return tmp_path


def build(network: GivenNetwork) -> nn.Module:
    return network.build((1, 8, 8), 10)


def test_a_file_s_factory_makes_the_network_with_its_arguments(folder: Path):
    found = given_network("nets.py:mlp", {"width": 24})
    assert found.name == "nets.py:mlp(width=24)"
    assert build(found)[1].weight.shape == (24, 64)  # type: ignore[index]
    assert key(found) != key(given_network("nets.py:mlp"))
    assert torch.equal(build(found)[1].weight, build(found)[1].weight)  # type: ignore[index]
    assert (folder / "nets.py").read_text() == own_checkpoints.NETS


def test_the_key_holds_the_code_and_not_the_place(folder: Path, tmp_path: Path):
    first = given_network("nets.py:mlp")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own_checkpoints.written(elsewhere)
    assert key(given_network(f"{elsewhere}/nets.py:mlp")) == key(first)
    assert key(given_network("elsewhere/nets.py:mlp")) == key(first)
    (folder / "nets.py").write_text(own_checkpoints.NETS + "\nmore = 1\n")
    assert key(given_network("nets.py:mlp")) != key(first)
    with pytest.raises(UserError, match="has changed since"):
        first.module()


@pytest.mark.parametrize("name", ["own_package_of_nets", "own_folder_of_nets"])
def test_a_module_below_the_folder_is_imported_and_its_code_counts(name: str, folder: Path):
    package = folder / name
    package.mkdir()
    if "package" in name:
        (package / "__init__.py").write_text("")
    (package / "small.py").write_text(f"from {name}.layers import act\n{own_checkpoints.NETS}")
    (package / "layers.py").write_text("act = 1")
    text = f"{name}.small:Normed", {"classes": 3}
    found = given_network(*text)
    logits = build(found).eval()(torch.zeros(2, 1, 8, 8))
    assert logits.shape == (2, 3)  # of a dictionary
    (package / "layers.py").write_text("act = 2")
    assert key(given_network(*text)) != key(found)
    with pytest.raises(UserError, match="has changed since this run began"):
        found.module()
    assert not {name, f"{name}.small", f"{name}.layers"} & set(sys.modules)


def test_torchvision_s_networks_come_without_weights():
    found = given_network("torchvision:squeezenet1_1", {"num_classes": 7})
    assert found.on_images((3, 64, 64), 7) == found
    assert found.name == "torchvision:squeezenet1_1(num_classes=7)"
    assert build(found).eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 7)
    assert [x.shape[1:] for x in found.examples(build(found))] == [(3, 224, 224), (3, 256, 256)]
    with pytest.raises(UserError, match="would download weights"):
        given_network("torchvision:squeezenet1_1", {"weights": "DEFAULT"})


def test_the_key_holds_what_is_computed_whatever_decides_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "nets.py").write_text(own_checkpoints.READING)

    def told(factor: float, drop: float) -> str:
        (folder / "told.json").write_text(json.dumps({"factor": factor, "drop": drop}))
        network = given_network("nets.py:Read").on_images((1, 8, 8), 10)
        assert network.name == "nets.py:Read"
        return key(network)

    first = told(1.0, 0.1)
    keys = {first, told(2.0, 0.1), told(1.0, 0.5)}
    monkeypatch.setenv("OWN_SIGN", "1")
    assert len(keys | {told(1.0, 0.1)}) == 4
    monkeypatch.delenv("OWN_SIGN")
    assert told(1.0, 0.1) == first


FAULTS = {
    "resnet": "names no network; write file.py:factory",
    ":mlp": "names no network",
    "nets.py:": "names no network",
    "nets.py:mpl": "did you mean 'mlp'",
    "nets.py:model": "no function or class that makes a network",
    "nets.py:broken": "cannot be made: RuntimeError: no weights here",
    "nets.py:number": "makes int, and no torch.nn.Module",
    "absent.py:mlp": "there is no file absent.py",
    "no_such_module_here:mlp": "there is no module 'no_such_module_here'",
    "some/nets:mlp": "is no Python file",
    "torchvision:resnet81": "did you mean",
    "hf:nowhere": "there is no config.json in the folder nowhere",
    "broken_syntax.py:mlp": "broken_syntax.py, line 1",
}


@pytest.mark.parametrize("text", FAULTS)
def test_what_cannot_be_made_is_said_in_one_sentence(text: str, folder: Path):
    (folder / "broken_syntax.py").write_text("def mlp(:\n")
    with pytest.raises(UserError, match="(?s)" + FAULTS[text].replace("(", "\\(")) as caught:
        given_network(text)
    assert "\n" not in str(caught.value)


def test_wrong_arguments_are_named(folder: Path):  # noqa: ARG001
    with pytest.raises(UserError, match=r'with the arguments {"widht":3}: TypeError'):
        given_network("nets.py:mlp", {"widht": 3})


def test_an_object_is_a_network_of_this_process_alone():
    module = own_checkpoints.mlp(0)
    images = torch.zeros(2, 1, 8, 8)
    found = live_network(module, images)
    assert found == live_network(own_checkpoints.mlp(1), images)  # of one form
    assert found != live_network(nn.Sequential(nn.Linear(8, 2)), images)
    built = found.build((1, 8, 8), 10)
    assert built is not module
    built[1].weight.data.zero_()  # type: ignore[index]
    assert module[1].weight.abs().sum() > 0  # type: ignore[index]
    with pytest.raises(UserError, match="no other can make it"):
        type(found)("Net", "00000000").build((1, 8, 8), 10)


def test_hugging_face_s_networks_come_from_a_folder_alone(tmp_path: Path):
    transformers = pytest.importorskip("transformers")
    config = transformers.ViTConfig(
        image_size=8, patch_size=4, num_channels=1, hidden_size=16, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=24, num_labels=10,
        architectures=["ViTForImageClassification"],
    )  # fmt: skip
    config.save_pretrained(tmp_path / "vit")
    found = given_network(f"hf:{tmp_path}/vit")
    module = build(found).eval()
    assert module(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    assert found.examples(module)[0]["pixel_values"].shape == (2, 1, 8, 8)
    told = json.loads((tmp_path / "vit" / "config.json").read_text())
    told["architectures"] = ["MyOwnNetwork"]
    (tmp_path / "vit" / "config.json").write_text(json.dumps(told))
    with pytest.raises(UserError, match="code that comes with a model is not run"):
        given_network(f"hf:{tmp_path}/vit")


def test_timm_s_networks_come_without_weights():
    pytest.importorskip("timm")
    found = given_network("timm:resnet10t", {"num_classes": 4})
    assert build(found).eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 4)
    with pytest.raises(UserError, match="would download weights"):
        given_network("timm:resnet10t", {"pretrained": True})
    with pytest.raises(UserError, match="did you mean 'resnet10t'"):
        given_network("timm:resnet10tt")
