"""Labels as they stand in files, checked: whole numbers that count the classes, or words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ...errors import known_ones

Words = Mapping[str, int]
"""The number of each word that is a label."""


def numbered(columns: Sequence[Sequence[object]], names: Sequence[str] | None = None) -> Words:
    """Each word among the labels of all files with its number; none where they are numbers.

    In the order of `names`, where somebody states it; else in alphabetical order over all files,
    so that a word has one number in every split, and words that are numbers in the order of these.
    """
    words = {label for labels in columns for label in labels if isinstance(label, str)}
    if names is not None:
        return {name: i for i, name in enumerate(names)} if words else {}
    digits = all(word.isdecimal() for word in words)
    order = sorted(words, key=lambda word: (int(word) if digits else 0, word))
    return {word: i for i, word in enumerate(order)}


def whole_labels(
    file: Path,
    labels: Sequence[object],
    classes: int | None = None,
    words: Words | None = None,
) -> Tensor:
    """int64 (n,) of the labels in `file`, row by row; `classes`: how many there are, if known.

    Labels are numbers, or all of them `words`. Raises `ValueError`, one sentence with the file and
    the row, for a label that is blank, a fraction, a truth value, negative, none of the classes,
    or a word among numbers or the other way round.
    """
    numbers: list[int] = []
    for row, label in enumerate(labels, 1):
        if label is None or (isinstance(label, str) and not label.strip()):
            raise ValueError(f"{file} has no label in row {row}.")
        if words:
            if not isinstance(label, str):
                raise ValueError(
                    f"{file} has the label {_shown(label)} in row {row}; others are words."
                )
            if label not in words:
                near = known_ones(label, words)
                raise ValueError(f"{file} has the label {_shown(label)} in row {row}; {near}")
            numbers.append(words[label])
            continue
        if type(label) is not int:
            raise ValueError(
                f"{file} has the label {_shown(label)} in row {row}; labels are whole numbers that "
                "count the classes from 0, or all of them words."
            )
        if label < 0 or (classes is not None and label >= classes) or label >= 2**31:
            limit = f"from 0 to {classes - 1}" if classes else "that count the classes from 0"
            raise ValueError(f"{file} has the label {label} in row {row}; labels are {limit}.")
        numbers.append(label)
    return torch.tensor(numbers, dtype=torch.int64)


def check_no_gap(name: str, train: Tensor, test: Tensor, words: Words | None = None) -> None:
    """`ValueError` where a class below the greatest label has no training image.

    For data sets whose number of classes nobody states: a label that is far out would make as many
    classes, with outputs that nothing ever trains.
    """
    seen = torch.unique(train)
    greatest = int(max(train.max(), test.max()))
    if len(seen) == greatest + 1:
        return
    missing = next(i for i, label in enumerate([*seen.tolist(), -1]) if i != label)
    if words:
        word = next(word for word, number in words.items() if number == missing)
        raise ValueError(
            f"data set {name!r} has no training image with the label {_shown(word)}, which test "
            "images have."
        )
    raise ValueError(
        f"data set {name!r} has labels up to {greatest}, but no training image with label "
        f"{missing}; labels count the classes from 0 without a gap."
    )


def _shown(label: object) -> str:
    text = repr(label)
    return text if len(text) <= 40 else f"{text[:37]}..."
