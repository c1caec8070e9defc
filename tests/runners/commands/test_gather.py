"""Tables of several machines in one folder: no row is lost, and nothing is written over."""

from pathlib import Path

import pytest
from console import command

from basinbench.results.record import Record
from basinbench.results.store import gather, read_records


def row(cell: str, day: int, reason: str = "why") -> Record:
    return Record(
        {"cell": cell, "status": "skipped", "reason": reason, "date": f"2026-01-{day:02}T00:00:00"}
    )


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines with grids that share a cell, and own tables of one of the grids."""
    monkeypatch.chdir(tmp_path)
    gather([row("a", 2, "new"), row("b", 1)], Path("one/quick"))
    gather([row("a", 1, "old"), row("c", 1)], Path("two/quick"))
    gather([row("d", 1)], Path("two/mine"))
    gather([row("own", 1)], Path("my-results/quick"))


def found(table: str) -> set[tuple[object, object]]:
    return {(record.cell, record["reason"]) for record in read_records(Path(table))}


@pytest.mark.usefixtures("folders")
def test_rows_of_all_machines_lie_in_one_table_and_the_later_one_stands(
    capsys: pytest.CaptureFixture[str],
):
    code, out, err = command(capsys, "gather", "one", "two")
    assert (code, err) == (0, "")
    assert found("my-results/quick") == {("a", "new"), ("b", "why"), ("c", "why"), ("own", "why")}
    assert found("my-results/mine") == {("d", "why")}
    assert "my-results/quick: 2 rows of one/quick, 0 were there" in out
    assert "my-results/quick: 1 rows of two/quick, 1 were there or are newer there, 2 others" in out
    before = {path: path.read_bytes() for path in Path("my-results").rglob("*.csv")}
    assert command(capsys, "gather", "two", "one/quick")[0] == 0  # in any order, and once more
    assert {path: path.read_bytes() for path in Path("my-results").rglob("*.csv")} == before


@pytest.mark.usefixtures("folders")
def test_a_damaged_table_leaves_everything_as_it_was(capsys: pytest.CaptureFixture[str]):
    Path("two/mine/cells.csv").write_text("notes\n")
    code, out, err = command(capsys, "gather", "one", "two")
    assert (code, out) == (2, "")
    assert err.startswith("basinbench: two/mine/cells.csv")
    assert err.count("\n") == 1
    assert found("my-results/quick") == {("own", "why")}


@pytest.mark.usefixtures("folders")
def test_own_tables_that_cannot_be_read_are_left_alone(capsys: pytest.CaptureFixture[str]):
    Path("my-results/quick/cells.csv").write_text("notes\n")
    code, out, err = command(capsys, "gather", "two")
    assert code == 1
    assert "the tables in my-results/quick are left as they are" in err
    assert Path("my-results/quick/cells.csv").read_text() == "notes\n"
    assert "my-results/mine: 1 rows of two/mine" in out


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere has no tables of results"),
        (["one", "--results", "one"], "one/quick is to be gathered into itself"),
    ],
)
def test_misuse_is_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    code, out, err = command(capsys, "gather", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert found("one/quick") == {("a", "new"), ("b", "why")}
