"""The record of one cell: a row of the table, and the curve it was measured from."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..errors import printable
from .barriers import barriers
from .column import Column
from .columns import BY_NAME, COLUMNS, SPLITS, STATUSES
from .facts import canonical, finite_or_text
from .series import CURVE_COLUMNS, IMAGE_GROUP_COLUMNS, RETRAINING_COLUMNS

Value = str | int | float | bool | None

CHECKSUM = "checksum"
"""What a record's JSON calls the hash of all else that stands in it."""

_AT, _EPOCH, _GROUP = (
    {c.name: c for c in columns}
    for columns in (CURVE_COLUMNS, RETRAINING_COLUMNS, IMAGE_GROUP_COLUMNS)
)
_IN_GROUP = tuple(_GROUP)[2:]


@dataclass(frozen=True)
class Point:
    """The loss (nats) and accuracy (share) on one split at one place of the line.

    `at` is lambda, the weight of the second network.
    """

    at: float
    split: str
    loss: float
    accuracy: float

    def __post_init__(self):
        for name in ("at", "loss", "accuracy"):  # NumPy's floats are written differently
            object.__setattr__(self, name, float(getattr(self, name)))
        for name, value in (("lambda", self.at), *_scores(self)):
            _check(_AT[name], value)


@dataclass(frozen=True)
class Epoch:
    """The loss (nats) and accuracy (share) on one split after `epoch` epochs of retraining."""

    epoch: int
    split: str
    loss: float
    accuracy: float

    def __post_init__(self):
        if self.epoch != int(self.epoch):
            raise ValueError(f"an epoch is a whole number, not {self.epoch!r}")
        object.__setattr__(self, "epoch", int(self.epoch))
        for name in ("loss", "accuracy"):
            object.__setattr__(self, name, float(getattr(self, name)))
        for name, value in (("epoch", self.epoch), *_scores(self)):
            _check(_EPOCH[name], value)


@dataclass(frozen=True)
class ImageGroup:
    """Scores on one `group` of the test images, in the order of `columns.IMAGE_GROUP_COLUMNS`.

    Five significant digits are kept: a group is there for its distance from the others, and the
    scores of all images stand in the record's row.
    """

    group: int
    scores: tuple[float, ...]

    def __post_init__(self):
        scores = tuple(float(f"{float(score):.5g}") for score in self.scores)
        for name, value in zip(("group", *_IN_GROUP), (self.group, *scores), strict=True):
            _check(_GROUP[name], value)
        object.__setattr__(self, "scores", scores)


@dataclass(frozen=True)
class Record:
    """What a cell is, how it ended, and what was measured.

    `row` maps names of `columns.COLUMNS` to values; what is left out is blank (`None`): it was not
    measured. A float that is not finite was measured, and stays what it is. `curve` is empty where
    nothing was evaluated along a line, `retraining` where nothing was trained after the merge,
    `groups` where nothing was merged.
    Texts are kept as they are printed: controls in them are written out (`printable`).
    Raises `ValueError` for an unknown column, a value of the wrong type or out of its column's
    range, a status that is none of `STATUSES`, a reason that does not fit the status, or a `cell`
    unfit as a file name.
    """

    row: Mapping[str, Value]
    curve: tuple[Point, ...] = ()
    retraining: tuple[Epoch, ...] = ()
    groups: tuple[ImageGroup, ...] = ()

    def __post_init__(self):
        if unknown := sorted(set(self.row) - set(BY_NAME)):
            raise ValueError(f"a record has no column {', '.join(map(repr, unknown))}")
        row = {column.name: checked_value(column, self.row.get(column.name)) for column in COLUMNS}
        cell, status, reason = row["cell"], row["status"], row["reason"]
        if not isinstance(cell, str) or not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_.-]*", cell):
            raise ValueError(f"a record's cell must be fit as a file name, not {cell!r}")
        if status is None:
            raise ValueError(f"a record has a status: {', '.join(STATUSES)}")
        if bool(reason) == (status == "done"):
            raise ValueError(f"a {status} record with the reason {reason!r}")
        if status == "inequivalent" and row["equivalence_error"] is None:
            raise ValueError(
                "an inequivalent record needs the equivalence_error that it was found by"
            )
        object.__setattr__(self, "row", row)
        object.__setattr__(self, "curve", tuple(self.curve))
        object.__setattr__(self, "retraining", tuple(self.retraining))
        object.__setattr__(self, "groups", tuple(self.groups))

    def __getitem__(self, column: str) -> Value:
        return self.row[column]

    @property
    def cell(self) -> str:
        """The cell's hash."""
        return str(self.row["cell"])

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        return str(self.row["status"])

    def to_json(self) -> str:
        """The record as JSON (RFC 8259: no NaN), the same bytes for equal records.

        Its last entry is a checksum of the others.
        """
        row = {name: finite_or_text(value) for name, value in self.row.items() if value is not None}
        series = {
            name: [{k: finite_or_text(v) for k, v in asdict(point).items()} for point in points]
            for name, points in (("curve", self.curve), ("retraining", self.retraining))
        }
        groups = [[g.group, *map(finite_or_text, g.scores)] for g in self.groups]
        whole = row | series | ({"groups": groups} if groups else {})
        return json.dumps(whole | {CHECKSUM: _checksum(whole)}, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """The record that `to_json` wrote; `ValueError` where the text is no record, or changed.

        Columns that are not known here are left out: a newer version shares the home. A record
        without a checksum is older than that, and knows no column that is not known here.
        """
        try:
            row = json.loads(text, object_pairs_hook=_once)
            checksum = row.pop(CHECKSUM, None)
            if checksum is not None and checksum != _checksum(row):
                raise ValueError("its checksum is not that of its content")
            curve = [
                Point(_float(p["at"]), p["split"], _float(p["loss"]), _float(p["accuracy"]))
                for p in row.pop("curve")
            ]
            retraining = [  # older records have none
                Epoch(p["epoch"], p["split"], _float(p["loss"]), _float(p["accuracy"]))
                for p in row.pop("retraining", [])
            ]
            groups = [  # and these none either
                ImageGroup(group, tuple(map(_float, scores)))
                for group, *scores in row.pop("groups", [])
            ]
            if checksum is not None:
                row = {name: value for name, value in row.items() if name in BY_NAME}
            for name, value in row.items():
                if name in BY_NAME and BY_NAME[name].kind is float:
                    row[name] = _float(value)
        except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"no record: {error!r}") from error
        return cls(row, tuple(curve), tuple(retraining), tuple(groups))


def _checksum(whole: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(whole).encode()).hexdigest()[:16]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; of a name that occurs twice Python would keep the last without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it has an entry twice")
    return found


def ends(split: str, quantity: str, values: Sequence[float]) -> dict[str, float]:
    """Columns for the networks before the merge: their mean, min and max, and `a` and `b` of two.

    `quantity` is loss, accuracy or ece; `values` has one number per network, two or more.
    """
    columns = {"mean": np.mean(values), "min": np.min(values), "max": np.max(values)}
    columns |= dict(zip("ab", values, strict=True)) if len(values) == 2 else {"a": values[0]}
    return {f"{split}_{quantity}_{place}": float(value) for place, value in columns.items()}


def summary(curve: Iterable[Point]) -> dict[str, float]:
    """The columns that a curve between two networks determines, so that the two cannot disagree.

    For each split: loss and accuracy of both ends and of the middle (left out where 1/2 is not
    among the points), and the four barriers. `ValueError` where an end is missing.
    """
    curve, columns = tuple(curve), {}
    for split in SPLITS:
        points = [point for point in curve if point.split == split]
        if not points:
            continue
        at = [point.at for point in points]
        scores = {q: [getattr(point, q) for point in points] for q in ("loss", "accuracy")}
        found = barriers(at, scores["loss"], scores["accuracy"])
        columns |= {f"{split}_barrier_{name}": value for name, value in asdict(found).items()}
        for quantity, values in scores.items():
            columns |= ends(split, quantity, [values[at.index(0)], values[at.index(1)]])
            if 0.5 in at:
                columns[f"{split}_{quantity}_mid"] = values[at.index(0.5)]
    return columns


def _scores(point: Point | Epoch) -> tuple[tuple[str, str | float], ...]:
    return ("split", point.split), ("loss", point.loss), ("accuracy", point.accuracy)


def _check(column: Column, value: str | int | float | bool) -> None:
    if fault := column.fault(value):
        raise ValueError(f"column {column.name!r} {fault}")


def checked_value(column: Column, value: Value) -> Value:
    """`value` as the column's type, `None` for a blank."""
    if value is None or value == "":
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if column.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not column.kind:
        raise ValueError(f"column {column.name!r} holds {column.kind.__name__}, not {value!r}")
    _check(column, value)  # type: ignore[arg-type]
    return printable(value) if isinstance(value, str) else value


def _float(value: object) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"not a number: {value!r}")
