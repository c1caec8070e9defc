"""Means and medians over networks with their intervals; differences that are judged together."""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf, isfinite, isnan, nan, sqrt
from typing import TypeVar

import numpy as np

from .clustered import Design, Estimate, Networks, agree, count_networks, design, estimate

Key = TypeVar("Key", bound=Hashable)

Sample = Mapping[Networks, float]
"""A number for each pair of networks, or for each larger set of them."""

LEVEL = 0.95
FEW = 3
"""So few values are shown themselves: no interval of them is worth more."""

FEWEST_FOR_RANGE, FEWEST_FOR_BOOTSTRAP = 5, 10
"""Networks from which on a median has the range of its values, and a bootstrap interval."""

RESAMPLES = 1_999

DIGITS = 9
"""Significant digits of an interval: in those beyond, the sums of two processors differ."""


@dataclass(frozen=True)
class Interval:
    """An estimate from `n` values of so many `networks`, and the interval that holds it at `level`.

    The values are one per pair of networks (or larger set), so the interval says how far the result
    depends on the networks. There is none (NaN) of fewer than two values, of values that all agree,
    of two or three that differ (these are `values`), and where the networks are so few, or so
    shared, that they show no spread though values `differ`. Where some are not finite (`failed`:
    merges that diverged, cells that failed) there is no estimate either: a mean of the others would
    be one of survivors. `networks` is 0 where it does not say anything about the number. All are
    rounded to `DIGITS`, so that what follows from them (a text, a verdict) is the same on every
    machine.
    """

    estimate: float
    low: float
    high: float
    n: int
    failed: int = 0
    networks: int = 0
    values: tuple[float, ...] = ()
    level: float = LEVEL
    differ: bool = False

    def __post_init__(self) -> None:
        for name in ("estimate", "low", "high"):
            object.__setattr__(self, name, _settled(getattr(self, name)))
        object.__setattr__(self, "values", tuple(map(_settled, self.values)))

    @property
    def is_open(self) -> bool:
        """Whether values differ, and nothing says how far the estimate may be from the truth."""
        return self.differ and isnan(self.low)

    @property
    def reach(self) -> tuple[float, float]:
        """Where the truth is taken to lie: between the ends, or where more than `FEW` values agree.

        Anywhere if nothing is known of it.
        """
        if isfinite(self.low):
            return self.low, self.high
        if self.is_open or self.failed or self.n <= FEW:
            return -inf, inf
        return self.estimate, self.estimate

    @property
    def direction(self) -> str:
        """`higher` or `lower` than zero; empty where the interval covers zero or is missing."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else ""

    def within(self, low: float, high: float) -> "Interval":
        """The same, cut at what no such number can be below or above."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))


def mean(sample: Sample) -> Interval:
    """The mean with its t-interval clustered by network."""
    return mean_of(list(sample), list(sample.values()))


def mean_of(
    networks: Sequence[Networks], values: Sequence[float], level: float = LEVEL
) -> Interval:
    """`mean` of values several of which may be of the same networks."""
    plain = _without_interval(networks, values)
    if plain.failed or plain.n <= FEW:
        return plain
    found = estimate(networks, values)
    return plain if found is None else _with_ends(plain, found, level)


def stratified_mean(samples: Sequence[Sample]) -> Interval:
    """The mean of all values, whose error is that of the means within each sample.

    The networks of different samples are not the same, whatever their names. Degrees of freedom are
    Satterthwaite's. There is no interval where the spread of a sample of several values cannot be
    had though they differ.
    """
    networks = [each for sample in samples for each in sample]
    plain = _without_interval(networks, [value for sample in samples for value in sample.values()])
    plain = replace(plain, networks=sum(count_networks(tuple(sample)) for sample in samples))
    if plain.failed or plain.n <= FEW:
        return plain
    parts = []
    for sample in samples:
        values = np.array(list(sample.values()))
        found = estimate(list(sample), values)
        if found is None and np.ptp(values) > 0:
            return plain
        if found is not None:
            parts.append(((found.error * len(values) / plain.n) ** 2, found.freedom))
    variance = sum(part for part, _ in parts)
    if not variance:
        return plain
    freedom = variance**2 / sum(part**2 / own for part, own in parts)
    return _with_ends(plain, Estimate(plain.estimate, sqrt(variance), freedom), LEVEL)


def median(sample: Sample) -> Interval:
    """The median, with the interval of `median_of`."""
    return median_of(list(sample), list(sample.values()))


def median_of(
    networks: Sequence[Networks], values: Sequence[float], level: float = LEVEL
) -> Interval:
    """The median. Its interval is a bootstrap's of ten networks on, the range of five on.

    A resample draws networks, and takes a pair as often as its networks were drawn, multiplied
    (Owen 2007, "The pigeonhole bootstrap"; at least as wide as it should be).
    """
    plain = _without_interval(networks, values)
    if plain.failed or not plain.n:
        return plain
    numbers = np.array(values, dtype=np.float64)
    found = replace(plain, estimate=float(np.median(numbers)))
    if plain.n <= FEW or plain.networks < FEWEST_FOR_RANGE or np.ptp(numbers) == 0:
        return found
    if plain.networks < FEWEST_FOR_BOOTSTRAP:
        return replace(found, low=float(numbers.min()), high=float(numbers.max()))
    order = numbers.argsort()
    above = _resampled(tuple(networks))[:, order].cumsum(axis=1)
    middles = numbers[order][(above >= above[:, -1:] / 2).argmax(axis=1)]
    low, high = np.quantile(middles, [(1 - level) / 2, (1 + level) / 2])
    return replace(found, low=float(low), high=float(high), level=level)


def beyond_chance(differences: Sample) -> str:
    """`higher` or `lower` where the mean is so beyond chance; else empty.

    So few values that they have no interval are never: three of one sign are one case in four.
    More that agree are what they are.
    """
    low, high = mean(differences).reach
    return "higher" if low > 0 else "lower" if high < 0 else ""


def paired(ours: Mapping[Key, float], other: Mapping[Key, float]) -> dict[Key, float]:
    """`ours - other` for every pair (the keys) that both have."""
    return {pair: ours[pair] - other[pair] for pair in ours if pair in other}


def simultaneous(samples: Mapping[Key, Sample]) -> dict[Key, Interval]:
    """Means of several samples, of which those that differ from zero are judged together.

    Holm's step-down test (1979) of the t-tests clustered by network: in all families whose true
    means are zero, at most one in twenty has an interval that leaves out zero, however the samples
    depend on one another. Each interval has the level at which its own step was decided, so that it
    leaves out zero where the test does: the least likely of m at 1 - 0.05 / m, the next at
    1 - 0.05 / (m - 1), and all from the first that is not resolved on at that one's level. A sample
    whose values all agree has no interval and is no test, nor are three values or fewer.

    Bonferroni's level for all would resolve less and never more. The greatest t of all (Dunnett)
    would resolve a little more, but has to estimate how m samples depend on each other from ten
    networks.
    """
    plain = {key: _without_interval(list(s), list(s.values())) for key, s in samples.items()}
    found: dict[Key, Estimate] = {}
    for key, sample in samples.items():
        if plain[key].failed or plain[key].n <= FEW:
            continue
        if (own := estimate(list(sample), list(sample.values()))) is not None:
            found[key] = own
    wrong, resolved = (1 - LEVEL) / max(len(found), 1), True
    for place, key in enumerate(sorted(found, key=lambda key: found[key].chance())):
        if resolved:
            wrong = (1 - LEVEL) / (len(found) - place)
            resolved = found[key].chance() <= wrong
        plain[key] = _with_ends(plain[key], found[key], 1 - wrong)
    return plain


def band(
    lines: np.ndarray, networks: Sequence[Networks], highest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high (each (points,)) of lines (pairs, points), point by point.

    Low and high are cut at zero and at `highest`, the least and the greatest that a score can be.
    Up to three lines have no band, nor have lines that are not finite: low and high are NaN.
    """
    made: Design | None = design(tuple(networks)) if len(lines) > FEW else None
    centre = lines.mean(axis=0)
    if made is None or not np.isfinite(lines).all():
        return centre, np.full(lines.shape[1], nan), np.full(lines.shape[1], nan)
    errors = made.errors(lines)
    half = Estimate(0.0, 1.0, made.freedom).ends(LEVEL)[1] * errors
    return centre, (centre - half).clip(min=0), (centre + half).clip(max=highest)


def _without_interval(networks: Sequence[Networks], values: Sequence[float]) -> Interval:
    """What there is to say of values before any interval."""
    numbers = np.array(values, dtype=np.float64)
    count = count_networks(tuple(networks))
    failed = int((~np.isfinite(numbers)).sum())
    if failed or not len(numbers):
        return Interval(nan, nan, nan, len(numbers), failed, count)
    few = 2 <= len(numbers) <= FEW and bool(np.ptp(numbers) > 0)
    shown = tuple(sorted(numbers.tolist())) if few else ()
    differ = few or not agree(numbers)
    return Interval(float(numbers.mean()), nan, nan, len(numbers), 0, count, shown, differ=differ)


def _settled(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if isfinite(value) else value


def _with_ends(plain: Interval, found: Estimate, level: float) -> Interval:
    low, high = found.ends(level)
    return replace(plain, low=low, high=high, level=level, values=())


@cache
def _resampled(networks: tuple[Networks, ...]) -> np.ndarray:
    """How often each set is in every resample of the networks, (resamples, sets); none is empty."""
    names = sorted({name for each in networks for name in each})
    place = {name: at for at, name in enumerate(names)}
    random = np.random.default_rng(_SEED)
    drawn = random.multinomial(len(names), [1 / len(names)] * len(names), size=RESAMPLES)
    times = np.stack([drawn[:, [place[n] for n in each]].prod(axis=1) for each in networks], axis=1)
    return times[times.sum(axis=1) > 0]


_SEED = int.from_bytes(hashlib.sha256(b"basinbench bootstrap").digest()[:8], "big")
