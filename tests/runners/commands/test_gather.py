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
    assert "my-results/quick: 2 rows of one/quick, 1 that were there stay" in out
    assert "my-results/quick: 1 row of two/quick, 3 that were there stay" in out
    before = {path: path.read_bytes() for path in Path("my-results").rglob("*.csv")}
    assert command(capsys, "gather", "two", "one/quick")[0] == 0  # in any order, and once more
    assert {path: path.read_bytes() for path in Path("my-results").rglob("*.csv")} == before


def test_states_of_a_plug_in_stay_beside_each_other_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The report looks at the later of them: none is lost to one that is older."""
    monkeypatch.chdir(tmp_path)
    facts = {"status": "skipped", "reason": "why", "method": "mine", "dataset": "digits"}
    new = Record({**facts, "cell": "new", "date": "2026-01-20T00:00:00"})
    old = Record({**facts, "cell": "old", "date": "2026-01-01T00:00:00"})
    gather([new], Path("new/quick"))
    gather([old], Path("old/quick"))
    for name, folders in {"one": ("new", "old"), "two": ("old", "new")}.items():
        assert command(capsys, "gather", *folders, "--results", name)[0] == 0
        assert {record.cell for record in read_records(Path(name) / "quick")} == {"new", "old"}


@pytest.mark.usefixtures("folders")
def test_a_column_of_a_newer_version_is_not_dropped(capsys: pytest.CaptureFixture[str]):
    path = Path("one/quick/cells.csv")
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{header},novel", *(f"{row}," for row in rows)]) + "\n")
    Path("one/quick/tables.json").unlink()
    code, _, err = command(capsys, "gather", "two", "one")
    assert code == 2
    assert "the column 'novel', which a newer version" in err
    assert found("my-results/quick") == {("own", "why")}


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
    assert "my-results/mine: 1 row of two/mine" in out


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("named", [".", "../quick/../quick", "link"])
def test_a_table_goes_by_the_name_of_its_own_folder(
    named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """However it is named: nothing is written outside of --results, nor under a link's name."""
    (tmp_path / "one/quick/link").symlink_to(tmp_path / "two/quick")
    monkeypatch.chdir(tmp_path / "one/quick")
    code, _, err = command(capsys, "gather", named, "--results", "../../mine")
    assert (code, err) == (0, "")
    assert [path.name for path in (tmp_path / "mine").iterdir() if path.is_dir()] == ["quick"]


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("name", ["Quick", "site", "my tables"])
def test_a_folder_that_no_grid_can_be_called_is_refused(
    name: str, capsys: pytest.CaptureFixture[str]
):
    Path("one/quick").rename(Path("one") / name)
    code, out, err = command(capsys, "gather", "one")
    assert (code, out) == (2, "")
    assert f"a folder called {name!r}, which no grid can be called" in err
    assert found("my-results/quick") == {("own", "why")}


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere has no tables of results"),
        (["two", "one", "--results", "one"], "one/quick is to be gathered into itself"),
        (["two", "--results", "one/quick"], "one/quick has the tables of one grid"),
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
