"""Further looks: a run goes on with more networks for what is undecided, and for nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.cells import selections
from basinbench.results.columns import SPLITS
from basinbench.results.record import Point, Record, ends, summary
from basinbench.results.store import gather
from basinbench.runners.cells.merge import Cell
from basinbench.runners.commands.looks import NextLook, further_cells, next_look
from basinbench.runners.execution.engine import Engine
from basinbench.runners.grids.named import grid

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")

METHODS = ("weight-matching", "fedma", "identity")
"""Whose accuracies claim Q5 compares, with a greedy start and with one greedy pass; the last is its
control."""


def measured(cell: Cell, accuracy: float, ends_at: float = 0.95) -> Record:
    """A finished record of `cell`, whose merge and ends have these accuracies."""
    loss = 1.0 if cell.method.name == "identity" else 0.1
    at = (0.0, 0.5, 1.0)
    curve = tuple(
        Point(t, s, loss if t == 0.5 else 0.1, accuracy if t == 0.5 else ends_at)
        for s in SPLITS
        for t in at
    )
    scores: dict[str, float] = {}
    for split in SPLITS:
        scores |= ends(split, "ece", [0.01, 0.01]) | {f"{split}_ece_mid": 0.01}
        scores |= {f"{split}_ensemble_{q}": 0.5 for q in ("loss", "accuracy", "ece")}
    about = {"status": "done", "diverged": False, "permutation": True, "device": "A Processor"}
    return Record({**cell.describe(), **about, **scores, **summary(curve)}, curve)


def of_q5() -> list[Cell]:
    """The cells of the first look at Q5."""
    return [
        cell
        for cell in grid("mnist").cells()
        if isinstance(cell, Cell) and cell.method.name in METHODS and len(cell.endpoints) == 2
    ]


def results(folder: Path, spread: float) -> Path:
    """Tables of the first look at the cells of Q5, whose differences vary by `spread`."""
    draw = np.random.default_rng(0)
    records = [measured(c, 0.9 + spread * float(draw.uniform(-2, 2))) for c in of_q5()]
    gather(records, folder / "mnist")
    linear = [
        cell
        for cell in grid("claims").cells()
        if isinstance(cell, Cell) and cell.network == "linear"
    ]
    gather([measured(c, 0.9, ends_at=0.9) for c in linear], folder / "claims")  # the control
    return folder


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NextLook]:
    """Results of which the first look decides nothing, and the next."""
    folder = results(tmp_path_factory.mktemp("undecided"), spread=0.03)
    return folder, next_look(grid("mnist"), 2, folder)


def test_more_networks_are_measured_for_what_is_undecided(
    undecided: tuple[Path, NextLook], tmp_path: Path
):
    asked = {c.id for c in CLAIMS if c.looks and any(s.grid == "mnist" for s in selections(c))}
    assert "Q5" in asked
    mnist = grid("mnist")
    _, found = undecided
    assert "Q5" in found.claims
    assert set(found.claims) <= asked
    before, there = set(mnist.cells(1)), set(mnist.cells(2))
    assert set(found.cells) <= there - before
    own = [cell for cell in found.cells if cell.finish.name == "none"]  # type: ignore[union-attr]
    pairs = {cell.seeds for cell in own}
    assert len(pairs) == 20 * 19 / 2 - 10 * 9 / 2, "all pairs with one of the new networks"
    assert next_look(mnist, 4, tmp_path).cells == [], "there are three looks"


def test_a_dry_run_knows_the_next_look_where_the_tables_have_all_of_the_last(
    undecided: tuple[Path, NextLook], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    mnist, (folder, found) = grid("mnist"), undecided
    first = of_q5()
    engine = Engine(tmp_path / "home", CPU)
    assert further_cells(engine, first, mnist, 2, folder) == []
    assert "known when the tables have all of look 1" in capsys.readouterr().err
    engine.take_up(first, folder / "mnist")
    further = further_cells(engine, first, mnist, 3, folder)
    assert further == found.cells, "the third is not known yet"
    told = capsys.readouterr().err
    assert f"{len(further)} cells of more networks, for what is undecided: " in told
    assert "known when the tables have all of look 2" in told


def test_what_is_decided_asks_for_no_more(tmp_path: Path):
    found = next_look(grid("mnist"), 2, results(tmp_path, spread=1e-5))
    assert "Q5" not in found.claims
