"""Whether networks that were moved into one basis compute what they did."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import torch

from ...methods.base import Alignment, Network, Problem
from ...methods.proving.precisions import NotCalledError
from ...methods.proving.sizes import check_size
from ..measuring.align import Change, equivalence_error, relative_change
from .examples import MANY, of_other_sizes, random_like
from .ids import rows_of_ids

DRAWS = 4
"""Batches of noise on which networks are compared where there are no data."""


def change_by_alignment(problem: Problem, alignment: Alignment, examples: Iterable[Any]) -> Change:
    """Greatest relative change of any network's output by its maps.

    On training images where there are some, else on noise in the form of `examples`.
    """
    if problem.samples is not None:
        return equivalence_error(problem, alignment)
    inputs = [x for one in examples for x in _random_inputs(problem.networks[0], one)]
    return relative_change(problem, alignment, inputs)


def _random_inputs(network: Network, example: Any) -> list[Any]:
    ids = rows_of_ids(lambda: network(example))
    return [random_like(example, seed, ids) for seed in range(DRAWS)]


def check_other_sizes(network: Network, example: Any, many: int = MANY) -> None:
    """`UserError` where units of `network` may not move with batches of other sizes than `example`.

    The largest has `many` inputs. Sizes that it does not take are nothing that it is used with.
    """
    ids = rows_of_ids(lambda: network(example))
    for other in of_other_sizes(example, many):
        with suppress(NotCalledError):
            check_size(network, random_like(other, 0, ids))


def verdict(alignment: Alignment, change: Change, on: str) -> str:
    """What was proved, in a sentence; `on` says on what."""
    if alignment.merged is not None:
        return "the method gives the merge whole: there are no aligned networks to be proved"
    said = (
        f"their outputs change by {change.error:.1e} at most, relative to the largest, "
        f"in {change.kind}, {on}"
    )
    if not alignment.is_exact:
        return f"the maps are no permutations, the aligned networks are approximations: {said}"
    if change.precision == torch.float64:
        return f"the aligned networks compute what they did: {said}"
    return (
        f"the aligned networks compute what they did up to rounding: {said}, which is the lowest "
        "precision in which they compute"
    )
