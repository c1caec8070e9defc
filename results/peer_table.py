"""The table of other programs beside this one, on the same weights: `results/peers/peers.csv`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import require
from .column import Column
from .contents import CONTENTS, contents, sound_bytes
from .csv_files import csv_text, frame, read_texts, values
from .files import write_together
from .record import Value, checked_value

if TYPE_CHECKING:
    from pandas import DataFrame

PEERS = "peers.csv"
OUTCOMES = ("done", "failed", "earlier")
"""`earlier`: figures that were measured before, elsewhere, of a program that is in no registry."""

PEER_COLUMNS: tuple[Column, ...] = (
    Column("cell", str, "", "network and program: the name of the row"),
    Column("network", str, "", "short name of the architecture"),
    Column("weights", str, "", "where the weights come from: trained on a data set, or random"),
    Column("parameters", int, "", "number of trained weights in one network", low=0),
    Column("does", str, "", "align: it finds maps; average: it takes the mean of the weights"),
    Column("program", str, "", "the program"),
    Column("version", str, "", "its version"),
    Column("settings", str, "", "what was asked of it, in words"),
    Column("status", str, "", " or ".join(OUTCOMES), choices=OUTCOMES),
    Column("reason", str, "", "why it failed, or where an earlier figure is from; else blank"),
    Column("seconds", float, "s", "wall time of the alignment or the average alone", low=0),
    Column("cpu_seconds", float, "s", "CPU time of the same, of all threads", low=0),
    Column("runs", int, "", "number of runs; of several the first is warm-up", low=1),
    Column(
        "setup_seconds",
        float,
        "s",
        "CPU time before that, in which the program looks at the network's graph",
        low=0,
    ),
    Column("peak_bytes", float, "bytes", "peak memory that the timed run adds", low=0),
    Column("objective", float, "", "inner product of all weights of the two networks, aligned"),
    Column(
        "function_change",
        float,
        "",
        "greatest change of the second network's outputs by its alignment, in float64, as a "
        "multiple of its greatest output",
        low=0,
        diverges=True,
    ),
    Column("permutation", bool, "", "whether all it did to the second network is reorder units"),
    Column(
        "recovered",
        float,
        "share",
        "units that are put back in their place, of a network whose units were reordered at random",
        low=0,
        high=1,
    ),
    Column(
        "barrier",
        float,
        "nats",
        "rise of the test loss of the merge with equal weights above the two networks' mean",
        diverges=True,
    ),
    Column("device", str, "", "the processor"),
    Column("threads", int, "", "number of CPU threads", low=1),
    Column("torch", str, "", "version of PyTorch"),
    Column("python", str, "", "version of Python"),
    Column("commit", str, "", "commit of this package, where it is known"),
    Column("date", str, "", "when it was run, UTC, ISO 8601"),
)
_NAMES = frozenset(column.name for column in PEER_COLUMNS)


def write_peers(rows: Iterable[Mapping[str, Value]], folder: Path) -> None:
    """Write the table and its checksum to `folder`; what a row lacks is blank.

    Raises `ValueError` for an unknown column, a value that its column cannot hold, a row that is
    there twice, and a failure without a reason.
    """
    table = [_checked(row) for row in rows]
    count = [str(row["cell"]) for row in table]
    if twice := sorted({name for name in count if count.count(name) > 1}):
        raise ValueError(f"more than one row of {', '.join(twice)}")
    text = csv_text(PEER_COLUMNS, ([row.get(c.name) for c in PEER_COLUMNS] for row in table))
    file = {PEERS: (len(table), text.encode())}
    write_together(
        {folder / name: content for name, (_, content) in file.items()},
        folder / CONTENTS,
        contents(file),
    )


def read_peers(folder: Path) -> "DataFrame":
    """The table of `folder`, each column with the type that it states.

    Raises `FileNotFoundError` where there is none, and `ValueError` where it is damaged.
    """
    require("report", "pandas")
    path = Path(folder) / PEERS
    return frame(path, PEER_COLUMNS, read_texts(path, sound_bytes(path), PEER_COLUMNS))


def peer_rows(folder: Path) -> list[dict[str, Value]]:
    """The rows as they were written, none where there is no table; `ValueError` as `read_peers`."""
    path = Path(folder) / PEERS
    if not path.is_file():
        return []
    texts = read_texts(path, sound_bytes(path), PEER_COLUMNS)
    names = [column.name for column in PEER_COLUMNS]
    return [dict(zip(names, row, strict=True)) for row in values(path, PEER_COLUMNS, texts)]


def _checked(row: Mapping[str, Value]) -> Mapping[str, Value]:
    if unknown := sorted(set(row) - _NAMES):
        raise ValueError(f"the table of programs has no column {', '.join(map(repr, unknown))}")
    if not row.get("cell") or not row.get("status"):
        raise ValueError("a row of the table of programs has a name and a status")
    if bool(row.get("reason")) == (row["status"] == "done"):
        raise ValueError(f"a row that is {row['status']} with the reason {row.get('reason')!r}")
    found = ((c.name, checked_value(c, row.get(c.name))) for c in PEER_COLUMNS)
    return {name: value for name, value in found if value is not None}
