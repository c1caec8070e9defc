"""A line swept in bfloat16: what is reported as a barrier is float32's, and the record says so."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from console import command
from hypothesis import given
from hypothesis import strategies as st
from tiny import PERCEPTRON, pair

from basinbench.errors import UserError
from basinbench.methods.base import Problem
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.barriers import chord_barrier
from basinbench.results.columns import SPLITS
from basinbench.runners.cells.merge import Cell
from basinbench.runners.finishes import Finish, Nothing, Repair
from basinbench.runners.measuring.align import align
from basinbench.runners.measuring.curve_precision import (
    LABEL,
    VARIABLE,
    CurvePrecision,
    curve_precision,
    in_bfloat16,
    swept,
)
from basinbench.runners.measuring.score import Scored, merge_context, score_cell
from basinbench.runners.measuring.workspace import Workspace
from basinbench.runners.networks import VGG, Architecture
from basinbench.runners.networks.evaluate import lambdas

CPU = torch.device("cpu")


@given(st.lists(st.floats(0, 4), min_size=9, max_size=9), st.lists(st.floats(-1, 1), min_size=9))
def test_every_extreme_is_one_of_float32(losses: list[float], errors: list[float]):
    """Whatever bfloat16 errs by: what is highest in the end was evaluated without it."""
    places = lambdas(11)[1:-1]
    exact: set[float] = set()

    def evaluate(place: float) -> float:
        index = places.index(place)
        if torch.is_autocast_enabled("cpu"):
            return losses[index] + errors[index]
        exact.add(place)
        return losses[index]

    def curve(found: Mapping[float, float]) -> dict[float, float]:
        return {0.0: 1.0, **found, 1.0: 2.0}

    def extremes(found: Mapping[float, float]) -> set[float]:
        whole = curve(found)
        return {max(whole, key=lambda t: whole[t] - (1 + t))}

    found = swept(places, (0.5,), evaluate, extremes, CPU)
    assert sorted(found) == sorted(places)
    assert 0.5 in exact
    assert extremes(found) <= exact | {0.0, 1.0}
    whole = curve(found)
    kept = [t for t in whole if t in exact or t in (0.0, 1.0)]
    barrier = chord_barrier(list(whole), list(whole.values()))
    assert barrier == chord_barrier(kept, [whole[t] for t in kept])
    assert all(found[t] == losses[places.index(t)] for t in exact)


Score = Callable[[CurvePrecision], Scored]


def scores_of(folder: Path, device: torch.device, network: Architecture, finish: Finish) -> Score:
    """The same cell in either number format."""
    cell = Cell(pair(network), WeightMatching(), finish, points=9)
    ends = Workspace(folder, device).ends(cell.endpoints)
    problem = Problem(ends.networks, ends.samples, 0, ends.per_network_data, ends.validation)
    context = merge_context(cell, ends, align(cell.method, problem))
    return lambda precision: score_cell(cell, ends, context, precision)


@pytest.mark.parametrize("network", [PERCEPTRON, VGG(8, 4, norm="layer")], ids=lambda n: n.name)
def test_barriers_are_float32_s_and_the_rest_is_near(
    tmp_path: Path, device: torch.device, network: Architecture
):
    score = scores_of(tmp_path, device, network, Nothing())
    whole, quick = score("float32"), score("bfloat16")
    assert (whole.precision, quick.precision) == ("", LABEL)
    assert quick.columns.keys() == whole.columns.keys()
    for name, value in whole.columns.items():
        if "_mid" in name or "barrier" not in name:
            assert quick.columns[name] == value, name
        elif name.endswith("loss"):
            assert quick.columns[name] == pytest.approx(value, abs=2e-3), name
    same = 0
    for ours, theirs in zip(quick.curve, whole.curve, strict=True):
        assert (ours.at, ours.split) == (theirs.at, theirs.split)
        assert ours.loss == pytest.approx(theirs.loss, rel=0.02, abs=0.01)
        same += ours == theirs
    assert 3 * len(SPLITS) <= same < len(whole.curve), "ends and middle at least, not all"


def test_a_line_with_a_finish_is_float32_s(tmp_path: Path):
    network = VGG(8, 4, norm="batch")
    score = scores_of(tmp_path, CPU, network, Repair())
    assert score("bfloat16") == score("float32")


def test_products_are_half_precise_within():
    a = torch.full((8, 8), 1 + 2**-12)
    with in_bfloat16(CPU):
        assert (a @ a).dtype == torch.bfloat16
    assert (a @ a).dtype == torch.float32


def test_what_a_run_asks_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert curve_precision() == "float32"
    monkeypatch.setenv(VARIABLE, "bfloat16")
    assert curve_precision() == "bfloat16"
    monkeypatch.setenv(VARIABLE, "float16")
    with pytest.raises(UserError, match="float32 or bfloat16, not 'float16'"):
        curve_precision()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_records_say_how_their_lines_were_swept(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    workers: int,
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "float32")  # and taken back, whatever the run makes of it
    words = ["run", "quick", "--network", "mlp-64x3", "--method", "identity", "--seed", "0-1"]
    words += ["--home", "home", "--workers", workers, "--curves", "bfloat16"]
    code, out, err = command(capsys, *words)
    assert (code, err) == (0, ""), out
    found = [json.loads(path.read_text()) for path in Path("home/cells").glob("*.json")]
    told = {row["finish"]: row["precision"] for row in found}
    assert told.pop("none") == LABEL
    assert set(told.values()) == {"float32"}
