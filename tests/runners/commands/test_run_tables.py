"""What a run says about its tables: what stays in them, what leaves, and what is left alone."""

from pathlib import Path

import pytest
from console import command

from basinbench.results.record import Record
from basinbench.results.store import gather, read_records

pytestmark = pytest.mark.slow

ONE = ["--network", "mlp-64x3", "--method", "identity", "--finish", "none", "--seed", "0-1"]
OLD = Record({"cell": "of-an-edited-plug-in", "status": "done"})


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    gather([OLD], Path("my-results/quick"))
    return Path("my-results/quick")


def test_rows_stay_until_they_are_pruned_and_both_is_said(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, err = command(capsys, "run", "quick", *ONE)
    assert (code, err) == (0, "")
    assert "tables: my-results/quick, 1 of its 508 cells so far\n" in out
    assert "rows of other runs that stay there: 1\n" in out
    assert OLD in read_records(here)
    code, out, err = command(capsys, "run", "quick", *ONE, "--prune")
    assert (code, err) == (0, "")
    assert "rows of other runs that --prune took away: 1\n" in out
    assert len(read_records(here)) == 1
    assert OLD not in read_records(here)


def test_tables_that_cannot_be_read_are_left_alone_and_that_is_a_failure(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "curves.csv").write_text("notes\n")
    code, out, err = command(capsys, "run", "quick", *ONE)
    assert code == 1
    assert "1 cell done, 0 skipped, 0 failed" in out
    assert err.startswith("basinbench: the tables in my-results/quick are left as they are: ")
    assert err.count("\n") == 1
    assert (here / "curves.csv").read_text() == "notes\n"
    assert len(list(Path("home/cells").glob("*.json"))) == 1
