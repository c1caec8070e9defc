"""Files that cannot be written: one sentence with the path, and what was there stays."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from console import command

from basinbench.errors import UserError
from basinbench.results.files import UnwritableError, write_together, write_whole
from basinbench.results.record import Record
from basinbench.results.store import RecordStore, gather, read_records

OLD = Record({"cell": "a1", "status": "done"})
NEW = Record({"cell": "a2", "status": "done"})


def test_a_folder_that_is_a_file_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    for write in (
        lambda: write_whole(tmp_path / "file" / "a.json", "text"),
        lambda: gather([OLD], tmp_path / "file" / "quick"),
        lambda: RecordStore(tmp_path / "file").write(OLD),
    ):
        with pytest.raises(UnwritableError, match=r"^cannot write .*/file/.*: ") as caught:
            write()
        assert isinstance(caught.value, UserError)
        assert isinstance(caught.value, OSError)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_the_error_comes_through_from_another_process(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
        pytest.raises(UnwritableError, match=r"^cannot write .*/file/a\.json: "),
    ):
        pool.submit(write_whole, tmp_path / "file" / "a.json", "text").result()


def test_a_name_that_is_a_folder_leaves_nothing_beside_it(tmp_path: Path):
    (tmp_path / "cells.csv").mkdir()
    with pytest.raises(UnwritableError, match=r"cannot write .*cells\.csv: "):
        write_whole(tmp_path / "cells.csv", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["cells.csv"]


def test_files_that_belong_together_are_all_prepared_before_one_is_replaced(tmp_path: Path):
    gather([OLD], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    files = {tmp_path / "cells.csv": b"new", tmp_path / "curves.csv" / "x": b"in no folder"}
    with pytest.raises(UnwritableError, match="cannot write"):
        write_together(files, tmp_path / "tables.json", "{}")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(UnwritableError, match=r"closed/a\.json: Permission denied"):
        write_whole(tmp_path / "closed" / "a.json", "text")


FULL = """
import resource, sys
from pathlib import Path
from basinbench.results.record import Record
from basinbench.results.store import RecordStore, gather
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # more is refused, as by a full disk
folder = Path(sys.argv[1])
new = Record({"cell": "a2", "status": "done"})
for write in (lambda: gather([new], folder), lambda: RecordStore(folder).write(new)):
    try:
        write()
    except OSError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_one_sentence_and_loses_nothing(tmp_path: Path):
    gather([OLD], tmp_path)
    RecordStore(tmp_path).write(OLD)
    run = subprocess.run([sys.executable, "-c", FULL, tmp_path], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    tables, record = run.stdout.splitlines()
    assert tables == f"cannot write {tmp_path / 'image_groups.csv'}: File too large"
    assert record == f"cannot write {tmp_path / 'cells' / 'a2.json'}: File too large"
    assert read_records(tmp_path) == [OLD]
    assert list(RecordStore(tmp_path)) == [OLD]
    assert not list(tmp_path.rglob("*.part"))


def test_the_command_line_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out" / "site").mkdir(parents=True)
    (tmp_path / "out" / "site" / "index.html").mkdir()  # a folder where the page goes
    gather([NEW], tmp_path / "in" / "small")
    code, out, err = command(capsys, "report", "--results", "in", "--out", "out")
    assert (code, out) == (2, "")
    assert "index.html" in err
    assert err.count("\n") == 1
