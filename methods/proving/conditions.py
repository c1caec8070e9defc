"""Under which conditions two runs of a network are compared: the same numbers, nothing dropped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ..modules.forms import tensors_of


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """The same random numbers at every call, and the caller's streams as they were."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


class NoDropout(TorchDispatchMode):
    """Dropout that does nothing, wherever `forward` calls it.

    Which of its numbers dropout takes depends on their places, so that the outputs of two equal
    networks differ. In PyTorch it is noise of ones and zeros, of which a part `p` is one, divided
    by `p`: here that noise is `p` everywhere. The fused forms are told to drop nothing.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        if func is torch.ops.aten.bernoulli_.float:
            return args[0].fill_(args[1] if len(args) > 1 else kwargs.get("p", 0.5))
        if func is torch.ops.aten.native_dropout.default:
            return args[0].clone(), torch.ones_like(args[0], dtype=torch.bool)
        order = [argument.name for argument in func._schema.arguments]
        if "dropout_p" in order and (at := order.index("dropout_p")) < len(args):
            args = (*args[:at], 0.0, *args[at + 1 :])
        return func(*args, **{**kwargs, **({"dropout_p": 0.0} if "dropout_p" in kwargs else {})})


class Lowest(TorchDispatchMode):
    """Notes the lowest precision into which numbers of a higher one were put."""

    def __init__(self):
        super().__init__()
        self.lowest = torch.float64

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        given = [t for t in tensors_of(args) if t.is_floating_point()]
        for value in tensors_of(result if isinstance(result, (tuple, list)) else (result,)):
            if value.is_floating_point():
                eps = torch.finfo(value.dtype).eps
                if eps > torch.finfo(self.lowest).eps and any(
                    torch.finfo(t.dtype).eps < eps for t in given
                ):
                    self.lowest = value.dtype
        return result
