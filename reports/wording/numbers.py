"""Numbers with as many digits as they deserve."""

from dataclasses import replace
from math import floor, isfinite, isnan, log10

from ..data.statistics import Interval

MINUS = "−"
DASH = "–"
"""Stands where nothing was measured."""


def number(value: float, decimals: int) -> str:
    """`value` with a fixed number of decimals, and a minus sign that is one."""
    if isnan(value):
        return DASH
    if not isfinite(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS) if float(text) else text.removeprefix("-")


def interval(found: Interval, fewest: int, most: int, signed: bool = False) -> str:
    """`0.012 [0.008, 0.017]`: as many decimals as the interval's width deserves.

    Between `fewest` and `most`; without an interval the estimate stands alone with `most`, or, of
    two or three values, with these: `0.5 (0.2; 0.4; 0.9)`. What is nothing but zero is written `0`.
    `signed` puts a plus before what is above zero.
    """
    if found.failed:
        return f"{found.failed} of {found.n} failed"
    decimals = _decimals(found, fewest, most)
    shown = (*_estimate_and_bounds(found), *found.values)
    texts = [number(v, decimals) for v in shown]
    if all(isnan(v) or number(v, most).strip("0.") == "" for v in shown):
        return DASH if isnan(found.estimate) else "0"
    if signed:
        texts = [t if t[0] in MINUS + DASH or not t.strip("0.") else f"+{t}" for t in texts]
    if found.values:
        return f"{texts[0]} ({'; '.join(texts[3:])})"
    return texts[0] if isnan(found.low) else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def count(found: Interval) -> str:
    """How many values there are, and of how many networks: `45 (10 networks)`."""
    if not found.networks or not found.n:
        return str(found.n)
    return f"{found.n} ({found.networks} network{'s' * (found.networks != 1)})"


def scientific(value: float) -> str:
    """The order of magnitude of a small number: `3e-16`."""
    return DASH if isnan(value) else f"{value:.0e}".replace("-", MINUS) if value else "0"


def duration(found: Interval) -> str:
    """A duration in the unit that suits it: `3.1 [2.9, 3.4] ms`."""
    return _in_unit(found, ((1, "s"), (1e-3, "ms"), (1e-6, "µs")))


def memory(found: Interval) -> str:
    """An amount of memory in the unit that suits it: `12 [11, 13] MiB`."""
    return _in_unit(found, ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")))


def scaled(found: Interval, factor: float) -> Interval:
    """The same in another unit."""
    return replace(
        found,
        estimate=found.estimate * factor,
        low=found.low * factor,
        high=found.high * factor,
        values=tuple(value * factor for value in found.values),
    )


def _in_unit(found: Interval, units: tuple[tuple[float, str], ...]) -> str:
    if isnan(found.estimate):
        return DASH
    size, unit = next((u for u in units if found.estimate >= u[0]), units[-1])
    whole = scaled(found, 1 / size)
    decimals = 1 if 0 < whole.estimate < 10 else 0
    low, high = number(whole.low, decimals), number(whole.high, decimals)
    text = number(whole.estimate, decimals)
    if whole.values:
        return f"{text} ({'; '.join(number(v, decimals) for v in whole.values)}) {unit}"
    return f"{text} {unit}" if isnan(whole.low) else f"{text} [{low}, {high}] {unit}"


def _decimals(found: Interval, fewest: int, most: int) -> int:
    """One digit of the interval's half width, two where the first is a 1 or 2.

    Of values without an interval, of half their range.
    """
    ends = (found.values[0], found.values[-1]) if found.values else (found.low, found.high)
    half = (ends[1] - ends[0]) / 2
    if not (isfinite(half) and half > 0):
        return most
    place = floor(log10(half))
    return min(max((half < 3 * 10.0**place) - place, fewest), most)


def _estimate_and_bounds(found: Interval) -> tuple[float, float, float]:
    return found.estimate, found.low, found.high
