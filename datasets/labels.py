"""Labels as they stand in a file, checked: whole numbers that count the classes from 0."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor


def whole_labels(file: Path, labels: Sequence[object], classes: int | None = None) -> Tensor:
    """int64 (n,) of the labels in `file`, row by row; `classes`: how many there are, if known.

    Raises `ValueError`, one sentence with the file and the row, for a label that is blank, a text,
    a fraction, a truth value, negative, or none of the classes.
    """
    for row, label in enumerate(labels, 1):
        if label is None:
            raise ValueError(f"{file} has no label in row {row}.")
        if type(label) is not int:
            raise ValueError(
                f"{file} has the label {_shown(label)} in row {row}; labels are whole numbers that "
                "count the classes from 0."
            )
        if label < 0 or (classes is not None and label >= classes) or label >= 2**31:
            limit = f"from 0 to {classes - 1}" if classes else "that count the classes from 0"
            raise ValueError(f"{file} has the label {label} in row {row}; labels are {limit}.")
    return torch.tensor(labels, dtype=torch.int64)


def check_no_gap(name: str, train: Tensor, test: Tensor) -> None:
    """`ValueError` where a class below the greatest label has no training image.

    For data sets whose number of classes nobody states: a label that is far out would make as many
    classes, with outputs that nothing ever trains.
    """
    seen = torch.unique(train)
    greatest = int(max(train.max(), test.max()))
    if len(seen) == greatest + 1:
        return
    missing = next(i for i, label in enumerate([*seen.tolist(), -1]) if i != label)
    raise ValueError(
        f"data set {name!r} has labels up to {greatest}, but no training image with label "
        f"{missing}; labels count the classes from 0 without a gap."
    )


def _shown(label: object) -> str:
    text = repr(label)
    return text if len(text) <= 40 else f"{text[:37]}..."
