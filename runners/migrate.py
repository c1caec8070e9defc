"""Tables and a home of key version 1, with new keys and facts in the place of labels.

    python -m basinbench.runners.migrate RESULTS [HOME]

rewrites `RESULTS/*/*.csv`, and the records and networks of `HOME`, in place. Measured values stay
as they are, character by character. What no grid of this version has is named and left alone.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save

from ..results.columns import BY_NAME, COLUMNS
from ..results.files import write_whole
from ..results.record import Record
from ..results.store import CELLS, CURVES, RETRAINING, RecordStore, gather, read_records
from .any_cell import AnyCell, needs
from .endpoints import EndpointStore
from .grids import grids
from .keys import description, plain

GONE = ("network", "method_name", "finish_name")
LABELS = ("recipe", "split", "method", "finish", "against")


def main(results: Path, home: Path | None = None) -> None:
    """Rewrite the tables in `results` and, where it is given, everything in `home`."""
    cells = {old_key(cell): cell for grid in grids().values() for cell in grid.cells()}
    for table in sorted(results.glob(f"*/{CELLS}")):
        _migrate_tables(table.parent, cells)
    if home:
        _migrate_records(home, cells)
        _migrate_networks(home, cells)


def old_key(value: object) -> str:
    """The key of version 1: of the classes' names and all fields."""
    return sha256(_text(_old(value)).encode()).hexdigest()[:16]


def _old(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        own = {f.name: _old(getattr(value, f.name)) for f in fields(value)}
        digest = getattr(type(value), "digest", "")
        return {"class": type(value).__name__, **({"digest": digest} if digest else {}), **own}
    if isinstance(value, (list, tuple)):
        return [_old(item) for item in value]
    return plain(value)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _migrate_tables(folder: Path, cells: dict[str, AnyCell]) -> None:
    rows = list(_rows(folder / CELLS))
    unknown = [row["cell"] for row in rows if row["cell"] not in cells]
    if unknown:
        print(f"{folder}: {len(unknown)} cells are of no grid and are left out: {unknown[:5]}")
    keys = {row["cell"]: cells[row["cell"]].key for row in rows if row["cell"] in cells}
    new = [_row(row, cells[row["cell"]]) for row in rows if row["cell"] in cells]
    _write(folder / CELLS, [c.name for c in COLUMNS], new)
    for name in (CURVES, RETRAINING):
        if (folder / name).is_file():
            points = [
                p | {"cell": keys[p["cell"]]} for p in _rows(folder / name) if p["cell"] in keys
            ]
            header = (folder / name).read_text().partition("\n")[0].split(",")
            _write(folder / name, header, points)
    gather(read_records(folder), folder)  # in the order of the new columns
    print(f"{folder}: {len(new)} cells")


def _row(row: dict[str, str], cell: AnyCell) -> dict[str, str]:
    measured = {k: v for k, v in row.items() if k in BY_NAME and k not in (*GONE, *LABELS)}
    facts = {k: _cell(v) for k, v in cell.describe().items()}
    done = row["status"] == "done" and row.get("test_loss_mid", "")
    return measured | facts | ({"diverged": "False"} if done else {})


def _cell(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


def _migrate_records(home: Path, cells: dict[str, AnyCell]) -> None:
    store = RecordStore(home)
    for path in sorted(store.folder.glob("*.json")):
        if not (cell := cells.get(path.stem)):
            continue
        old = json.loads(path.read_text(encoding="utf-8"))
        rest = {k: v for k, v in old.items() if k not in (*GONE, *LABELS)}
        done = old["status"] == "done" and "test_loss_mid" in old
        facts = {k: v for k, v in cell.describe().items() if v is not None}
        text = json.dumps(rest | facts | ({"diverged": False} if done else {}))
        store.write(Record.from_json(text))
        path.unlink()


def _migrate_networks(home: Path, cells: dict[str, AnyCell]) -> None:
    store = EndpointStore(home)
    for endpoint in {e for cell in cells.values() for e in needs(cell)}:
        path = home / "endpoints" / f"{old_key(endpoint)}.safetensors"
        if not path.is_file():
            continue
        with safe_open(path, "pt") as file:
            facts = file.metadata() | {"description": description(endpoint)}
        write_whole(store.path(endpoint), save(load_file(path), facts))
        path.unlink()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
