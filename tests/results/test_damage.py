"""Damage of every kind to records and tables: it is found, or what is read is what was written."""

import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from console import command
from whole_records import record

from basinbench.results import contents
from basinbench.results.store import RecordStore, gather, read_records, read_table

pytestmark = pytest.mark.slow

Damage = Callable[[bytes], bytes]


@pytest.fixture(autouse=True)
def nobody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for: no run puts a table right while it is read."""
    monkeypatch.setattr(contents, "_PAUSE", 0)


def cut(share: float) -> Damage:
    return lambda text: text[: int(len(text) * share)]


def swap(old: bytes, new: bytes, count: int = 1) -> Damage:
    """One text in the place of another, which must be there."""

    def damage(text: bytes) -> bytes:
        assert old in text, old
        return text.replace(old, new, count)

    return damage


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    return lambda text: b"".join(change(text.splitlines(keepends=True)))


def entry(**values: object) -> Damage:
    """A record's JSON with other values, and with the checksum that it had."""
    return lambda text: json.dumps(json.loads(text) | values, indent=1).encode()


def halved_curve(text: bytes) -> bytes:
    row = json.loads(text)
    return json.dumps(row | {"curve": row["curve"][:5]}).encode()


JUNK = bytes(range(256)) * 40

RECORDS: dict[str, Damage] = {
    "empty": cut(0),
    "cut at once": cut(0.001),
    "cut in half": cut(0.5),
    "cut near the end": cut(0.97),
    "without its last bracket": lambda text: text.rstrip()[:-1],
    "a flipped bit in a number": swap(b"0.15625", b"0.15635"),
    "a flipped bit in a name": swap(b'"align_seconds"', b'"alien_seconds"'),
    "a flipped bit in the key": swap(b'"a1"', b'"a3"'),
    "a flipped bit in a text": swap(b"digits", b"dogits"),
    "twice in one file": lambda text: text + text,
    "an entry twice": lines(lambda found: [*found[:3], found[2], *found[3:]]),
    "two entries exchanged": entry(train_loss_a=0.25, train_loss_b=0.125),
    "a text for a number": entry(points="5"),
    "a number for a text": entry(dataset=5),
    "a truth value for a number": entry(points=True),
    "no list of points": entry(curve=None),
    "points that are none": entry(curve=[[0, 1]]),
    "half of its curve": halved_curve,
    "an accuracy of 7.3": entry(test_accuracy_mid=7.3),
    "seconds below zero": entry(align_seconds=-3.0),
    "binary junk": lambda _: JUNK,
    "another encoding": lambda text: text.decode().encode("utf-16"),
    "a bracket without end": lambda _: b"[" * 100_000,
}
"""All but those of values are found in records without a checksum as well."""

ONLY_BY_CHECKSUM = {
    "a flipped bit in a number",
    "a flipped bit in a text",
    "two entries exchanged",
    "half of its curve",
}


def test_as_many_damages_as_there_are_to_be():
    assert (len(RECORDS), len(TABLES)) == (23, 41)


@pytest.mark.parametrize("older", [False, True], ids=["with a checksum", "older"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_damaged_record_is_found(name: str, older: bool, tmp_path: Path):
    store, sound = RecordStore(tmp_path), record("a1", 0.25)
    path = store.write(sound)
    if older:
        row = json.loads(path.read_bytes())
        del row["checksum"]
        path.write_text(json.dumps(row, indent=1))
        assert store.read("a1") == sound
        if name in ONLY_BY_CHECKSUM:
            pytest.skip("nothing but a checksum can tell")
    before = path.read_bytes()
    damaged = RECORDS[name](before)
    assert damaged != before
    path.write_bytes(damaged)
    with pytest.warns(UserWarning, match=r"a1\.json is damaged \(.*set aside") as caught:
        assert store.read("a1") is None
    assert all("\n" not in str(each.message) for each in caught)
    assert path.with_name("a1.json.damaged").read_bytes() == damaged


HARMLESS: dict[str, Damage] = {
    "other blanks": lambda text: json.dumps(json.loads(text)).encode(),
    "another order": lambda text: json.dumps(json.loads(text), sort_keys=True, indent=2).encode(),
    "other line ends": swap(b"\n", b"\r\n", -1),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_no_value_of_a_record_is_harmless(name: str, tmp_path: Path):
    store, sound = RecordStore(tmp_path), record("a1", 0.25)
    path = store.write(sound)
    path.write_bytes(HARMLESS[name](path.read_bytes()))
    assert store.read("a1") == sound


def test_a_record_of_a_newer_version_is_read_without_what_is_new(tmp_path: Path):
    """Two versions share a home: neither sets the other's records aside."""
    newer = json.loads(record("a1", 0.25).to_json())
    newer |= {"novelty": [1, {"deep": None}], "other": "x"}
    del newer["checksum"]
    from basinbench.results.record import _checksum

    store = RecordStore(tmp_path)
    store.write(record("a1", 0.25)).write_text(json.dumps(newer | {"checksum": _checksum(newer)}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.read("a1") == record("a1", 0.25)


@dataclass(frozen=True)
class ToTable:
    """Damage to a file; `older`: it is found without checksums too."""

    file: str
    damage: Damage
    older: bool = True


def header(change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    """Other names of columns over the same values."""

    def damage(text: bytes) -> bytes:
        first, rest = text.split(b"\n", 1)
        return b",".join(change(first.split(b","))) + b"\n" + rest

    return damage


def exchanged(one: str, other: str) -> Damage:
    names = {one.encode(): other.encode(), other.encode(): one.encode()}
    return header(lambda found: [names.get(name, name) for name in found])


CELLS, CURVES, EPOCHS = "cells.csv", "curves.csv", "retraining.csv"
GROUPS = "image_groups.csv"

TABLES: dict[str, ToTable] = {
    "cells: empty": ToTable(CELLS, cut(0)),
    "cells: cut in the names": ToTable(CELLS, cut(0.05)),
    "cells: cut within a row": ToTable(CELLS, cut(0.7)),
    "cells: the last row is gone": ToTable(CELLS, lines(lambda found: found[:-1])),
    "cells: names alone": ToTable(CELLS, lines(lambda found: found[:1])),
    "cells: a row twice": ToTable(CELLS, lines(lambda found: [*found, found[-1]])),
    "cells: a row in the middle is gone": ToTable(CELLS, lines(lambda f: [*f[:2], *f[3:]])),
    "cells: a field too few": ToTable(CELLS, swap(b",A Processor,", b",")),
    "cells: a field too many": ToTable(CELLS, swap(b",A Processor,", b",A,Processor,")),
    "cells: a column twice": ToTable(CELLS, swap(b",train_loss_b,", b",train_loss_a,")),
    "cells: columns exchanged": ToTable(CELLS, exchanged("train_loss_a", "train_loss_b")),
    "cells: other columns exchanged": ToTable(
        CELLS, exchanged("align_seconds", "equivalence_error"), older=False
    ),
    "cells: kinds exchanged": ToTable(CELLS, exchanged("points", "device")),
    "cells: no keys": ToTable(CELLS, swap(b"cell,", b"call,")),
    "cells: a word for a number": ToTable(CELLS, swap(b",0.15625,", b",much,")),
    "cells: a fraction for a count": ToTable(CELLS, swap(b",0-1,,2,", b",0-1,,2.5,")),
    "cells: an accuracy of 7.3": ToTable(CELLS, swap(b",0.90625,", b",7.3,")),
    "cells: seconds below zero": ToTable(CELLS, swap(b",0.15625,", b",-3.0,")),
    "cells: a flipped bit in a time": ToTable(CELLS, swap(b",0.15625,", b",0.15635,"), older=False),
    "cells: a flipped bit in a score": ToTable(CELLS, swap(b",0.4375,", b",0.4335,")),
    "cells: an unknown status": ToTable(CELLS, swap(b",done,", b",dune,")),
    "cells: no status": ToTable(CELLS, swap(b",done,", b",,")),
    "cells: another key": ToTable(CELLS, swap(b"\na2,", b"\nb2,")),
    "cells: an open quote": ToTable(CELLS, swap(b"A Processor", b'"A Processor')),
    "cells: binary junk": ToTable(CELLS, lambda _: JUNK),
    "cells: another encoding": ToTable(CELLS, lambda text: text.decode().encode("utf-16")),
    "curves: empty": ToTable(CURVES, cut(0)),
    "curves: cut in half": ToTable(CURVES, lines(lambda found: found[: len(found) // 2])),
    "curves: cut within a row": ToTable(CURVES, cut(0.8)),
    "curves: a point is gone": ToTable(CURVES, lines(lambda found: [*found[:2], *found[3:]])),
    "curves: a point twice": ToTable(CURVES, lines(lambda found: [*found, found[-1]])),
    "curves: of a cell that is not there": ToTable(CURVES, swap(b"a2,", b"z9,")),
    "curves: columns exchanged": ToTable(CURVES, exchanged("loss", "accuracy")),
    "curves: an unknown split": ToTable(CURVES, swap(b",test,", b",tset,")),
    "curves: a place beyond the line": ToTable(CURVES, swap(b",1.0,", b",1.5,")),
    "curves: a flipped bit in a loss": ToTable(CURVES, swap(b",0.4375,", b",0.4335,")),
    "epochs: of a cell that is not there": ToTable(EPOCHS, swap(b"a2,", b"z9,")),
    "groups: of a cell that is not there": ToTable(GROUPS, swap(b"a2,", b"z9,")),
    "groups: one is gone": ToTable(GROUPS, lines(lambda found: [*found[:2], *found[3:]])),
    "groups: one twice": ToTable(GROUPS, lines(lambda found: [*found, found[-1]])),
    "groups: one too many": ToTable(GROUPS, swap(b",24,", b",25,")),
}


@pytest.mark.parametrize("older", [False, True], ids=["with checksums", "older"])
@pytest.mark.parametrize("name", TABLES)
def test_a_damaged_table_is_one_sentence(
    name: str, older: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table, folder = TABLES[name], tmp_path / "small"
    gather([record(f"a{i}", i / 16) for i in range(1, 6)], folder)
    if older:
        (folder / "tables.json").unlink()
        if not table.older:
            pytest.skip("nothing but a checksum can tell")
    assert len(read_records(folder)) == 5, "sound before"
    path = folder / table.file
    before = path.read_bytes()
    path.write_bytes(table.damage(before))
    assert path.read_bytes() != before
    with pytest.raises(ValueError, match=rf"{folder}.*\.csv ") as caught:
        read_records(folder)
    assert "\n" not in str(caught.value)
    code, out, err = command(capsys, "report", "--results", tmp_path, "--out", tmp_path / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err == f"basinbench: {caught.value}\n"
    assert not list((tmp_path / "out").glob("*/*"))


def test_of_a_table_that_was_cut_the_number_of_rows_is_said(tmp_path: Path):
    gather([record("a1", 0.25), record("a2", 0.5)], tmp_path)
    path = tmp_path / CURVES
    path.write_bytes(TABLES["curves: cut in half"].damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"curves\.csv .* it has 9 rows, not 20; restore it"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"3", b'{"cells.csv": 3}', b"{}", JUNK, b"[" * 100_000]
)
def test_damaged_checksums_are_one_sentence(text: bytes, tmp_path: Path):
    gather([record("a1", 0.25)], tmp_path)
    (tmp_path / "tables.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"tables\.json") as caught:
        read_table(tmp_path)
    assert "\n" not in str(caught.value)
    assert re.search(r"restore it, or delete", str(caught.value))


@pytest.mark.parametrize("file", [CELLS, CURVES, EPOCHS, GROUPS])
def test_every_single_bit_of_a_table_counts(file: str, tmp_path: Path):
    gather([record("a1", 0.25)], tmp_path)
    path = tmp_path / file
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 20)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"is not the table that was written there"):
            read_records(tmp_path)


def test_a_table_that_a_run_writes_while_it_is_read_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    gather([record("a1", 0.25)], tmp_path)
    path = tmp_path / CELLS
    whole, damaged = path.read_bytes(), cut(0.5)(path.read_bytes())
    path.write_bytes(damaged)
    monkeypatch.setattr(contents.time, "sleep", lambda _: path.write_bytes(whole))
    (found,) = read_records(tmp_path)
    assert found["test_loss_mid"] == record("a1", 0.25)["test_loss_mid"]
