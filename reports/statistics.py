"""Means and medians with bootstrap intervals; differences over pairs that both methods have."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite, nan

import numpy as np

RESAMPLES = 9_999
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate from `n` values and the 95 % interval around it; no interval (NaN) for n < 2.

    The values are one a pair of networks, so the interval says how far the result depends on the
    pair. With n values it cannot be wider than their range, and n = 3 values of one sign give an
    interval without zero in one case of four by chance alone: read n along with it.
    """

    estimate: float
    low: float
    high: float
    n: int

    @property
    def direction(self) -> str:
        """`higher` or `lower` than zero; empty where the interval covers zero or is missing."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else ""


def mean(values: Iterable[float]) -> Interval:
    """The mean of the values that are not NaN, with its percentile bootstrap interval."""
    return _interval(values, np.mean)


def median(values: Iterable[float]) -> Interval:
    """The median of the values that are not NaN, with its percentile bootstrap interval."""
    return _interval(values, np.median)


def difference(ours: Mapping[str, float], baseline: Mapping[str, float]) -> Interval:
    """The mean of `ours - baseline` over the pairs (the keys) that both have."""
    return mean(ours[pair] - baseline[pair] for pair in ours if pair in baseline)


def band(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high (each (points,)) of lines (pairs, points), point by point.

    One pair has no band, nor have lines that are not finite: low and high are NaN.
    """
    if len(lines) < 2 or not np.isfinite(lines).all():
        missing = np.full(lines.shape[1], nan)
        return lines.mean(axis=0), missing, missing
    low, high = _bootstrap_of_mean(lines)
    return lines.mean(axis=0), low, high


def _interval(values: Iterable[float], statistic: Callable[..., np.ndarray]) -> Interval:
    numbers = np.array([value for value in values if not np.isnan(value)], dtype=np.float64)
    if not len(numbers):
        return Interval(nan, nan, nan, 0)
    estimate = float(statistic(numbers, axis=0))
    if len(numbers) < 2 or not isfinite(estimate):
        return Interval(estimate, nan, nan, len(numbers))
    low, high = _bootstrap(numbers, statistic)
    return Interval(estimate, float(low), float(high), len(numbers))


def _bootstrap(
    values: np.ndarray, statistic: Callable[..., np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval along the first axis; the same resamples for every quantity.

    `scipy.stats.bootstrap` does the same, under a keyword for its seed that changed its name
    between versions.
    """
    resampled = statistic(values[_resamples(len(values))], axis=1)
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _bootstrap_of_mean(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `_bootstrap` gives for the mean, many times faster where there are few lines.

    Most resamples of a few lines differ in their order alone: each mean is computed once, and
    counts as often as it was drawn.
    """
    draws, times = _distinct(len(lines))
    means = lines[draws].mean(axis=1)
    order = means.argsort(axis=0)
    means, reached = np.take_along_axis(means, order, axis=0), times[order].cumsum(axis=0)

    def quantile(share: float) -> np.ndarray:
        rank, between = divmod(share * (RESAMPLES - 1), 1)
        below, above = (
            np.take_along_axis(means, (reached <= r).sum(axis=0)[None], axis=0)[0]
            for r in (rank, rank + 1)
        )
        return below + between * (above - below)

    return quantile((1 - LEVEL) / 2), quantile((1 + LEVEL) / 2)


@cache
def _distinct(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The resamples of `n` lines, each order of the same ones once, and how often it is drawn."""
    return np.unique(np.sort(_resamples(n), axis=1), axis=0, return_counts=True)


@cache
def _resamples(n: int) -> np.ndarray:
    """Indices of `RESAMPLES` draws of `n` out of `n`, with replacement."""
    seed = int.from_bytes(hashlib.sha256(b"basinbench bootstrap").digest()[:8], "big")
    return np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))
