"""Differences in words and numbers as the tables write them."""

from math import isnan

from ..data.condition import Condition
from ..data.families import PLAIN
from ..data.named import Named
from ..data.statistics import FEW, LEVEL, Interval, paired, simultaneous
from . import numbers

NATS_DIGITS, POINTS_DIGITS = (2, 4), (1, 2)
"""Fewest and most decimals of a loss in nats and of an accuracy in percentage points."""


TOGETHER_NOTE = (
    f"Differences: paired; those of a column are judged together at {1 - LEVEL:.0%} (Holm)."
)
"""What stands under a table of differences."""


def against_baseline(condition: Condition, finish: Named, column: str) -> dict[Named, Interval]:
    """How much higher `column` is for every method than for the baseline, pair by pair.

    All methods of a finish are one family, judged together (`simultaneous`).
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

    None is called of so few pairs that there is no interval. The number of pairs is given where it
    is not that of the row, `pairs`.
    """
    text = numbers.interval(found, *digits, signed=True)
    if found.n > FEW and not found.failed:
        equal = isnan(found.low) and not found.estimate and not found.is_open
        text += f" {found.direction or ('equal' if equal else 'unresolved')}"
    elif found.values:
        text += " too few to call"
    return text if found.n in (0, pairs) else f"{text} (n = {found.n})"


def per_cent(found: Interval) -> str:
    """A share in per cent."""
    return numbers.interval(numbers.scaled(found, 100), *POINTS_DIGITS)
