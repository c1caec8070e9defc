"""Characters of Python's own help texts, and which one comes next: needs no disk, no network."""

import re

import torch
from torch import Tensor

from .base import Dataset, Images, dataset

ALPHABET = " abcdefghijklmnopqrstuvwxyz0.,:;'\"()[]{}<>=+-*/_|#"
"""The symbols: 0 stands for every digit, # for whatever else there is."""

WINDOW = 16
"""Characters of a sequence; the next one is its label."""

STRIDE = 5
"""Characters from the start of one sequence to that of the next in the same document."""

_SAME = str.maketrans("123456789‘’“”", "000000000''\"\"")


def characters() -> Dataset:
    """Sequences of 16 characters of Python's help topics; the label is the character that follows.

    Source: the texts that `help("topics")` shows, the standard library's `pydoc_data.topics`,
    copyright Python Software Foundation, under the PSF License Agreement. They are of the Python
    that runs, and differ between its versions: so does the digest of the data, which keys hold.

    Small letters only, blanks in a row are one, and what is not in `ALPHABET` is its last symbol.
    Many topics repeat parts of others: a paragraph counts for the first that has it, in the order
    of their names, so that no two have one in common. They are split by document: of the topics in
    the order of their lengths every sixth from the third on is for tests and every sixth from the
    sixth on for validation, all others are for training. A sequence is stored as an image
    (1, 1, 16) whose levels are the numbers of its symbols, spread from 0 to 255
    (`Dataset.symbolic`).
    """
    from pydoc_data.topics import topics  # half a megabyte, which other data sets need not read

    documents = _documents(topics)
    test, validation = documents[2::6], documents[5::6]
    train = [text for i, text in enumerate(documents) if i % 6 not in (2, 5)]
    return dataset(
        "characters", _sequences(train), _sequences(test), _sequences(validation), symbolic=True
    )


def _documents(topics: dict[str, str]) -> list[str]:
    """The topics in symbols, the longest first, none with a paragraph of an earlier one."""
    seen: set[str] = set()
    found = []
    for _, text in sorted(topics.items()):
        paragraphs = list(map(_in_alphabet, re.split(r"\n\s*\n", text)))
        found.append(" ".join(dict.fromkeys(p for p in paragraphs if p not in seen)))
        seen.update(paragraphs)
    return sorted((text for text in found if len(text) > WINDOW), key=len, reverse=True)


def _in_alphabet(text: str) -> str:
    plain = " ".join(text.lower().translate(_SAME).split())
    return "".join(c if c in ALPHABET else ALPHABET[-1] for c in plain)


def _sequences(documents: list[str]) -> Images:
    windows = [
        torch.tensor([ALPHABET.index(c) for c in text]).unfold(0, WINDOW + 1, STRIDE)
        for text in documents
    ]
    numbers = torch.cat(windows)
    return Images(_levels(numbers[:, :-1])[:, None, None], numbers[:, -1].contiguous())


def _levels(numbers: Tensor) -> Tensor:
    return (numbers * (255 / (len(ALPHABET) - 1))).round().to(torch.uint8)
