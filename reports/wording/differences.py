"""Differences in words and numbers as the tables write them."""

from ..data.condition import Condition
from ..data.families import PLAIN
from ..data.named import Named
from ..data.statistics import LEVEL, Interval, paired, simultaneous
from . import numbers

NATS_DIGITS, POINTS_DIGITS = (2, 4), (1, 2)
"""Fewest and most decimals of a loss in nats and of an accuracy in percentage points."""


TOGETHER_NOTE = (
    f"Differences: paired, with t-intervals that hold at {LEVEL:.0%} for all of a column together."
)
"""What stands under a table of differences."""


def against_baseline(condition: Condition, finish: Named, column: str) -> dict[Named, Interval]:
    """How much higher `column` is for every method than for the baseline, pair by pair.

    All methods of a finish are one family: their intervals hold together (`simultaneous`).
    """
    baseline = condition.values(column, finish, PLAIN)
    return simultaneous(
        {
            method: paired(condition.values(column, finish, method), baseline)
            for method in condition.methods(finish)
        }
    )


def compared(found: Interval, digits: tuple[int, int], pairs: int) -> str:
    """A difference in words: only one whose interval leaves out zero has a direction.

    The number of pairs is given where it is not that of the row, `pairs`.
    """
    text = numbers.interval(found, *digits, signed=True)
    if found.n >= 2 and not found.diverged:
        text += f" {found.direction or 'unresolved'}"
    return text if found.n in (0, pairs) else f"{text} (n = {found.n})"


def per_cent(found: Interval) -> str:
    """A share in per cent."""
    return numbers.interval(numbers.scaled(found, 100), *POINTS_DIGITS)
