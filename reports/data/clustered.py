"""Means of what networks share: their standard errors, clustered by network.

Of n networks there are n (n - 1) / 2 pairs. Two pairs with a network in common are not independent,
so that the ordinary standard error over pairs is too small, and that over disjoint pairs wastes
most of what was measured. The delete-one jackknife over networks serves any design: every pair,
some of them, two sides crossed with each other, sets of three or five. Its sum of squares is scaled
so that it is right on average if networks alone make the difference: by the usual (n - 1) / n where
all pairs are there; of disjoint ones it is the ordinary variance over pairs. The degrees of freedom
are those that it then has (Satterthwaite): n - 1 of all pairs, pairs - 1 of disjoint ones.

How often the 95 % t-interval holds the true mean, in per cent of 4,000 simulated samples
(`tests/benchmarks/coverage.py`), where one network has the share rho of a pair's variance; normal
values, and exponential ones at the end:

    design         networks  rho 0    0.1    0.2    0.3 | skewed 0  0.2    0.3
    all pairs              5   99.0   97.7   97.2   96.5   96.9   95.1   93.0
    all pairs             10   99.3   97.4   96.2   95.5   98.5   94.5   92.8
    all pairs             20   99.5   96.3   95.8   94.8   99.0   93.0   93.3
    half of them           6   99.2   98.7   98.6   98.0   97.2   96.7   96.2
    half of them          10   99.5   98.0   97.0   96.8   98.0   95.6   94.2
    half of them          20   99.2   96.9   96.4   95.5   99.0   94.8   93.9
    two sides              6   98.1   97.8   96.8   96.3   95.5   94.5   93.6
    two sides             10   98.8   97.4   96.9   95.9   97.5   95.1   93.4
    two sides             20   99.2   97.0   96.5   95.9   98.7   94.7   93.4
    disjoint pairs         6   94.9   94.8   94.9   94.7   86.8   92.7   92.9
    disjoint pairs        10   95.5   95.1   95.0   94.8   87.8   93.0   93.0
    disjoint pairs        20   95.2   94.8   95.3   95.4   90.2   92.7   92.8
    sets of three         10   99.6   99.6   98.6   97.8   98.1   97.0   95.8
    sets of five          10  100.0   99.9   99.6   98.9   99.4   98.4   97.1

It is not too narrow for normal values, and too wide where networks do not matter: the jackknife's
variance is at least the true one on average (Efron and Stein 1981). Skewed values of few networks
cost some per cent, as they do any t-interval. Tried and not taken: the
robust variance over pairs that share a network (Aronow, Samii and Assenova 2015) covers 85 % of
five networks at rho = 0.3 and 68 % of sets of five; moments of the two components, cut at zero,
93 % and 88 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

Networks = tuple[str, ...]
"""The networks that a number depends on, by names that tell them apart within a sample."""

FEWEST_NETWORKS = 3
"""Of fewer there is no spread to be seen."""


def networks_of(facts: Mapping[str, object]) -> Networks:
    """The networks of a cell, by the columns of its row or of its condition and its `seeds`.

    A network is its seed; and its place in the cell too, where each place has its own share of the
    data, its own architecture or its own training.
    """
    each = any(str(facts.get(n) or "").startswith("[") for n in ("network_params", "recipe_params"))
    apart = each or facts.get("split") not in ("shared", "", None)
    seeds = str(facts["seeds"]).split("-")
    if not apart:
        return tuple(dict.fromkeys(seeds))
    return tuple(f"{seed}{chr(ord('a') + place)}" for place, seed in enumerate(seeds))


@dataclass(frozen=True)
class Estimate:
    """A mean, its standard error, and the degrees of freedom of that."""

    mean: float
    error: float
    freedom: float

    def ends(self, level: float) -> tuple[float, float]:
        """The ends of the t-interval that holds the true mean with this level, in (0, 1)."""
        half = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error
        return self.mean - half, self.mean + half

    def chance(self, of: float = 0.0) -> float:
        """How likely so great a distance from a true mean `of` is by chance, to either side."""
        distance = abs(self.mean - of)
        if not self.error:
            return float(distance == 0)
        return float(2 * stdtr(self.freedom, -distance / self.error))


@dataclass(frozen=True, eq=False)
class Design:
    """Which networks each number depends on, made ready for standard errors.

    `deviations` (networks, numbers) times the numbers are the jackknife's scaled deviations, whose
    squares sum up to the variance of the mean; `freedom` is what that variance has.
    """

    deviations: np.ndarray
    freedom: float

    def errors(self, values: np.ndarray) -> np.ndarray:
        """Standard errors of means over the first axis of `values`, (numbers, ...).

        Where values differ and the means of networks do not (as of few ranks, by chance), networks
        make no difference that is seen, and the error is the ordinary one over all numbers.
        """
        moved = np.tensordot(self.deviations, values - values.mean(axis=0), axes=1)
        errors = np.sqrt((moved**2).sum(axis=0))
        ordinary = values.std(axis=0, ddof=1) / sqrt(len(values))
        return np.where(errors <= 1e-9 * np.ptp(values, axis=0), ordinary, errors)


@lru_cache(maxsize=256)
def count_networks(networks: tuple[Networks, ...]) -> int:
    """How many networks there are in these pairs, or sets of more."""
    return len({name for each in networks for name in each})


@lru_cache(maxsize=256)
def design(networks: tuple[Networks, ...]) -> Design | None:
    """The design of numbers that depend on these networks; `None` where it shows no spread.

    That is so of fewer than three networks, and where one network is in every set.
    """
    names = sorted({name for each in networks for name in each})
    member = np.array([[name in each for name in names] for each in networks])
    kept = (~member).sum(axis=0)
    if len(names) < FEWEST_NETWORKS or not kept.all():
        return None
    deviations = (~member / kept).T - 1 / len(networks)
    of_networks = deviations @ member  # how far a deviation moves with each network
    wide = np.sum(of_networks**2) / np.sum(member.mean(axis=0) ** 2)
    if not wide > 1e-12:
        return None
    spread = of_networks @ of_networks.T
    freedom = np.trace(spread) ** 2 / np.sum(spread**2)
    return Design(deviations / sqrt(wide), float(freedom))


def agree(numbers: np.ndarray) -> bool:
    """Whether finite values are the same but for rounding."""
    return bool(np.ptp(numbers) <= 1e-9 * np.abs(numbers).max() + 1e-15)


def estimate(networks: Sequence[Networks], values: Sequence[float] | np.ndarray) -> Estimate | None:
    """The mean of finite `values` with its error; `None` where the design or they show no spread.

    Values that agree but for rounding have a spread that is unknown rather than zero.
    """
    numbers = np.asarray(values, dtype=np.float64)
    made = design(tuple(networks)) if len(numbers) else None
    if made is None or agree(numbers):
        return None
    return Estimate(float(numbers.mean()), float(made.errors(numbers)), made.freedom)
