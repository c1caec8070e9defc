"""Which networks stand together: crossed and balanced designs.

n trained networks give n(n-1)/2 pairs. All of them tell several times as much as the n/2 that have
no network in common, for the price of their alignments alone; intervals are then clustered by
network, since pairs that share one are not independent.
"""

from collections.abc import Iterable
from itertools import combinations, product

Seeds = tuple[int, ...]
"""The seeds of the networks that are merged, the reference first."""


def all_pairs(count: int) -> tuple[Seeds, ...]:
    """Every pair of the networks 0 to `count` - 1."""
    return tuple(combinations(range(count), 2))


def crossed(first: Iterable[int], second: Iterable[int]) -> tuple[Seeds, ...]:
    """Each of the `first` networks with each of the `second`: for data dealt to two parts."""
    return tuple(product(first, second))


def cyclic(count: int, *base: int) -> tuple[Seeds, ...]:
    """`count` sets of the networks 0 to `count` - 1: `base`, shifted round and round.

    Each network is in as many sets as a set has networks, once in each place of the base.
    """
    return tuple(tuple((place + shift) % count for place in base) for shift in range(count))
