"""What leaves: merged and aligned tensors own their memory and are as those that came in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import wraps
from math import isfinite
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...errors import UserError
from ..modules.precision import as_they_came
from ..symmetry.axes import Params
from .form import check_form, in_its_precision
from .trained import Network

if TYPE_CHECKING:
    from ..base import Alignment, Method, Problem

    Align = Callable[[Method, Problem], Alignment]
    Merge = Callable[[Method, Problem, Alignment, Sequence[float]], Params]

SUM_TOLERANCE = 1e-5
"""How far from one the weights of a mean may add up: thirds in float32 do, percentages do not."""


def checked_merge(own: "Merge") -> "Merge":
    """A `merge` that asks for weights that make a mean, and gives tensors that can be saved.

    `UserError` where what it gives is not of the networks' form: see `check_form`.
    """

    @wraps(own)
    def merge(
        self: "Method", problem: "Problem", alignment: "Alignment", weights: Sequence[float]
    ) -> Params:
        checked = checked_weights(weights, len(problem.networks))
        first = problem.networks[0]
        found = in_its_precision(first, own(self, unrounded(problem), alignment, checked))
        check_form(first, found)
        return given_back(found, first)

    return merge


def without_rounding(own: "Align") -> "Align":
    """An `align` that may merge on its way, and sees merges before they are given back."""

    @wraps(own)
    def align(self: "Method", problem: "Problem") -> "Alignment":
        return own(self, unrounded(problem))

    return align


def unrounded(problem: "Problem") -> "Problem":
    """The same problem, whose merges stay in the precision in which they are computed.

    For what scores or treats them: in half precision a merge would be rounded before its time.
    Nothing that the problem holds is copied.
    """
    if not any(network.stored for network in problem.networks):
        return problem
    found = copy(problem)
    object.__setattr__(found, "networks", tuple(map(_as_computed, problem.networks)))
    return found


def _as_computed(network: Network) -> Network:
    found = copy(network)
    object.__setattr__(found, "stored", {})
    return found


def checked_weights(weights: Any, count: int) -> tuple[float, ...]:
    """The weights of `count` networks as numbers; `UserError` unless they make a mean."""
    try:
        found = tuple(float(w) for w in weights)
    except (TypeError, ValueError) as error:
        raise UserError(f"weights are one number a network, not {weights!r}"[:200]) from error
    if len(found) != count:
        raise UserError(f"{len(found)} weights do not fit {count} networks: give one for each")
    words = ", ".join(f"{w:g}" for w in found)
    if not all(map(isfinite, found)):
        raise UserError(f"weights must be finite, and these are {words}")
    if abs(sum(found) - 1) > SUM_TOLERANCE:
        raise UserError(f"weights must add up to 1, and {words} add up to {sum(found):g}")
    return found


def given_back(params: Mapping[str, Tensor], network: Network) -> Params:
    """`params` in the types in which `network` came, contiguous, each in memory of its own.

    Tied tensors stand under each of their names, with equal values in memory of its own too:
    safetensors refuses shared memory, and `load_state_dict` ties them again.
    """
    return owned(as_they_came(params, network.stored))


def owned(params: Mapping[str, Tensor]) -> Params:
    """Copies that share no memory with anything."""
    return {
        name: value.detach().clone(memory_format=torch.contiguous_format)
        for name, value in params.items()
    }


def of_one_precision(networks: Any) -> tuple[Network, ...]:
    """`networks` that can meet: on one device, all in float64 where one of them is.

    Raises `UserError` where they lie on several devices, or are none.
    """
    if isinstance(networks, Network) or not isinstance(networks, Iterable):
        raise UserError("a problem is of several networks: give a tuple of them")
    found = tuple(networks)
    if not found:
        raise UserError("a problem needs networks, and there are none")
    for i, each in enumerate(found):
        if not isinstance(each, Network):
            raise UserError(
                f"network {i} is {type(each).__name__}: make it with basinbench.network(module, "
                "example=...)"
            )
    devices = {str(each.numbers.device): i for i, each in reversed(list(enumerate(found)))}
    if len(devices) > 1:
        places = " and ".join(f"network {i} on {device}" for device, i in devices.items())
        raise UserError(f"networks must lie on one device: {places}")
    if len({each.numbers.dtype for each in found}) == 1:
        return found
    return tuple(each if each.numbers.dtype == torch.float64 else _doubled(each) for each in found)


def _doubled(network: Network) -> Network:
    """The same network in float64, which remembers that it came in another type."""
    floats = {n: v for n, v in network.params.items() if v.is_floating_point()}
    stored = {n: v.dtype for n, v in floats.items()} | dict(network.stored)
    params = network.params | {n: v.double() for n, v in floats.items()}
    return replace(network, params=params, stored=stored)
