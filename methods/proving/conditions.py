"""Under which conditions two runs of a network are compared: the same numbers, nothing dropped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from ..modules.forms import tensors_of


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """The same random numbers at every call, and the caller's streams as they were."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


class NoDropout(TorchFunctionMode):
    """Dropout that does nothing, also where `forward` calls it as a function."""

    _NAMES = frozenset({"dropout", "dropout_", "alpha_dropout", "feature_dropout"})
    _MORE = frozenset({"dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"})

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in self._NAMES | self._MORE:
            return args[0] if args else kwargs.get("input", kwargs.get("self"))
        if name == "scaled_dot_product_attention":
            if len(args) > 4:
                args = (*args[:4], 0.0, *args[5:])
            else:
                kwargs = {**kwargs, "dropout_p": 0.0}
        return func(*args, **kwargs)


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
