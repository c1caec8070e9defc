"""`basinbench.compare`: networks, files and data sets of one's own, from Python."""

from pathlib import Path
from typing import Any

import own_checkpoints
import pytest
import torch

from basinbench import UserError, compare, dataset, network
from basinbench.datasets.catalogue import load
from basinbench.methods.weight_matching import WeightMatching

pytestmark = pytest.mark.filterwarnings("ignore:.*near chance", "ignore:.*no validation split")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 2)


def test_three_lines_of_python(files: list[Path]):
    quick = {"points": 3, "normalise": "unit", "finishes": ["none"]}
    ours = [WeightMatching(order="widest"), "identity"]
    table = compare(*files[:2], network="nets.py:mlp", dataset="digits", methods=ours, **quick)
    assert list(table["status"]) == ["done", "done"]
    assert table["barrier"].is_monotonic_increasing
    assert len(table.attrs["curves"]) == 2 * 3 * 3
    example = load("digits").train.images[:2].float()
    nets = [network(own_checkpoints.mlp(seed), example=example) for seed in (0, 1)]
    live = compare(*nets, dataset="digits", methods=ours, **quick)
    numbers = ["barrier", "accuracy", "networks_accuracy"]
    assert live[numbers].equals(table[numbers])
    made = compare(
        *files[:2], network=lambda: own_checkpoints.mlp(5), dataset="digits", methods=ours, **quick
    )
    assert made[numbers].equals(table[numbers])


def test_a_data_set_of_one_s_own_is_handed_over(files: list[Path]):
    """Another one of the same name is another: its cells are measured anew."""
    parts = [load("digits").images(split).take(torch.arange(200)) for split in ("train", "test")]
    how = {"network": "nets.py:mlp", "normalise": "unit", "methods": ["identity"], "points": 3}
    found = [
        compare(*files[:2], dataset=dataset("own-digits", train, test), finishes=["none"], **how)
        for train, test in (parts, parts[::-1], parts)
    ]
    first, other, again = (table["accuracy"].item() for table in found)
    assert first == again != other


def test_what_does_not_fit_is_one_sentence(files: list[Path]):
    example = load("digits").train.images[:2].float()
    own = network(own_checkpoints.mlp(0), example=example)
    other = network(
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10)), example=example
    )
    for networks, words in (
        ((own,), "give two or more"),
        ((own, files[0]), "not some of both"),
        ((own, other), "not of one form"),
        (tuple(files), "network= says what the checkpoints are of"),
    ):
        with pytest.raises(UserError, match=words):
            compare(*networks, dataset="digits")
    with pytest.raises(UserError, match="arguments= is for paths"):
        compare(own, own, dataset="digits", arguments={"width": 3})
    with pytest.raises(UserError, match="its sizes stand in its name"):
        compare(*files, dataset="digits", network="mlp-16x2", arguments={"width": 3})
    with pytest.raises(UserError, match="gives probabilities"):
        compare(*files, dataset="digits", normalise="unit", network=_with_a_softmax)
    with pytest.raises(UserError, match="network= is for paths"):
        compare(own, own, dataset="digits", network="nets.py:mlp")


def test_a_module_is_named_in_any_way_that_makes_one(files: list[Path]):
    how: dict[str, Any] = {"dataset": "digits", "normalise": "unit", "points": 3}
    how["finishes"] = "none"
    named = compare(*files, network="nets.py:mlp", methods=WeightMatching, **how)
    module = own_checkpoints.mlp(7)
    for network_ in (module, lambda: module):
        for methods in ([WeightMatching], WeightMatching(), "weight-matching"):
            found = compare(*files, network=network_, methods=methods, **how)
            assert found["barrier"].equals(named["barrier"])
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({"network": module, "arguments": {"width": 3}}, "this is made"),
        ({"network": lambda width: width, "arguments": {"wdth": 3}}, "with the arguments wdth"),
        ({"network": lambda width: width}, "cannot be called without arguments"),
        ({"network": lambda: 3}, "makes int and no torch.nn.Module"),
        ({"network": 3}, "not int"),
        ({"network": module, "points": 1}, "at least two points, not 1"),
        ({"network": module, "points": 4}, "an odd number of points"),
        ({"network": module, "methods": [3]}, "a method is a name or a Method, not 3"),
        ({"network": module, "finishes": int}, "a finish is a name or a Finish, not 'int'"),
    )
    for words, sentence in faults:
        with pytest.raises(UserError, match=sentence):
            compare(*files, **how | words)


def test_splits_of_a_data_set_are_images():
    train = load("digits").train
    pair: Any = (train.images, train.labels)
    no: Any = None
    for train_, test, validation in (
        (pair, train, None),
        (train, pair, None),
        (train, train, pair),
        (train, no, None),
    ):
        with pytest.raises(UserError, match=r"= is basinbench\.Images\(images, labels\), not"):
            dataset("pairs", train_, test, validation)


def _with_a_softmax() -> torch.nn.Module:
    return torch.nn.Sequential(own_checkpoints.mlp(0), torch.nn.Softmax(dim=1))
