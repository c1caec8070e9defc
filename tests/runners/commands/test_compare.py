"""`basinbench compare`: the numbers of a grid on files, and what is wrong in one sentence."""

import json
import shutil
from pathlib import Path

import own_checkpoints
import pytest
import tiny
import torch
from console import command
from safetensors.torch import load_file, save_file

from basinbench import compare, dataset, network
from basinbench.datasets.catalogue import load
from basinbench.methods.baselines import Identity
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.store import RecordStore, read_table
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing, Repair, Retrain
from basinbench.runners.grids.blocks import each_method
from basinbench.runners.training.checkpoints import EndpointStore

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


def test_a_file_that_was_moved_is_the_same_network_and_one_that_changed_another(
    files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    words = ("--method", "identity", "--finish", "none")
    compared(capsys, files[:2], *words)
    moved = [Path(shutil.move(file, tmp_path / f"moved-{file.name}")) for file in files[:2]]
    assert compared(capsys, moved, *words)["kept"] == 1
    shutil.copy(files[2], moved[1])
    assert compared(capsys, moved, *words)["done"] == 1


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
        compare(*files[:2], dataset=dataset("own-digits", *given), finishes=["none"], **how)
        for given in (parts, parts[::-1], parts)
    ]
    first, other, again = (table["accuracy"].item() for table in found)
    assert first == again != other


@pytest.mark.slow
def test_files_give_the_numbers_of_the_grid_to_the_last_bit(
    files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """Every method, with its own random draws: the checkpoints of a grid handed over as files."""
    del files
    pair = tiny.pair(tiny.PERCEPTRON)
    finishes = (Nothing(), Repair(), Retrain())
    cells = [Cell(pair, m, f, points=5) for m in each_method() for f in finishes]
    home = tmp_path / "home"
    Engine(home, tiny.CPU).run(cells)
    store, records = EndpointStore(home), RecordStore(home)
    paths = [store.path(endpoint) for endpoint in pair]
    (tmp_path / "grid.py").write_text(
        "from basinbench.runners.networks import MLP\n"
        "def mlp():\n    return MLP((16, 16)).build((1, 8, 8), 10)\n"
    )
    how = ("--dataset", "digits", "--recipe", "digits-short(epochs=1)", "--points", 5)
    finish = ("--finish", "none,repair,retrain", "--name", "as-files")
    words = ("--network", "grid.py:mlp", *how, *finish, "--home", home, "--workers", 2)
    code, _, err = command(capsys, "compare", *paths, *words)
    assert code == 0, err
    rows = read_table(tmp_path / "my-results" / "as-files")[0]
    found = {
        (row["method"], row["finish"]): records.read(row["cell"]) for row in rows.to_dict("records")
    }
    assert len(found) == len(cells)
    measured = 0
    for cell in cells:
        own, other = records.read(cell.key), found[cell.method.name, cell.finish.name]
        assert own is not None
        assert other is not None
        assert (own.status, own["reason"], own["stats"]) == (
            other.status,
            other["reason"],
            other["stats"],
        ), cell
        assert (own.curve, own.retraining) == (other.curve, other.retraining), cell
        measured += own.status == "done"
    assert measured > len(cells) / 2


def test_a_copy_without_metadata_gives_the_same_line_where_nothing_is_drawn(
    files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    pair = tiny.pair(tiny.PERCEPTRON)
    methods = (Identity(), WeightMatching(order="widest"))
    cells = [Cell(pair, method, Nothing(), points=5) for method in methods]
    home = tmp_path / "home"
    Engine(home, tiny.CPU).run(cells)
    for endpoint, file in zip(pair, files, strict=False):
        save_file(load_file(EndpointStore(home).path(endpoint)), file)
    words = ("--dataset", "digits", "--recipe", "digits-short", "--points", 5, "--finish", "none")
    named = ("--network", "mlp-16x2", "--method", "identity,weight-matching(order=widest)")
    code, out, err = command(capsys, "compare", *files[:2], *named, *words, "--json")
    assert code == 0, err
    assert json.loads(out)["done"] == 2
    curves = {record.curve for record in RecordStore(home) if record["checkpoints"]}
    assert curves == {RecordStore(home).read(cell.key).curve for cell in cells}  # type: ignore[union-attr]
