"""What was recovered of planted permutations, by their noise."""

from functools import lru_cache

from .clustered import Networks
from .condition import Condition
from .named import Named
from .statistics import Interval


def noises(condition: Condition) -> list[float]:
    """The levels of noise of its cells, in order."""
    return sorted(set(condition.cells["noise"]))


def at_noise(condition: Condition, method: Named, noise: float, column: str) -> Interval:
    """The mean of `column` over the seeds, at one level of noise."""
    return _at_level(condition, noise).mean(column, method=method)


def by_seeds(
    condition: Condition, method: Named, noise: float, column: str
) -> dict[Networks, float]:
    """Its values, one for the seeds of each planting."""
    return _at_level(condition, noise).values(column, method=method)


@lru_cache(maxsize=64)
def _at_level(condition: Condition, noise: float) -> Condition:
    """Its cells of one level of noise: asked for once a method and column."""
    return condition.part(noise=noise)
