"""Laws of running a grid, on one that is real and small."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from safetensors.torch import load_file
from tiny import CONVOLUTIONAL, CPU, PERCEPTRON, Failing, Impossible, cells, lasting, pair

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.baselines import Identity
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.merging import Gathered
from basinbench.results.record import Record
from basinbench.results.store import RecordStore, read_table
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine, Tally
from basinbench.runners.finishes import Nothing, ResetNorm, Retrain
from basinbench.runners.networks import MLP
from basinbench.runners.training.optimisers import SGD

SCRIPT = str(Path(tiny.__file__))

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def whole(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tally]:  # noqa: ARG001
    """A home in which the tiny grid has been run once, uninterrupted, and how it went."""
    home = tmp_path_factory.mktemp("whole")
    return home, Engine(home, CPU).run(cells())


def files(home: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(home)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file()
    }


def number(record: Record, column: str) -> float:
    value = record[column]
    assert isinstance(value, (int, float))
    return value


def record(home: Path, cell: Cell) -> Record:
    found = RecordStore(home).read(cell.key)
    assert found is not None
    return found


def test_every_cell_of_a_grid_ends_in_a_record(whole: tuple[Path, Tally]):
    home, tally = whole
    assert (tally.done, tally.skipped, tally.failures, tally.kept) == (10, 2, [], 0)
    assert len(list((home / "endpoints").iterdir())) == 4
    for cell in cells():
        found = record(home, cell)
        skipped = cell.network == PERCEPTRON.name and isinstance(cell.finish, ResetNorm)
        assert found.status == ("skipped" if skipped else "done")
        assert {name: found[name] for name in cell.describe()} == cell.describe()
        if skipped:
            assert "batch norm" in str(found["reason"])
            continue
        assert [p.at for p in found.curve if p.split == "test"] == (
            [0, 0.5, 1] if isinstance(cell.finish, Retrain) else [0, 0.25, 0.5, 0.75, 1]
        )
        assert found["permutation"] is True
        assert 0 <= number(found, "equivalence_error") < 1e-10
        assert number(found, "align_seconds") > 0
        assert found["device"]


def test_all_cells_on_the_same_networks_share_their_ends(whole: tuple[Path, Tally]):
    home, _ = whole
    for network in (PERCEPTRON, CONVOLUTIONAL):
        done = [record(home, c) for c in cells() if c.network == network.name]
        ends = {
            tuple(
                r[f"{split}_{q}_{x}"]
                for split in ("train", "test")
                for q in ("loss", "accuracy")
                for x in "ab"
            )
            for r in done
            if r.status == "done"
        }
        assert len(ends) == 1


def test_a_second_run_does_nothing(whole: tuple[Path, Tally]):
    home, _ = whole
    before = files(home)
    tally = Engine(home, CPU).run(cells())
    assert (tally.done, tally.skipped, tally.kept) == (0, 0, 12)
    assert files(home) == before


def test_again_runs_the_cells_anew_but_trains_nothing(tmp_path: Path):
    some = cells(networks=(PERCEPTRON,), finishes=(Nothing(),))
    Engine(tmp_path, CPU).run(some)
    before, numbers = files(tmp_path), lasting(tmp_path)
    tally = Engine(tmp_path, CPU).run(some, again=True)
    after = files(tmp_path)
    assert (tally.done, tally.kept) == (2, 0)
    assert {name.partition("/")[0] for name in before if before[name] != after[name]} == {"cells"}
    assert lasting(tmp_path) == numbers


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_to_the_same_numbers(
    whole: tuple[Path, Tally], tmp_path: Path
):
    home, _ = whole
    targets = [0, 2, 4, 6, 9, 14]  # files: four networks, then twelve cells
    run = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", SCRIPT, str(tmp_path), *map(str, targets)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr  # a damaged file would be a warning, and so an error
    counts = [int(line) for line in run.stdout.split()]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert 0 < counts[4] < 12
    for path in (tmp_path / "endpoints").glob("*.safetensors"):
        load_file(path)
    assert not list(tmp_path.rglob("*.damaged"))
    assert lasting(tmp_path) == lasting(home)


def test_a_failing_cell_is_recorded_and_the_others_go_on(tmp_path: Path):
    some = cells((Failing(), Impossible(), Identity()), (Nothing(), Retrain()), (PERCEPTRON,))
    tally = Engine(tmp_path, CPU).run(some)
    assert (tally.done, tally.skipped, len(tally.failures)) == (2, 2, 2)
    failed, skipped = record(tmp_path, some[0]), record(tmp_path, some[2])
    assert failed.status == "failed"
    assert str(failed["reason"]).startswith(
        "ZeroDivisionError: nothing to divide by (tiny.py, line "
    )
    assert skipped.status == "skipped"
    assert skipped["reason"] == "needs networks of another kind"
    # what failed is tried again, what was skipped is not
    tally = Engine(tmp_path, CPU).run(some)
    assert (tally.kept, len(tally.failures)) == (4, 2)


def test_a_network_that_cannot_be_trained_fails_its_own_cells(tmp_path: Path):
    wild = replace(tiny.RECIPE, name="wild", optimiser=SGD(lr=1e30))
    broken = tuple(replace(endpoint, recipe=wild) for endpoint in pair(PERCEPTRON))
    some = [Cell(ends, Identity(), Nothing(), points=3) for ends in (broken, pair(PERCEPTRON))]
    tally = Engine(tmp_path, CPU).run(some)
    assert [record(tmp_path, cell).status for cell in some] == ["failed", "done"]
    assert "diverged" in tally.failures[0][1]


def test_variants_of_a_method_and_other_seeds_are_aligned_by_themselves(tmp_path: Path):
    few = [ActivationMatching(samples=n) for n in (3, 100)]
    made = [
        replace(c, seed=seed)
        for seed in (0, 1)
        for c in cells(tuple(few), (Nothing(),), (PERCEPTRON,))
    ]
    Engine(tmp_path, CPU).run(made)
    curves = {record(tmp_path, cell).curve for cell in made}
    assert len(curves) == len(made)  # also three samples drawn by another seed


def test_networks_are_trained_once_for_all_cells(tmp_path: Path):
    engine = Engine(tmp_path, CPU)
    engine.run([Cell(pair(PERCEPTRON), Identity(), Nothing(), points=3)])
    before = files(tmp_path / "endpoints")
    assert all(engine.is_trained(endpoint) for endpoint in pair(PERCEPTRON))
    crossed = (*pair(PERCEPTRON)[1:], *pair(PERCEPTRON, 2)[:1])
    assert not engine.is_trained(crossed[1])
    engine.run([Cell(crossed, Identity(), Nothing(), points=3)])
    after = files(tmp_path / "endpoints")
    assert len(after) == 3
    assert before.items() <= after.items()


def test_a_damaged_record_is_named_set_aside_and_made_again(tmp_path: Path):
    some = [Cell(pair(PERCEPTRON), Identity(), Nothing(), points=3)]
    Engine(tmp_path, CPU).run(some)
    numbers = lasting(tmp_path)
    path = RecordStore(tmp_path).path(some[0].key)
    path.write_text(path.read_text()[:100])
    with pytest.warns(UserWarning, match=path.name):
        tally = Engine(tmp_path, CPU).run(some)
    assert tally.done == 1
    assert lasting(tmp_path) == numbers


@pytest.mark.slow
def test_soft_maps_keep_the_ends_and_say_that_they_are_soft(tmp_path: Path):
    soft = OTFusionWeights(solver="sinkhorn")
    some = cells((soft, Identity()), (Nothing(),), (PERCEPTRON,))
    Engine(tmp_path, CPU).run(some)
    transport, plain = (record(tmp_path, cell) for cell in some)
    assert transport["permutation"] is False
    assert transport["equivalence_error"] is None
    for at in (0, 1):
        ends = [[p for p in r.curve if p.at == at] for r in (transport, plain)]
        assert ends[0] == ends[1]
    assert transport["test_loss_mid"] != plain["test_loss_mid"]


def test_networks_of_different_widths_meet_where_a_method_can_do_it(tmp_path: Path):
    ends = (pair(MLP((16, 16)))[0], pair(MLP((24, 20)))[1])
    some = [Cell(ends, m, Nothing(), points=3) for m in (OTFusionWeights(), WeightMatching())]
    Engine(tmp_path, CPU).run(some)
    found = [record(tmp_path, cell) for cell in some]
    assert [r.status for r in found] == ["done", "skipped"]
    assert "equal widths" in str(found[1]["reason"])
    assert (found[0]["network_family"], found[0]["network_params"]) == (
        "mlp",
        '[{"widths":[16,16]},{"widths":[24,20]}]',
    )


def test_more_than_two_networks_are_merged_with_equal_weights(tmp_path: Path):
    cell = Cell(pair(PERCEPTRON, 0, (0, 1, 2)), WeightMatching(), Nothing(), points=3)
    tally = Engine(tmp_path, CPU).run([cell])
    assert tally.done == 1
    found = record(tmp_path, cell)
    assert found.curve == ()
    assert found["networks"] == 3
    assert found["test_loss_b"] is None
    assert number(found, "test_barrier_mean_loss") == pytest.approx(
        number(found, "test_loss_mid") - number(found, "test_loss_mean")
    )
    assert number(found, "test_barrier_mean_accuracy") == pytest.approx(
        number(found, "test_accuracy_mean") - number(found, "test_accuracy_mid")
    )


def test_gathered_tables_hold_the_cells_that_have_been_run(
    whole: tuple[Path, Tally], tmp_path: Path
):
    home, _ = whole
    more = cells(methods=(Identity(), WeightMatching(), WeightMatching(order="widest")))
    assert Engine(home, CPU).gather(more, tmp_path) == Gathered(present=12)
    table, curves = read_table(tmp_path)
    assert set(table["cell"]) == {cell.key for cell in cells()}
    assert set(curves["cell"]) == set(table["cell"][table["status"] == "done"])


def test_gathering_loses_no_row_of_the_grid_that_another_home_has_measured(
    whole: tuple[Path, Tally], tmp_path: Path
):
    home, _ = whole
    tables = tmp_path / "tables"
    Engine(home, CPU).gather(cells(), tables)
    before = {path.name: path.read_bytes() for path in tables.iterdir()}
    empty = Engine(tmp_path / "home", CPU)
    assert empty.gather(cells(), tables) == Gathered(present=12, earlier=12)
    assert {path.name: path.read_bytes() for path in tables.iterdir()} == before
    assert empty.gather(cells()[:3], tables) == Gathered(present=3, earlier=3, others=9)
    assert {path.name: path.read_bytes() for path in tables.iterdir()} == before
    pruned = Engine(home, CPU).gather(cells()[:3], tables, prune=True)
    assert pruned == Gathered(present=3, pruned=9)
    assert set(read_table(tables)[0]["cell"]) == {cell.key for cell in cells()[:3]}


def test_what_tables_have_is_not_measured_again_in_another_home(
    whole: tuple[Path, Tally], tmp_path: Path
):
    home, _ = whole
    tables, other = tmp_path / "tables", tmp_path / "home"
    Engine(home, CPU).gather(cells()[:3], tables)
    resumed = Engine(other, CPU)
    resumed.take_up(cells(), tables)
    assert [resumed.is_finished(cell) for cell in cells()] == [True] * 3 + [False] * 9
    taken_up = resumed.record(cells()[0])
    assert taken_up is not None
    assert taken_up.row == record(home, cells()[0]).row
    assert resumed.run(cells()[:3]).kept == 3
    assert not list(other.glob("*/*"))
    assert resumed.run(cells()[:1], again=True).done == 1
    assert resumed.gather(cells()[:3], tables) == Gathered(present=3, earlier=2)


def test_a_row_that_failed_is_measured_again(tmp_path: Path):
    failing = Cell(pair(PERCEPTRON), Failing(), Nothing())
    Engine(tmp_path / "home", CPU).run([failing])
    Engine(tmp_path / "home", CPU).gather([failing], tmp_path / "tables")
    resumed = Engine(tmp_path / "other", CPU)
    resumed.take_up([failing], tmp_path / "tables")
    assert not resumed.is_finished(failing)
    (tmp_path / "tables" / "cells.csv").write_text("notes\n")
    resumed.take_up([failing], tmp_path / "tables")
    assert not resumed.is_finished(failing)
