"""Networks that are random in evaluation mode, of which nothing can be measured or proved."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ..modules.forms import Batch, Inputs, arguments, tensors_of
from .change import largest_change
from .precisions import rounding

RANDOM = (
    "is random in evaluation mode: two calls on one input differ "
    "(dropout without training=self.training?)"
)


class RandomNetworkWarning(UserWarning):
    """A network that gives other outputs for the same inputs, although it is evaluation mode."""


@torch.no_grad()
def is_random(call: Callable[[], Any]) -> bool:
    """Whether `call`, of a network on one input, gives other tensors a second time.

    No more than rounding counts, and the caller's source of randomness stays as it is.
    """
    with torch.random.fork_rng():
        once, twice = ([t.nan_to_num() for t in tensors_of(found)] for found in (call(), call()))
    kinds = {torch.float32, *(t.dtype for t in once if t.is_floating_point())}
    return not largest_change(once, twice) <= max(map(rounding, kinds))


def is_random_on_noise(call: Callable[[Batch], Any], example: Batch) -> bool:
    """The same on noise in the form of `example`; false where the network does not take it."""
    draw = torch.Generator().manual_seed(0)

    def noise(x: Tensor) -> Tensor:
        return torch.randn(x.shape, generator=draw).to(x) if x.is_floating_point() else x

    given = arguments(example)
    args, kwargs = pytree.tree_map_only(Tensor, noise, (given.args, dict(given.kwargs)))
    with suppress(Exception):  # whatever a module raises that is called with noise
        return is_random(lambda: call(Inputs(args, kwargs)))
    return False
