"""The table that a run ends with: what its cells measured, means over their sets of networks."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from ...results.labels import each_label, label, method_label, network_label
from ...results.record import Record
from ..counting import counted
from ..times import measured

WIDTH = 80
LEFT = 49
"""Columns of the names of method and finish."""

LONGEST = 40
"""Rows that are printed; the report has them all."""

_USUAL_POINTS = 25
"""Places on a line where nobody asks for others."""


@dataclass(frozen=True)
class SummaryRow:
    """One method with one finish under one condition; numbers are means over `sets` of networks.

    `barrier`: greatest rise of the test loss above the line between the networks, in nats;
    `accuracy`: of the merge with equal weights on the test set, a share; `align_seconds`: of the
    alignment alone; `found`: of a planted permutation, or the share of units on which two methods
    agree. `None` where it is not measured, and where one of the sets `diverged`.
    """

    condition: str
    method: str
    finish: str
    sets: int
    diverged: int
    barrier: float | None
    accuracy: float | None
    align_seconds: float | None
    found: float | None


def summary_rows(records: Iterable[Record]) -> list[SummaryRow]:
    """A row for each condition, method and finish of the records that are done, as they come."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        if record.status == "done" and record["method"]:
            groups.setdefault(_place(record), []).append(record)
    # Rows of one condition stand together, whenever their cells were run.
    conditions = list(dict.fromkeys(condition for condition, _, _ in groups))
    ordered = sorted(groups.items(), key=lambda group: conditions.index(group[0][0]))
    return [_row(*place, alike) for place, alike in ordered]


def summary_table(rows: Sequence[SummaryRow], hint: str) -> str:
    """The rows as text, no wider than `WIDTH`; of many the first, and where to find the others.

    `hint` says where all of them are.
    """
    lines: list[str] = []
    shown = rows[:LONGEST]
    condition = None
    for row in shown:
        if row.condition != condition:
            condition = row.condition
            lines += ["", *_wrapped(condition), _heading(row)]
        lines.append(_line(row))
    if len(rows) > len(shown):
        lines += ["", f"{counted(len(rows) - len(shown), 'more row')}: {hint}"]
    return "\n".join(lines)


def reasons_to_skip(records: Iterable[Record]) -> dict[str, int]:
    """Why cells were skipped -> how many were for that, the most frequent first."""
    reasons = (str(r["reason"]) for r in records if r.status == "skipped")
    return dict(Counter(reasons).most_common())


def as_plain(rows: Sequence[SummaryRow]) -> list[dict[str, str | int | float | None]]:
    """The rows in what JSON has."""
    return [asdict(row) for row in rows]


def curves_of(records: Iterable[Record]) -> list[dict[str, str | float | None]]:
    """Every point of the records' lines, by name; numbers as they were measured."""
    return [
        {
            "networks": _text(record, "checkpoints"),
            "method": _place(record)[1],
            "finish": _place(record)[2],
            "at": point.at,
            "split": point.split,
            "loss": point.loss,
            "accuracy": point.accuracy,
        }
        for record in records
        for point in record.curve
    ]


def _place(record: Record) -> tuple[str, str, str]:
    """Condition, method and finish of a record."""
    network = network_label(_text(record, "network_family"), _text(record, "network_params"))
    parts = [f"{record['dataset']}, {network}"]
    if record["recipe"]:
        parts.append(each_label(_text(record, "recipe"), _text(record, "recipe_params")))
    if record["split"] not in (None, "shared"):
        parts.append(label(_text(record, "split"), _text(record, "split_params")))
    if (count := record["networks"]) not in (None, 2):
        parts.append(f"{count} networks")
    if record["noise"] is not None:
        parts.append(f"noise {record['noise']:g}")
    if record["points"] not in (None, _USUAL_POINTS):
        parts.append(f"{record['points']} points")
    if record["against"]:
        against = label(_text(record, "against"), _text(record, "against_params"))
        parts.append(f"agreement with {against}")
    method = method_label(
        _text(record, "method"), _text(record, "method_params"), _text(record, "maps_from")
    )
    finish = record["finish"] and label(_text(record, "finish"), _text(record, "finish_params"))
    return ", ".join(parts), method, str(finish or "")


def _text(record: Record, column: str) -> str:
    return str(record[column] or "")


def _row(condition: str, method: str, finish: str, records: list[Record]) -> SummaryRow:
    diverged = sum(bool(record["diverged"]) for record in records)
    return SummaryRow(
        condition,
        method,
        finish,
        len(records),
        diverged,
        None if diverged else _mean(records, "test_barrier_chord_loss"),
        None if diverged else _mean(records, "test_accuracy_mid"),
        _mean(records, "align_seconds"),
        _mean(records, "recovered" if records[0]["kind"] == "planted" else "agreement"),
    )


def _mean(records: list[Record], column: str) -> float | None:
    """The mean of what all records have; `None` where one lacks it or it is not finite."""
    values = [record[column] for record in records]
    numbers = [v for v in values if isinstance(v, (int, float)) and math.isfinite(v)]
    return fmean(numbers) if len(numbers) == len(values) else None


def _heading(row: SummaryRow) -> str:
    if row.finish:
        return _joined("method", "finish", "barrier", "accuracy", "align", "sets")
    return _joined("method", "", "", "found", "align", "sets")


def _line(row: SummaryRow) -> str:
    time = "–" if row.align_seconds is None else measured(row.align_seconds)
    if not row.finish:
        return _joined(row.method, "", "", _percent(row.found), time, str(row.sets))
    barrier = "–" if row.barrier is None else f"{row.barrier:.4f}"
    if row.diverged:
        barrier = f"{row.diverged} div."
    return _joined(row.method, row.finish, barrier, _percent(row.accuracy), time, str(row.sets))


def _joined(method: str, finish: str, barrier: str, found: str, time: str, sets: str) -> str:
    """One line; names that are too long for it stand on a line of their own above the numbers."""
    left = f"  {method:31} {finish:15}"
    above = ""
    if len(left) > LEFT:
        above, left = f"{_cut(f'  {method}, {finish}'.removesuffix(', '))}\n", " " * LEFT
    return above + f"{left} {barrier:>8} {found:>8} {time:>7} {sets:>4}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _wrapped(condition: str) -> list[str]:
    """The condition in lines no longer than `WIDTH`, broken after commas."""
    lines = [""]
    for part in condition.split(", "):
        joined = f"{lines[-1]}, {part}" if lines[-1] else part
        if len(joined) < WIDTH or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(part)
    return [_cut(f"{line},") for line in lines[:-1]] + [_cut(f"{lines[-1]}:")]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"
