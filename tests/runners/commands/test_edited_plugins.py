"""A plug-in is edited between two runs into one folder: its rows of both states never mix."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from own_things import __file__ as own_things
from tiny import CPU, PERCEPTRON, RECIPE

from basinbench.methods import Identity
from basinbench.plugin_files import plugins
from basinbench.reports.data.grid import read_grid
from basinbench.results.merging import Gathered
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import finishes
from basinbench.runners.grids.named import grid
from basinbench.runners.measuring.code import plugins_of
from basinbench.runners.measuring.worker import Worker
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.recipes import recipe, recipes

BEFORE = Path(own_things).read_text()
EDITED = BEFORE.replace("self.by for", "self.by * self.by for")
assert EDITED != BEFORE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.py"


def cells() -> list[Cell]:
    """Of three pairs of this package's networks, with the file's finish."""
    shrink = finishes()["shrink"]()
    ends = [Endpoint(PERCEPTRON, "digits", RECIPE, seed) for seed in range(3)]
    return [Cell(pair, Identity(), shrink, points=3) for pair in combinations(ends, 2)]


def recorded(home: Path, asked: list[Cell]) -> Gathered:
    """Their records as a run writes and gathers them; that nothing is measured saves its time."""
    engine, worker = Engine(home, CPU), Worker(home, CPU)
    for cell in asked:
        if not engine.records.has(cell.key):
            worker.skip(cell, "no luck")
    return engine.gather(asked, home / "results" / "own")


def test_a_record_says_which_state_of_a_file_it_is_of(file: Path):
    found = []
    for text in (BEFORE, EDITED):
        file.write_text(text)
        with plugins([file]):
            cell = grid("own-grid").cells()[-1]
            found.append((cell.describe(), json.loads(plugins_of(cell) or "{}")))
            assert plugins_of(grid("quick").cells()[0]) is None
    (first, states), (second, others) = found
    assert {n: v for n, v in first.items() if second[n] != v}.keys() == {"cell"}
    assert (
        states.keys()
        == others.keys()
        == {"network bottleneck", "finish shrink", "method norm-order"}
    )
    assert not {name for name, state in states.items() if others[name] == state}


def test_a_record_states_the_recipe_of_a_plug_in_in_full(file: Path):
    """Its name may mean something else tomorrow; a name of this package's does not."""
    for epochs in (2, 12):
        file.write_text(BEFORE.replace("epochs=2", f"epochs={epochs}"))
        with plugins([file]):
            own = recipes()["own-quick"]
            assert own.facts["epochs"] == epochs
            assert own.facts.keys() >= {"optimiser", "schedule", "batch"}
            assert (own.changes, own.label) == ({}, "own-quick")
            assert recipe("digits-short").facts == {}


@pytest.mark.slow
def test_what_was_measured_again_stands_and_of_the_rest_no_mean_is_made(file: Path, tmp_path: Path):
    folder = tmp_path / "results" / "own"
    file.write_text(BEFORE)
    with plugins([file]):
        assert recorded(tmp_path, cells()) == Gathered(present=3)
    file.write_text(EDITED)
    with plugins([file]):
        some = cells()
        assert recorded(tmp_path, some[:2]) == Gathered(present=2, others=1, superseded=2)
        found = read_grid(folder)
        assert (set(found.cells["cell"]), found.left_out) == ({c.key for c in some[:2]}, 1)
        assert recorded(tmp_path, some) == Gathered(present=3, superseded=1)
        assert read_grid(folder).left_out == 0
    file.write_text(BEFORE)
    with plugins([file]):
        back = cells()
        assert recorded(tmp_path, back) == Gathered(present=3, superseded=3), "none is lost"
        assert set(read_grid(folder).cells["cell"]) == {cell.key for cell in back}
