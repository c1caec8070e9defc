"""The checkpoints of a grid handed over as files: the same numbers."""

import json
from pathlib import Path

import own_checkpoints
import pytest
import tiny
from console import command
from safetensors.torch import load_file, save_file

from basinbench.methods.baselines import Identity
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.store import RecordStore, read_table
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing, Repair, Retrain
from basinbench.runners.grids.blocks import each_method
from basinbench.runners.training.checkpoints import EndpointStore


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 2)


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
