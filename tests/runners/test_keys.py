"""Keys and seeds: names of values that are the same in every process and on every machine."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from basinbench.runners.keys import description, key
from basinbench.runners.seeds import seed_of
from basinbench.runners.training.optimisers import Adam


@dataclass(frozen=True)
class Box:
    content: object

    kind: ClassVar[str] = "box"


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(scalars | st.text(), lambda v: st.lists(v).map(tuple) | st.builds(Box, v))


@given(values, values)
def test_equal_values_have_equal_keys_and_others_have_others(a: object, b: object):
    assert key(a) == key(a)
    assert (key(a) == key(b)) == (description(a) == description(b))
    assert key(Box(a)) != key(a)


def test_numbers_that_are_equal_have_the_same_key():
    assert key(Adam(lr=1)) == key(Adam(lr=1.0))
    assert key((0.1 + 0.2,)) != key((0.3,))
    assert key(("1",)) != key((1,))


def test_what_was_asked_before_changes_no_key():
    """`Box(True) == Box(1)`, and JSON tells them apart."""
    expected = [description(Box(Box(value))) for value in (True, 1)]
    assert expected[0] != expected[1]
    again = [description(Box(Box(value))) for value in (1, True)]
    assert again == expected[::-1]


def test_what_changes_has_another_key():
    """A list has no hash, so nothing is kept of what holds one."""
    content = [1]
    box = Box(Box(content))
    before = key(box)
    content.append(2)
    assert key(box) == key(Box(Box([1, 2]))) != before


def test_what_has_no_key_is_refused():
    for value in (object(), {1, 2}, Adam, torch.zeros(1)):
        with pytest.raises(TypeError, match="has no key"):
            key(value)
    with pytest.raises(ValueError, match="not JSON compliant"):
        key(float("nan"))


@given(st.text(), st.integers(), st.integers())
def test_seeds_are_63_bits_and_depend_on_every_name(name: str, a: int, b: int):
    assert 0 <= seed_of(name, a) < 2**63
    assert (seed_of(name, a) == seed_of(name, b)) == (a == b)
    assert seed_of(name, a) != seed_of(name + "x", a)
