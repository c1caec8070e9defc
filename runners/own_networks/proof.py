"""Whether networks that were moved into one basis compute what they did."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from ...methods.base import Alignment, Network, Problem, double, transported
from ..measuring.align import TOLERANCE, equivalence_error
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
    pairs = zip(problem.networks, transported(problem, alignment), strict=True)
    return max(_change(network, moved, inputs) for network, moved in pairs)


def _random_inputs(network: Network, example: Any) -> list[Any]:
    ids = rows_of_ids(network.module, lambda: network(example))
    return [random_like(example, seed, ids) for seed in range(DRAWS)]


@torch.no_grad()
def _change(network: Network, moved: dict[str, torch.Tensor], inputs: Sequence[Any]) -> float:
    """Greatest change of the network's output with other parameters, relative to the largest."""
    worst = 0.0
    before_params, after_params = double(network.params), double(moved)
    for x in inputs:
        before, after = network(x, before_params), network(x, after_params)
        error = (after - before).abs().max() / before.abs().max().clamp_min(1e-300)
        worst = max(worst, float(error)) if error == error else float("nan")
    return worst


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
        f"the aligned networks compute what they did up to rounding: {change}, which networks do "
        "that compute in float32 within"
    )
