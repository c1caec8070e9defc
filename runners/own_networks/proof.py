"""Whether networks that were moved into one basis compute what they did."""

from collections.abc import Iterable
from typing import Any

from ...methods.base import Alignment, Network, Problem
from ..measuring.align import TOLERANCE, equivalence_error, relative_change
from .examples import random_like
from .ids import rows_of_ids

ROUNDING = 1e-4
"""Greatest relative change that rounding explains in networks that compute in float32 within."""

DRAWS = 4
"""Batches of noise on which networks are compared where there are no data."""


def change_by_alignment(problem: Problem, alignment: Alignment, examples: Iterable[Any]) -> float:
    """Greatest relative change of any network's output by its maps, in float64.

    On training images where there are some, else on noise in the form of `examples`.
    """
    if problem.samples is not None:
        return equivalence_error(problem, alignment)
    inputs = [x for one in examples for x in _random_inputs(problem.networks[0], one)]
    return relative_change(problem, alignment, inputs)


def _random_inputs(network: Network, example: Any) -> list[Any]:
    ids = rows_of_ids(lambda: network(example))
    return [random_like(example, seed, ids) for seed in range(DRAWS)]


def verdict(alignment: Alignment, error: float, on: str) -> str:
    """What was proved, in a sentence; `on` says on what."""
    if alignment.merged is not None:
        return "the method gives the merge whole: there are no aligned networks to be proved"
    change = (
        f"their outputs change by {error:.1e} at most, relative to the largest, in float64, {on}"
    )
    if not alignment.is_exact:
        return f"the maps are no permutations, the aligned networks are approximations: {change}"
    if error <= TOLERANCE:
        return f"the aligned networks compute what they did: {change}"
    return (
        f"the aligned networks compute what they did up to rounding: {change}, as is usual of "
        "networks that compute in float32 inside"
    )
