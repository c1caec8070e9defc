"""What loading a checkpoint sets in a module beside its parameters and buffers."""

import copy
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from .same_numbers import same_numbers

LEAF = "_extra_state"
"""The last word of the name that `state_dict` gives to what `get_extra_state` returns."""

_LOADING = ("_load_from_state_dict", "load_state_dict")


def is_extra(name: str) -> bool:
    """Whether an entry of a `state_dict` is a layer's extra state, by its name."""
    return name.rpartition(".")[2] == LEAF


def extra_states(module: nn.Module) -> dict[str, Any]:
    """Name -> a copy of the extra state of each layer that has some, as `state_dict` names it."""
    return {
        f"{prefix}.{LEAF}".lstrip("."): _copy(part.get_extra_state())
        for prefix, part in module.named_modules(remove_duplicate=False)
        if type(part).get_extra_state is not nn.Module.get_extra_state
    }


def is_empty(value: Any) -> bool:
    """Whether an extra state says nothing, so that a checkpoint without it lacks nothing."""
    if isinstance(value, Tensor):
        return value.numel() == 0
    return value is None or (isinstance(value, (Mapping, list, tuple, str, bytes)) and not value)


def same_value(a: Any, b: Any) -> bool:
    """Whether two values, tensors or extra states, are the same, wherever they lie."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.is_meta or b.is_meta:
            return (a.is_meta, a.dtype, a.shape) == (b.is_meta, b.dtype, b.shape)
        return same_numbers(a.detach(), b.detach().to(a.device))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same_value, a, b))
    if type(a) is not type(b):
        return False
    try:
        if a == b:
            return True
    except Exception:  # whatever an object of the user's does when it is compared
        return False
    return hasattr(a, "__dict__") and same_value(vars(a), vars(b))


def loads_more(module: nn.Module) -> bool:
    """Whether loading a checkpoint runs code of the user's, which may set anything."""
    for part in module.modules():
        if part._load_state_dict_pre_hooks or part._load_state_dict_post_hooks:
            return True
        form = type(part)
        if any(getattr(form, name) is not getattr(nn.Module, name) for name in _LOADING) and not (
            form.__module__.startswith("torch.")
        ):
            return True
    return False


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    try:
        return copy.deepcopy(value)
    except Exception:  # locks, files, generators: nobody can copy them
        return value
