"""An answer to a question that every reader has, in sentences whose words follow from numbers."""

import re
from collections.abc import Iterable, Sized
from dataclasses import dataclass

from ..data.statistics import Interval
from ..wording import numbers
from ..wording.differences import POINTS_DIGITS

NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Answer:
    """A question, the answer in a few words, and the sentences that bear it out, a list.

    `claims` are the numbers of the claims that say more, `figures` the names of the pictures that
    show it; either may be missing.
    """

    slug: str
    question: str
    short: str
    sentences: tuple[str, ...]
    claims: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`; of what has commas itself `a; b; and c`."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    mark = ";" if any("," in _unbracketed(word) for word in words) else ","
    before = f"{mark} ".join(words[:-1])
    return f"{before}{mark if mark == ';' else ''} {last} {words[-1]}"


def _unbracketed(text: str) -> str:
    return re.sub(r"\[[^]]*\]|\([^)]*\)", "", text)


def counted(number: int, of: Sized | int, noun: str = "") -> str:
    """`three of five`, `all five`, `none of five`; with a noun `all five ladders`, `no ladder`."""
    total = of if isinstance(of, int) else len(of)
    if noun and total == 1:
        return f"the one {noun}" if number else f"no {noun}"
    things = f" {noun}s" if noun else ""
    if number == total and total > 1:
        return f"all {in_letters(total)}{things}"
    return f"{'none' if number == 0 else in_letters(number)} of {in_letters(total)}{things}"


def in_letters(number: int) -> str:
    """Small numbers as words."""
    return NAMES[number] if number < len(NAMES) else f"{number:,}"


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def share(found: Interval) -> str:
    """A share in per cent with its interval: `98.4 % [98.3, 98.5]`."""
    text = numbers.interval(numbers.scaled(found, 100), *POINTS_DIGITS)
    value, bracket, rest = text.partition(" [")
    return f"{value} %{bracket}{rest}"


def points(found: Interval) -> str:
    """A difference of shares in percentage points, with its sign and interval."""
    text = numbers.interval(numbers.scaled(found, 100), *POINTS_DIGITS, signed=True)
    value, bracket, rest = text.partition(" [")
    return f"{value} points{bracket}{rest}"


def about(value: float, decimals: int = 1) -> str:
    """A share in per cent without an interval, where one would be too much."""
    return f"{numbers.number(100 * value, decimals)} %"
