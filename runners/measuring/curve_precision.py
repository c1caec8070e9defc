"""In which number format a line between two networks is swept, where a run asks for less than all.

Most of a cell's time goes to points of its line that decide nothing: only the highest ones make
barriers. So these are found in bfloat16, and made again in float32 until every extreme is one of
float32. Its products are several times as fast where a processor has tiles of them (AMX) or a GPU
tensor cores, and slower where it has neither.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeVar, get_args

import torch

from ...errors import UserError

CurvePrecision = Literal["float32", "bfloat16"]

VARIABLE = "BASINBENCH_CURVES"
"""Names it to every process of a run, on whatever machine."""

LABEL = "float32 (lines in bfloat16 but for ends, middles and extremes)"
"""What records say of a line that was swept in bfloat16."""

T = TypeVar("T")


def curve_precision() -> CurvePrecision:
    """What this run asks for; float32 where it says nothing."""
    asked = os.environ.get(VARIABLE) or "float32"
    for known in get_args(CurvePrecision):
        if asked == known:
            return known
    raise UserError(f"{VARIABLE} is float32 or bfloat16, not {asked!r}")


def in_bfloat16(device: torch.device) -> AbstractContextManager[object]:
    """Within it products and convolutions are computed in bfloat16, their sums in float32."""
    return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)


def swept(
    places: Sequence[float],
    exact_at: Sequence[float],
    evaluate: Callable[[float], T],
    extremes: Callable[[Mapping[float, T]], set[float]],
    device: torch.device,
) -> dict[float, T]:
    """What `evaluate` finds at all `places`: in float32 at those of `exact_at` and the extremes.

    `extremes` says at which places what was found is highest; the ends of the line, which it may
    name too, are none of the places.
    """
    exact = {place: evaluate(place) for place in places if place in exact_at}
    with in_bfloat16(device):
        found = {place: evaluate(place) for place in places if place not in exact_at} | exact
    while again := (extremes(found) & found.keys()) - exact.keys():
        exact |= {place: evaluate(place) for place in again}
        found |= exact
    return found
