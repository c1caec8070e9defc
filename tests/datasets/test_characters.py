"""Characters: sequences of text as levels, dealt by document, and never normalised."""

from dataclasses import replace

import pytest
import torch

from basinbench.datasets.catalogue import load
from basinbench.datasets.characters import ALPHABET, WINDOW, _documents
from basinbench.datasets.digest import digest
from basinbench.runners.networks import GPT
from basinbench.runners.training.augmentation import FlipCrop
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe

SHORT = recipe("sequences-short")


def read(levels: torch.Tensor) -> str:
    """The characters of one sequence, as a network reads its levels."""
    numbers = (levels.flatten() / 255 * (len(ALPHABET) - 1)).round().long()
    return "".join(ALPHABET[i] for i in numbers)


def test_a_sequence_is_text_and_its_label_the_next_character():
    found = load("characters")
    assert found.shape == (1, 1, WINDOW)
    assert found.classes == len(ALPHABET) == GPT().symbols
    for part in (found.train, found.validation, found.test):
        assert len(part) > 5000
        # Sequences start five characters apart: what follows the fifth but last is known.
        one, two = read(part.images[7]), read(part.images[8])
        assert two.startswith(one[5:])
        assert two[len(one) - 5] == ALPHABET[part.labels[7]]


def test_no_two_splits_have_a_paragraph_in_common():
    topics = {
        "B": "Only here.\n\nBoth have this line.",
        "A": "Both have  this line.\n \n42 “words”.",
    }
    # What is left of B is shorter than a sequence.
    assert _documents(topics) == ['both have this line. 00 "words".']
    found = load("characters")
    long = {name: {read(x) for x in found.images(name).images[::5]} for name in ("train", "test")}
    assert len(long["train"] & long["test"]) < 0.1 * len(long["test"])


def test_every_character_reaches_the_network_as_a_symbol_of_its_own():
    found = load("characters")
    x, _ = normalised(found, found.train, SHORT)[torch.arange(2000)]
    symbols = (x.flatten() * (GPT().symbols - 1)).round().long()
    assert "".join(ALPHABET[i] for i in symbols) == "".join(map(read, found.train.images[:2000]))


@pytest.mark.parametrize(
    "other", [replace(SHORT, inputs="standard"), replace(SHORT, augmentation=FlipCrop())]
)
def test_symbols_are_neither_normalised_nor_augmented(other):
    found = load("characters")
    with pytest.raises(ValueError, match="symbols"):
        normalised(found, found.train, other)


def test_it_is_the_same_every_time_and_has_a_digest_of_its_own():
    one, two = load("characters"), load("characters")
    assert torch.equal(one.test.images, two.test.images)
    assert digest("characters") not in (None, digest("digits"))
