"""Rows of an edited plug-in: one state of its code stands, and no mean is over two of them."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, mlp, record

from basinbench.reports.build import build
from basinbench.reports.data.grid import GridResults, read_grid
from basinbench.reports.data.named import Named
from basinbench.results.facts import canonical
from basinbench.results.record import Record
from basinbench.results.store import gather

DAYS = [f"2026-01-{day:02}T00:00:00+00:00" for day in range(1, 29)]
OWN = Named("own")


def own(pair: str, day: int, state: str = "", what: str = "method", **row: object) -> Record:
    """A row of a day, measured by a state of what a plug-in brings; without one it is older."""
    names = {"method": "own", "finish": "own-finish", "network": "own-network"}
    given = {
        "method": OWN if what == "method" else "identity",
        "finish": names["finish"] if what == "finish" else "none",
        "network": Named(names["network"]) if what == "network" else mlp(64, 64),
    }
    plugins = canonical({f"{what} {names[what]}": state}) if state else None
    about = {"cell": f"c{pair}-{day}-{what}-{state}", "date": DAYS[day], "plugins": plugins}
    return record(pair=pair, **given, **about | row)  # type: ignore[arg-type]


def read(folder: Path, *records: Record) -> GridResults:
    gather(records, folder / "grid")
    return read_grid(folder / "grid")


@pytest.mark.parametrize("what", ["method", "finish", "network"])
def test_rows_of_an_earlier_state_leave_whatever_pairs_they_have(what: str, tmp_path: Path):
    """A run of the edited plug-in that was broken off has not measured every pair again."""
    early = [own(pair, 1, "a", what) for pair in PAIRS]
    grid = read(tmp_path, *early, own(PAIRS[0], 2, "b", what), record("identity", PAIRS[1]))
    assert grid.left_out == 3
    assert len(grid.cells) == 2
    assert sum('"b"' in text for text in grid.cells["plugins"]) == 1


def test_a_state_that_only_failed_takes_the_place_of_no_measured_row(tmp_path: Path):
    failed = own(PAIRS[0], 3, "b", status="failed", reason="no luck", test_loss_mid=None)
    grid = read(tmp_path, own(PAIRS[0], 2, "a"), own(PAIRS[1], 1, "a"), failed)
    assert (list(grid.cells["status"]), grid.left_out) == (["done"] * 2, 1)
    measured = own(PAIRS[1], 2, "b")
    assert list(read(tmp_path, own(PAIRS[1], 1, "a"), failed, measured).cells["date"]) == [
        failed["date"],
        measured["date"],
    ], "of a state that has measured something, what failed stands as well"
    assert list(read(tmp_path, failed).cells["status"]) == ["failed"]


def test_rows_of_one_description_and_one_state_are_other_cells(tmp_path: Path):
    rows = [own(PAIRS[0], day, "a", method_digest="abc") for day in (1, 2)]
    assert read(tmp_path, *rows).left_out == 0
    other = own(PAIRS[0], 3, "a", method_digest="abd")
    assert read(tmp_path, *rows, other).left_out == 2


def test_rows_from_before_states_were_kept_are_of_another_state(tmp_path: Path):
    grid = read(tmp_path, own(PAIRS[0], 1), own(PAIRS[1], 2, "a"))
    assert (list(grid.cells["seeds"]), grid.left_out) == ([PAIRS[1]], 1)


def test_of_rows_that_are_one_cell_the_latest_that_did_not_fail_stands(tmp_path: Path):
    """Two keys, and nothing that tells them apart: the mean of both would be no measurement."""
    days = (3, 1, 2)
    rows = [own(PAIRS[0], day, test_accuracy_mid=day / 10) for day in days]
    failed = own(PAIRS[0], 9, status="failed", reason="no luck")
    grid = read(tmp_path, *rows, failed)
    assert grid.left_out == 3
    (condition,) = grid.conditions
    assert list(condition.values("test_accuracy_mid").values()) == [0.3]


def test_what_differs_in_a_parameter_or_a_seed_stays(tmp_path: Path):
    rows = [
        own(PAIRS[0], 1, "a"),
        own(PAIRS[0], 2, "a", cell="c2", seed=1),
        own(PAIRS[0], 3, "a", cell="c3", points=5),
        own(PAIRS[0], 4, "a", cell="c4", method_params='{"x":1}'),
        own(PAIRS[0], 5, "a", cell="c5", recipe_params='{"epochs":2}'),
        own(PAIRS[0], 6, "a", cell="c6", dataset_digest="other"),
    ]
    assert read(tmp_path, *rows).left_out == 0


@pytest.mark.slow
def test_a_report_says_how_many_rows_it_leaves_out(tmp_path: Path):
    gather([own(pair, 1, "a") for pair in PAIRS[:2]] + [own(PAIRS[0], 2, "b")], tmp_path / "in/own")
    said = "2 rows were measured by an earlier state of a plug-in's code"
    with pytest.warns(UserWarning, match=f"grid own: Left out: {said}"):
        build(tmp_path / "in", tmp_path / "out")
    assert said in (tmp_path / "out/own/README.md").read_text()


@pytest.mark.parametrize("text", ["{", "[]", '{"method own":1}'])
def test_states_that_are_none_are_one_sentence(text: str, tmp_path: Path):
    with pytest.raises(ValueError, match="its column 'plugins' holds") as caught:
        read(tmp_path, own(PAIRS[0], 1, plugins=text))
    assert "\n" not in str(caught.value)
