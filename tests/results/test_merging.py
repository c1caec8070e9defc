"""Tables that grow lose no row in silence."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from basinbench.results.facts import canonical
from basinbench.results.merging import Gathered, gather_into
from basinbench.results.record import Record
from basinbench.results.store import gather, read_records


def record(cell: str, status: str = "done", **row: object) -> Record:
    reason = {} if status == "done" else {"reason": "no luck"}
    error = {"equivalence_error": 0.5} if status == "inequivalent" else {}
    return Record({"cell": cell, "status": status, **reason, **error, **row})  # type: ignore[arg-type]


def rows(folder: Path) -> dict[str, Record]:
    return {each.cell: each for each in read_records(folder)}


def test_rows_of_cells_that_nobody_asked_for_stay_until_they_are_pruned(tmp_path: Path):
    gather([record("old"), record("mine", seed=1)], tmp_path)
    found = gather_into(tmp_path, [record("mine", seed=2)], {"mine", "next"})
    assert found == Gathered(present=1, others=1)
    assert rows(tmp_path) == {"old": record("old"), "mine": record("mine", seed=2)}
    found = gather_into(tmp_path, [record("mine", seed=2)], {"mine"}, prune=True)
    assert found == Gathered(present=1, pruned=1)
    assert set(rows(tmp_path)) == {"mine"}


def test_further_cells_are_the_grids_own_and_asked_for_only_where_a_row_needs_it(tmp_path: Path):
    asked: list[str] = []

    def further() -> set[str]:
        asked.append("")
        return {"later"}

    assert gather_into(tmp_path, [record("mine")], {"mine"}, True, further).present == 1
    assert asked == []
    gather([record("old"), record("mine"), record("later")], tmp_path)
    found = gather_into(tmp_path, [], {"mine"}, True, further)
    assert found == Gathered(present=2, earlier=2, pruned=1)
    assert (set(rows(tmp_path)), asked) == ({"mine", "later"}, [""])


@pytest.mark.parametrize(
    ("there", "ours", "kept"),
    [
        ("done", "done", "ours"),
        ("done", "skipped", "ours"),
        ("done", "inequivalent", "ours"),
        ("skipped", "done", "ours"),
        ("failed", "done", "ours"),
        ("failed", "failed", "ours"),
        ("inequivalent", "done", "ours"),
        ("done", "failed", "there"),
        ("skipped", "failed", "there"),
        ("inequivalent", "failed", "there"),
    ],
)
def test_a_failure_takes_the_place_of_nothing_that_was_found_out(
    there: str, ours: str, kept: str, tmp_path: Path
):
    gather([record("a", there, device="there")], tmp_path)
    found = gather_into(tmp_path, [record("a", ours, device="ours")], {"a"})
    assert rows(tmp_path)["a"]["device"] == kept
    assert found == Gathered(present=1, earlier=int(kept == "there"))


EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("there", "ours", "kept"),
    [
        (("done", LATE), ("done", EARLY), "there"),
        (("done", EARLY), ("done", LATE), "ours"),
        (("done", LATE), ("done", LATE), "ours"),
        (("done", LATE), ("done", None), "there"),
        (("done", None), ("done", EARLY), "ours"),
        (("done", LATE), ("inequivalent", EARLY), "there"),
        (("inequivalent", LATE), ("done", EARLY), "there"),
        (("failed", LATE), ("failed", EARLY), "there"),
        (("failed", LATE), ("done", EARLY), "ours"),
        (("done", EARLY), ("failed", LATE), "there"),
    ],
)
def test_of_two_records_of_a_cell_the_later_stands(
    there: tuple[str, str | None], ours: tuple[str, str | None], kept: str, tmp_path: Path
):
    """A home may be older than the tables: what it holds says nothing against newer rows."""
    gather([record("a", there[0], device="there", date=there[1])], tmp_path)
    found = gather_into(tmp_path, [record("a", ours[0], device="ours", date=ours[1])], {"a"})
    assert rows(tmp_path)["a"]["device"] == kept
    assert found == Gathered(present=1, earlier=int(kept == "there"))


@pytest.mark.parametrize("prune", [False, True])
def test_a_cell_under_an_earlier_key_gives_way_where_it_was_measured_again(
    prune: bool, tmp_path: Path
):
    """A plug-in was edited: keys change, and what the rows say of the cell does not."""

    def own(cell: str, seeds: str, status: str = "done") -> Record:
        state = canonical({"method own": cell[:3]})
        return record(cell, status, method="own", seeds=seeds, plugins=state)

    gather([own("old1", "0-1"), own("old2", "0-2"), own("old3", "1-2")], tmp_path)
    ours = [own("new1", "0-1"), own("new2", "0-2", "failed")]
    found = gather_into(tmp_path, ours, {"new1", "new2", "new3"}, prune)
    others, pruned = (0, 2) if prune else (2, 0)
    assert found == Gathered(present=2, others=others, pruned=pruned, superseded=1)
    assert rows(tmp_path).keys() - {"old2", "old3"} == {"new1", "new2"}
    assert ("old2" in rows(tmp_path)) is not prune, "the later state has no number of it"


@pytest.mark.parametrize("status", ["done", "failed"])
def test_rows_of_one_description_and_one_state_of_the_code_are_other_cells(
    status: str, tmp_path: Path
):
    """A description need not hold all that a key does; nothing gives way without an edit."""
    same = {"method": "own", "seeds": "0-1", "method_digest": "abc"}
    gather([record("there", **same)], tmp_path)
    found = gather_into(tmp_path, [record("mine", status, **same)], {"mine"})
    assert found == Gathered(present=1, others=1)
    assert rows(tmp_path).keys() == {"there", "mine"}


def test_what_was_measured_and_is_no_number_stays_that(tmp_path: Path):
    """A blank would be passed over by every mean."""
    gather([record("a", test_loss_mid=float("nan"), test_loss_a=float("inf"))], tmp_path)
    before = (tmp_path / "cells.csv").read_bytes()
    gather_into(tmp_path, [], {"a"})
    assert (tmp_path / "cells.csv").read_bytes() == before
    assert b",nan," in before


def test_a_table_of_a_newer_version_loses_no_column(tmp_path: Path):
    gather([record("old")], tmp_path)
    path = tmp_path / "cells.csv"
    (tmp_path / "tables.json").unlink()
    header, row = path.read_text().splitlines()
    path.write_text(f"{header},new\n{row},1\n")
    found = gather_into(tmp_path, [record("mine")], {"mine"})
    assert "has the column 'new', which a newer version" in found.unreadable
    assert path.read_text() == f"{header},new\n{row},1\n"


def test_a_misspelt_column_is_called_so(tmp_path: Path):
    gather([record("old")], tmp_path)
    path = tmp_path / "cells.csv"
    (tmp_path / "tables.json").unlink()
    path.write_text(path.read_text().replace("test_loss_mid", "test_los_mid"))
    found = gather_into(tmp_path, [record("mine")], {"mine"})
    assert "the column 'test_los_mid' and no column 'test_loss_mid'" in found.unreadable


GATHER = """
import sys, time
from pathlib import Path
from basinbench.results.merging import gather_into
from basinbench.results.record import Record
folder, number, start = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
import pandas, filelock
while time.time() < start:
    time.sleep(0.001)
for i in range(10):
    gather_into(folder, [Record({"cell": f"c{number}-{i}", "status": "done"})], set())
"""


@pytest.mark.slow
def test_runs_that_end_at_the_same_time_lose_none_of_each_other_s_rows(tmp_path: Path):
    folder = tmp_path / "results" / "quick"
    command = [sys.executable, "-c", GATHER, str(folder)]
    start = str(time.time() + 4)
    runs = [subprocess.Popen([*command, str(number), start]) for number in range(3)]
    while any(run.poll() is None for run in runs):
        if (folder / "cells.csv").is_file():
            read_records(folder)  # whatever moment it is: sound, with the rows of that moment
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert set(rows(folder)) == {f"c{number}-{i}" for number in range(3) for i in range(10)}


def test_an_empty_table_is_called_so(tmp_path: Path):
    (tmp_path / "cells.csv").write_text("")
    found = gather_into(tmp_path, [record("mine")], {"mine"})
    assert found.unreadable.endswith("cells.csv is not a table of results: it is empty")


def test_tables_that_cannot_be_read_are_left_alone(tmp_path: Path):
    gather([record("old")], tmp_path)
    (tmp_path / "cells.csv").write_text("my own notes")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    found = gather_into(tmp_path, [record("mine")], {"mine"})
    assert found.present == 0
    assert "cells.csv is not the table that was written there" in found.unreadable
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
