"""`basinbench compare`: the numbers of a grid on files, and what is wrong in one sentence."""

import json
import shutil
from pathlib import Path

import own_checkpoints
import pytest
import torch
from console import command
from safetensors.torch import load_file, save_file

from basinbench.datasets.catalogue import load
from basinbench.results.store import read_table

BRIEF = ("--dataset", "digits", "--normalise", "unit", "--points", 3)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 3)


def compared(capsys: pytest.CaptureFixture[str], files: list[Path], *words: object) -> dict:
    code, out, err = command(
        capsys, "compare", *files, "--network", "nets.py:mlp", *BRIEF, "--json", *words
    )
    assert code == 0, err
    return json.loads(out)


def test_files_are_measured_like_the_networks_of_a_grid(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    found = compared(capsys, files[:2], "--method", "identity,weight-matching", "--finish", "none")
    assert (found["name"], found["done"], found["failures"]) == ("a-b", 2, [])
    assert {row["method"] for row in found["rows"]} == {"identity", "weight-matching"}
    assert all("nets.py:mlp" in row["condition"] for row in found["rows"])
    rows = read_table(Path("my-results/a-b"))[0]
    assert set(rows["checkpoints"]) == {"a+b"}
    assert len(found["curves"]) == 2 * 3 * 3
    again = compared(capsys, files[:2], "--method", "identity,weight-matching", "--finish", "none")
    assert (again["done"], again["kept"]) == (0, 2)
    assert again["rows"] == found["rows"]


def test_networks_of_float32_are_compared(files: list[Path], capsys: pytest.CaptureFixture[str]):
    methods = ("--method", "weight-matching,activation-matching", "--finish", "none")
    own = ("--network", "nets.py:float32", *BRIEF, *methods)
    code, _, err = command(capsys, "compare", *files[:2], *own, "--json")
    assert code == 0, err
    errors = read_table(Path("my-results/a-b"))[0]["equivalence_error"].tolist()
    assert len(errors) == 2
    assert all(0 < error < 1e-5 for error in errors)


def test_a_file_that_was_moved_is_the_same_network_and_one_that_changed_another(
    files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    words = ("--method", "identity", "--finish", "none")
    compared(capsys, files[:2], *words)
    moved = [Path(shutil.move(file, tmp_path / f"moved-{file.name}")) for file in files[:2]]
    assert compared(capsys, moved, *words)["kept"] == 1
    shutil.copy(files[2], moved[1])
    assert compared(capsys, moved, *words)["done"] == 1


def test_a_network_that_reads_a_file_is_measured_anew_when_that_changes(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    Path("nets.py").write_text(own_checkpoints.READING)
    words = ("--method", "identity", "--finish", "none", "--network", "nets.py:Read")

    def told(factor: float) -> dict:
        Path("told.json").write_text(json.dumps({"factor": factor, "drop": 0.1}))
        return compared(capsys, files[:2], *words)

    first = told(1.0)
    assert (first["done"], told(1.0)["kept"]) == (1, 1)
    other = told(-1.0)
    assert (other["done"], other["kept"]) == (1, 0)
    assert other["rows"] != first["rows"]


def test_three_files_are_merged_into_one_or_two_by_two(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    words = ("--method", "identity", "--finish", "none")
    together = compared(capsys, files, *words)
    assert together["done"] == 1
    assert "3 networks" in together["rows"][0]["condition"]
    pairs = compared(capsys, files, "--all-pairs", *words)
    assert (pairs["done"], pairs["rows"][0]["sets"]) == (3, 3)


def test_the_normalisation_is_found_and_said(files: list[Path], capsys: pytest.CaptureFixture[str]):
    data = load("digits")
    for seed, file in enumerate(files[:2]):
        module = own_checkpoints.mlp(seed)
        x = data.train.images.float() / 255 * 2 - 1
        optimiser = torch.optim.Adam(module.parameters(), 0.01)
        for _ in range(40):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(module(x), data.train.labels).backward()
            optimiser.step()
        save_file(module.state_dict(), file)
    brief = ("--network", "nets.py:mlp", "--dataset", "digits", "--points", 3)
    asked = ("--method", "identity", "--finish", "none", "--json")
    code, out, err = command(capsys, "compare", *files[:2], *brief, *asked)
    assert code == 0
    assert "normalised by 'symmetric'" in err
    assert "near chance" not in err
    assert "inputs=constants" in json.loads(out)["rows"][0]["condition"]


def test_networks_that_know_nothing_of_the_data_are_doubted(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    brief = ("--network", "nets.py:mlp", "--dataset", "digits", "--points", 3)
    asked = ("--method", "identity", "--finish", "none")
    code, _, err = command(capsys, "compare", *files[:2], *brief, *asked)
    assert code == 0
    assert "near chance for 10 classes" in err


def test_finishes_are_those_that_apply(files: list[Path], capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, files[:2], "--method", "identity")
    assert {row["finish"] for row in found["rows"]} == {"none", "repair"}


def normed(files: list[Path]) -> None:
    names: dict = {}
    exec(own_checkpoints.NETS, names)  # noqa: S102
    for seed, file in enumerate(files):
        torch.manual_seed(seed)
        save_file(names["Normed"]().state_dict(), file)


def test_a_network_that_returns_a_dictionary_with_batch_norm(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    normed(files)
    words = ("--network", "nets.py:Normed", *BRIEF, "--method", "weight-matching", "--json")
    code, out, err = command(capsys, "compare", *files[:2], *words)
    assert code == 0, err
    assert {row["finish"] for row in json.loads(out)["rows"]} == {"none", "reset"}


def test_a_network_that_has_diverged_is_named(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    params = load_file(files[1])
    params["1.weight"][0, 0] = float("inf")
    save_file(params, files[1])
    words = ("--network", "nets.py:mlp", *BRIEF)
    code, _, err = command(capsys, "compare", *files[:2], *words)
    assert code == 2
    assert err.startswith("basinbench: b.safetensors: '1.weight' has 1 value that is not finite")


MISUSES = {
    "one checkpoint": (("a.safetensors",), "give two checkpoints or more"),
    "twice the same": (("a.safetensors", "a.safetensors"), "are the same network"),
    "an absent file": (("a.safetensors", "z.safetensors"), "no checkpoint z.safetensors"),
    "no weights": (("a.safetensors", "nets.py"), "neither safetensors nor"),
    "another network": (
        ("a.safetensors", "b.safetensors", "--network-args", '{"width": 8}'),
        "has the shape (16,) in",
    ),
    "no such argument": (
        ("a.safetensors", "b.safetensors", "--network-args", '{"w": 8}'),
        "cannot be made with the arguments",
    ),
    "arguments that are no JSON": (
        ("a.safetensors", "b.safetensors", "--network-args", "{width: 8}"),
        "--network-args is no JSON",
    ),
    "arguments that are no object": (
        ("a.safetensors", "b.safetensors", "--network-args", "[8]"),
        "--network-args is an object",
    ),
    "other classes": (
        ("a.safetensors", "b.safetensors", "--network-args", '{"classes": 7}'),
        "digits has 10 classes",
    ),
    "no such data": (
        ("a.safetensors", "b.safetensors", "--dataset", "digitz"),
        "did you mean 'digits'",
    ),
    "no such method": (
        ("a.safetensors", "b.safetensors", "--method", "weight-macthing"),
        "did you mean 'weight-matching'",
    ),
    "no such parameter": (
        ("a.safetensors", "b.safetensors", "--method", "weight-matching(order=wides)"),
        "widest",
    ),
    "no such finish": (
        ("a.safetensors", "b.safetensors", "--finish", "repiar"),
        "did you mean 'repair'",
    ),
    "no such normalisation": (
        ("a.safetensors", "b.safetensors", "--normalise", "units"),
        "did you mean 'unit'",
    ),
    "means without deviations": (
        ("a.safetensors", "b.safetensors", "--normalise", "0.5,0.5/0.2,0.2"),
        "images of 1 channels",
    ),
    "a deviation of zero": (
        ("a.safetensors", "b.safetensors", "--normalise", "0.5/0"),
        "deviations above 0",
    ),
    "an even line": (("a.safetensors", "b.safetensors", "--points", "4"), "an odd number"),
    "a name of ours": (("a.safetensors", "b.safetensors", "--name", "quick"), "package's own"),
    "a device that is none": (("a.safetensors", "b.safetensors", "--device", "gpu"), "device"),
}


@pytest.mark.parametrize("what", MISUSES)
def test_a_misuse_is_one_sentence(
    what: str, files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert files
    words, sentence = MISUSES[what]
    given = [*words]
    for option, value in (("--network", "nets.py:mlp"), ("--dataset", "digits")):
        given += [] if option in given else [option, value]
    code, out, err = command(capsys, "compare", *given)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert err.startswith("basinbench: ")
    assert not (tmp_path / "my-results").exists()
