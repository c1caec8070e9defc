"""Records on disk: whole or not at all, and tables that read back exactly."""

import json
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from basinbench.results.columns import COLUMNS
from basinbench.results.files import write_whole
from basinbench.results.record import Epoch, Point, Record, summary
from basinbench.results.series import CURVE_COLUMNS
from basinbench.results.store import RecordStore, gather, read_records, read_table


def record(cell="a1", loss=0.1, **row):
    curve = tuple(
        Point(t, split, loss + t / 3, 0.9 - t / 7)
        for split in ("train", "test")
        for t in (0, 0.5, 1)
    )
    return Record({"cell": cell, "status": "done", **summary(curve), **row}, curve)


def make_older(folder: Path) -> None:
    """Tables as they were before they had checksums."""
    (folder / "tables.json").unlink()


def test_a_record_is_read_as_it_was_written(tmp_path):
    store = RecordStore(tmp_path)
    assert not store.has("a1")
    assert store.read("a1") is None
    path = store.write(record())
    assert path == tmp_path / "cells" / "a1.json"
    assert store.has("a1")
    assert store.read("a1") == record()


def test_a_later_record_of_the_same_cell_takes_the_place_of_the_first(tmp_path):
    store = RecordStore(tmp_path)
    store.write(Record({"cell": "a1", "status": "failed", "reason": "no memory"}))
    store.write(record())
    assert store.read("a1") == record()
    assert [path.name for path in store.folder.iterdir()] == ["a1.json"]


def test_all_records_come_in_the_order_of_their_cells(tmp_path):
    store = RecordStore(tmp_path)
    assert list(store) == []
    for cell in ("b", "c", "a"):
        store.write(record(cell))
    assert [r.cell for r in store] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda text: text[: len(text) // 2],
        lambda text: b"\xff\xfe" + text,
        lambda text: text.replace(b'"done"', b'"odd"'),
        lambda text: text.replace(b'"a1"', b'"a2"'),
        lambda _: b"\x80\x04\x95",
    ],
    ids=["empty", "cut", "no text", "unknown status", "of another cell", "a pickle"],
)
def test_a_damaged_record_is_named_set_aside_and_missing(tmp_path, damage):
    store = RecordStore(tmp_path)
    path = store.write(record())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match=r"a1\.json is damaged .*a1\.json\.damaged"):
        assert store.read("a1") is None
    assert not path.exists()
    assert path.with_name("a1.json.damaged").exists()
    assert not store.has("a1")
    store.write(record())
    assert store.has("a1")


def test_a_record_cut_anywhere_is_never_taken_for_a_whole_one(tmp_path):
    store = RecordStore(tmp_path)
    path = store.write(record())
    text = path.read_bytes()
    for end in range(0, len(text.rstrip()), 7):
        path.write_bytes(text[:end])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert store.read("a1") is None, end
        assert len(caught) == 1


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half\ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


WRITER = """
import itertools, sys
from pathlib import Path
from basinbench.results.files import write_whole
for i in itertools.count():
    write_whole(Path(sys.argv[1]), bytes([i % 256]) * 1_000_000)
"""


@pytest.mark.slow
def test_a_reader_sees_a_whole_file_while_it_is_written_and_after_the_writer_is_killed(tmp_path):
    path = tmp_path / "file"
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as writer:
            while not path.exists():
                time.sleep(0.01)
            sizes = set()
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                sizes.add(path.stat().st_size)
            writer.send_signal(signal.SIGKILL)
        assert sizes == {1_000_000}
        assert len(set(path.read_bytes())) == 1


def test_the_same_records_give_the_same_bytes_in_any_order(tmp_path):
    records = [
        record(f"c{i}", loss=i / 7, seeds=f"{2 * i}-{2 * i + 1}", dataset="digits")
        for i in range(12)
    ]
    gather(records, tmp_path / "one")
    gather(records[::-1], tmp_path / "two")
    for name in ("cells.csv", "curves.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    cells, curves = read_table(tmp_path / "one")
    assert cells["seeds"].tolist()[:3] == ["0-1", "2-3", "4-5"]
    assert cells["seeds"].tolist()[-1] == "22-23"  # by size, not by letters
    assert len(curves) == 12 * 6


def test_tables_read_back_exactly_each_column_with_its_type(tmp_path):
    values = np.abs(np.random.default_rng(0).normal(size=50)) * 10.0 ** np.arange(-25, 25)
    texts = ["none", "NA", "nan", 'a "b", c', "two\nlines", "", "−½"]
    records = [
        Record(
            {
                "cell": f"c{i:02}",
                "status": "done",
                "align_seconds": float(value),
                "train_loss_a": float("inf") if i == 3 else None,
                "points": 25 if i % 2 else None,
                "permutation": [True, False, None][i % 3],
                "method": texts[i % len(texts)],
            },
            (Point(0.5, "test", float(value), 1 / 3),),
        )
        for i, value in enumerate(values)
    ]
    gather(records, tmp_path)
    cells, curves = read_table(tmp_path)
    cells, curves = cells.set_index("cell"), curves.set_index("cell")
    for r in records:
        row = cells.loc[r.cell]
        assert row["align_seconds"] == r["align_seconds"]
        assert row["method"] == (r["method"] or "")
        assert curves.loc[r.cell, "loss"] == r.curve[0].loss
        assert curves.loc[r.cell, "accuracy"] == 1 / 3
        assert (
            pd.isna(row["permutation"])
            if r["permutation"] is None
            else (row["permutation"] == r["permutation"])
        )
    assert cells.loc["c03", "train_loss_a"] == float("inf")
    assert cells["points"].dtype == "Int64"
    assert cells["permutation"].dtype == "boolean"
    assert cells["train_loss_b"].dtype == "float64"
    assert cells["train_loss_b"].isna().to_numpy().all()


def test_a_table_has_the_columns_of_the_record_in_their_order(tmp_path):
    gather([record()], tmp_path)
    cells, curves = read_table(tmp_path)
    assert list(cells) == [column.name for column in COLUMNS]
    assert list(curves) == [column.name for column in CURVE_COLUMNS]
    header = (tmp_path / "cells.csv").read_text().partition("\n")[0]
    assert header.split(",") == list(cells)


def test_skipped_and_failed_cells_have_a_row_and_no_curve(tmp_path):
    gather([Record({"cell": "a", "status": "skipped", "reason": "no norm"}), record("b")], tmp_path)
    cells, curves = read_table(tmp_path)
    assert cells.set_index("cell").loc["a", "reason"] == "no norm"
    assert set(curves["cell"]) == {"b"}


def test_two_records_of_one_cell_cannot_be_gathered(tmp_path):
    with pytest.raises(ValueError, match="more than one record of cell a1"):
        gather([record(), record(loss=0.2)], tmp_path)
    assert not (tmp_path / "cells.csv").exists()


def test_an_older_table_has_blanks_and_of_a_newer_one_the_unknown_is_left_out(tmp_path):
    gather([record()], tmp_path)
    make_older(tmp_path)
    table = pd.read_csv(tmp_path / "cells.csv", dtype=str, keep_default_na=False)
    table = table.drop(columns=["device", "train_loss_a", "points"]).assign(novelty="1")
    table.to_csv(tmp_path / "cells.csv", index=False)
    cells, _ = read_table(tmp_path)
    assert cells.loc[0, "device"] == ""
    assert cells[["train_loss_a", "points"]].isna().to_numpy().all()
    assert "novelty" not in cells


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "cell,points\nx,many\n", "cell,permutation\nx,1\n", 'cell\n"x\n'],
    ids=["empty", "no cells", "no number", "no boolean", "open quote"],
)
def test_a_damaged_table_is_one_sentence_with_its_name(tmp_path, text):
    gather([record()], tmp_path)
    make_older(tmp_path)
    (tmp_path / "cells.csv").write_text(text)
    with pytest.raises(ValueError, match=r"cells\.csv is not a table of results: ") as caught:
        read_table(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_table_cut_or_doubled_is_no_table(tmp_path):
    gather([record(), record("a2")], tmp_path)
    make_older(tmp_path)
    path = tmp_path / "cells.csv"
    whole = path.read_text()
    for text in (
        whole[: whole.rindex("done") + 4],
        whole + whole.splitlines(keepends=True)[-1],
        whole.replace("done", "dune"),
        whole.replace("done", ""),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"cells\.csv is not a table of results: "):
            read_table(tmp_path)
    path.write_text(whole)
    curves = tmp_path / "curves.csv"
    curves.write_text(curves.read_text()[:-30])
    with pytest.raises(ValueError, match=r"curves\.csv is not a table of results: row 12 has"):
        read_table(tmp_path)


def test_records_read_back_from_their_tables(tmp_path):
    skipped = Record({"cell": "b1", "status": "skipped", "reason": "no norm", "networks": 2})
    retrained = replace(record("c1", permutation=True), retraining=(Epoch(3, "test", 0.5, 0.25),))
    records = [record(), skipped, retrained]
    gather(records, tmp_path / "one")
    gather(read_records(tmp_path / "one"), tmp_path / "other")
    for name in ("cells.csv", "curves.csv", "retraining.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("name", ["cells.csv", "curves.csv"])
def test_a_missing_table_is_named(tmp_path, name):
    gather([record()], tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"no results: .*{name} does not exist"):
        read_table(tmp_path)


@pytest.mark.slow
def test_writing_records_does_not_wait_for_pandas():
    code = "import sys, basinbench.results.store; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_json_on_disk_is_readable_by_others(tmp_path):
    path: Path = RecordStore(tmp_path).write(record())
    assert json.loads(path.read_text())["test_loss_a"] == 0.1
