"""Table: other programs beside this one, on the same weights."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

import pandas as pd

from ..data.statistics import Interval
from ..wording import numbers
from ..wording.captions import machine_in_words
from .table import Section, Table

HOW_TO_READ_PEERS = """\
**How to read this.** Every program gets the same files of weights, runs in a process and an
environment of its own on one thread, with one version of PyTorch for all, and answers with a file
of weights; what is said of the answer is computed from that file. **Time** and **CPU** are of the
alignment or the average alone: reading the network's graph comes before it (*graph*), and a first
run of less than ten seconds is warm-up. **Objective** is the inner product of all weights.
**Outputs changed** is the greatest change of the second network's outputs in float64, over the
greatest output: an alignment should leave them as they are. **Recovered** is the share of units
that are put back in place, of a network whose units were reordered at random. **Barrier** is the
rise of the test loss half-way above the mean of the two networks; random networks have none.

Figures in *italics* were not measured here: they stand beside the others for orientation, with
their machine, for programs that are in no package registry.
"""

_EARLIER, _FAILED = "earlier", "failed"
Row = Mapping[Any, Any]


def peer_table(rows: pd.DataFrame) -> Table:
    """A section for each network; of a table that `results.peer_table` reads."""
    networks: dict[str, list[Row]] = {}
    for row in rows.to_dict("records"):
        networks.setdefault(str(row["network"]), []).append(row)
    sections = [
        Section("", f"{network}, {_weights(own)}", _shown(own), _caption(own))
        for network, own in networks.items()
    ]
    return Table("peers", "Other programs on the same weights", sections, rows)


def _here(rows: Sequence[Row]) -> list[Row]:
    """Those that were measured with the others."""
    return [row for row in rows if row["status"] != _EARLIER]


def _weights(rows: Sequence[Row]) -> str:
    return str((_here(rows) or rows)[0]["weights"])


def _shown(rows: Sequence[Row]) -> pd.DataFrame:
    """What is read: each number as far as it is told."""
    plain = [row["cpu_seconds"] for row in rows if row["program"].startswith("plain loop")]
    reference = _number(plain[0]) if plain else nan
    shown = []
    for row in rows:
        cpu = _number(row["cpu_seconds"])
        own = {
            "Program": " ".join(part for part in (row["program"], row["version"]) if part),
            "Asked": row["settings"],
            "Time": numbers.duration(_single(row["seconds"])),
            "CPU": numbers.duration(_single(cpu)),
            "Plain loop / CPU": numbers.number(
                reference / cpu if cpu and row["does"] == "align" else nan, 1
            ),
            "Graph": numbers.duration(_single(row["setup_seconds"])),
            "Peak memory added": numbers.memory(_single(row["peak_bytes"])),
            "Objective": numbers.number(_number(row["objective"]), 2),
            "Outputs changed": numbers.scientific(_number(row["function_change"])),
            "Recovered (%)": numbers.number(100 * _number(row["recovered"]), 1),
            "Barrier (nats)": numbers.number(_number(row["barrier"]), 3),
            "Note": _note(row),
        }
        earlier = row["status"] == _EARLIER
        shown.append({k: f"*{v}*" if earlier and v else v for k, v in own.items()})
    return pd.DataFrame(shown)


def _note(row: Row) -> str:
    if row["status"] == _FAILED:
        return f"failed: {row['reason']}"
    if row["status"] == _EARLIER:
        return f"{row['weights']}; {row['reason']}; {_machine(row)}"
    if row["does"] == "align" and not row["permutation"]:
        return "not a reordering of the second network's units"
    return ""


def _caption(rows: Sequence[Row]) -> str:
    if not (here := _here(rows)):
        return "Nothing was measured here."
    parameters = [int(row["parameters"]) for row in here if not pd.isna(row["parameters"])]
    days = sorted({row["date"][:10] for row in here if row["date"]})
    parts = [
        "One pair of networks",
        f"{parameters[0]:,} weights each" if parameters else "",
        *sorted(set(map(_machine, here))),
        *(f"torch {each}" for each in sorted({row["torch"] for row in here} - {""})),
        *(f"Python {each}" for each in sorted({row["python"] for row in here} - {""})),
        " to ".join(dict.fromkeys((days[0], days[-1]))) if days else "",
    ]
    return f"{', '.join(part for part in parts if part)}."


def _machine(row: Row) -> str:
    count = row["threads"]
    return machine_in_words(row["device"], 0 if pd.isna(count) else int(count))


def _number(value: Any) -> float:
    return nan if pd.isna(value) else float(value)


def _single(value: Any) -> Interval:
    """One value, of which there is no interval."""
    found = _number(value)
    return Interval(found, nan, nan, int(not isnan(found)))
