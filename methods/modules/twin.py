"""A private copy of a module in evaluation mode, so that nothing of the user's is changed."""

import copy
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

import torch
from torch import Tensor, nn

from .precision import is_reduced
from .shared_memory import by_memory, tied_by_name

_ATOMS = {type(None), bool, int, float, str, bytes, torch.dtype, torch.device, torch.Size, type}

_LEFT_BEHIND = {"_compiled_call_impl"}  # of Module.compile: it would call the user's module


def twin(module: nn.Module, params: Mapping[str, Tensor]) -> nn.Module:
    """A copy of `module` in evaluation mode that holds `params`, by the names of its tensors.

    Parameters are shared with `params` and not copied; buffers and all other tensors are copied.
    Tensors of half precision that are not in `params` become float32, as those in it have. Hooks
    stay, as some are part of what a network computes. What cannot be copied (a lock, a file) is
    shared; the layers are always the copy's own, also where a list, a closure or a bound method
    of the module leads to them. Parameters that lie in one memory are one in the copy.
    """
    memo: dict[int, Any] = {}
    one = by_memory(module)
    for name, tensor, is_parameter in _slots(module):
        value = params.get(name)
        if value is None or id(tensor) in memo:
            continue
        if alike := [memo[id(other)] for other in one.get(id(tensor), ()) if id(other) in memo]:
            memo[id(tensor)] = alike[0]
            continue
        if is_parameter:
            grows = tensor.requires_grad and value.is_floating_point()
            memo[id(tensor)] = nn.Parameter(value.detach(), requires_grad=grows)
        else:
            memo[id(tensor)] = value.detach().clone()
    found = _copied(module, memo)
    tied_by_name(found)
    found.eval()
    for part in found.modules():
        part.training = False  # also where a module keeps its mode to itself
    return found


def tensors(module: nn.Module) -> dict[str, Tensor]:
    """Name -> each parameter and persistent buffer; one that has several names, by each.

    Parameters that lie in one memory are one, the first of them.
    """
    one = by_memory(module)
    slots = _slots(module, persistent=True)
    return {name: one.get(id(tensor), (tensor,))[0] for name, tensor, _ in slots}


def parameter_names(module: nn.Module) -> tuple[str, ...]:
    """The first name of each parameter."""
    own = tensors(module)
    first = {id(own[name]): name for name, _ in reversed(list(module.named_parameters()))}
    return tuple(reversed(first.values()))


def calls_change(module: nn.Module) -> frozenset[str]:
    """Names of what a forward pass may write to, although it is evaluation mode.

    Counters and caches that a module of the user's keeps as buffers, and embeddings whose rows
    are renormalised when they are read.
    """
    own = torch.nn.modules.__name__
    found = set[str]()
    for prefix, part in module.named_modules(remove_duplicate=False):
        if not type(part).__module__.startswith(own):
            found.update(f"{prefix}.{name}".lstrip(".") for name in part._buffers)
        elif getattr(part, "max_norm", None) is not None:
            found.add(f"{prefix}.weight".lstrip("."))
    return frozenset(found)


def slots_of_one_place(module: nn.Module) -> frozenset[str]:
    """Second names of one place: of layers that a module has under several names."""
    seen, found = set[tuple[int, str]](), set[str]()
    for prefix, part in module.named_modules(remove_duplicate=False):
        for leaf in (*part._parameters, *part._buffers):
            name = f"{prefix}.{leaf}".lstrip(".")
            if (id(part), leaf) in seen:
                found.add(name)
            seen.add((id(part), leaf))
    return frozenset(found)


def _slots(module: nn.Module, persistent: bool = False) -> Iterator[tuple[str, Tensor, bool]]:
    """Name, tensor and whether it is a parameter; buffers too, perhaps the persistent alone."""
    for prefix, part in module.named_modules(remove_duplicate=False):
        dot = f"{prefix}." if prefix else ""
        for leaf, tensor in part._parameters.items():
            if tensor is not None:
                yield dot + leaf, tensor, True
        for leaf, tensor in part._buffers.items():
            if tensor is not None and not (persistent and leaf in part._non_persistent_buffers_set):
                yield dot + leaf, tensor, False


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """A copy of `value` in which every module is the twin's; `memo`: id of an original -> copy."""
    if type(value) in _ATOMS:
        return value
    if id(value) in memo:
        return memo[id(value)]
    if _has_layers(value):
        new = object.__new__(type(value))
        memo[id(value)] = new
        own = {n: _copied(each, memo) for n, each in vars(value).items() if n not in _LEFT_BEHIND}
        object.__setattr__(new, "__dict__", own)
        return new
    if isinstance(value, Tensor):
        memo[id(value)] = new = _own(value)
        return new
    if type(value) in (dict, OrderedDict):
        memo[id(value)] = new = type(value)()
        for name, each in value.items():
            new[name] = _copied(each, memo)
        return new
    if type(value) is list:
        memo[id(value)] = new = []
        new.extend(_copied(each, memo) for each in value)
        return new
    if type(value) in (tuple, set):
        return type(value)([_copied(each, memo) for each in value])
    if isinstance(value, MethodType):
        return MethodType(value.__func__, _copied(value.__self__, memo))
    if isinstance(value, partial):
        inner = (_copied(value.func, memo), *_copied(value.args, memo))
        return partial(*inner, **_copied(value.keywords, memo))
    if isinstance(value, FunctionType):
        return _function(value, memo)
    try:
        return copy.deepcopy(value, memo)
    except Exception:  # locks, files, generators: nobody can copy them
        return value


def _has_layers(value: Any) -> bool:
    return isinstance(value, nn.Module) and not isinstance(value, torch.jit.ScriptModule)


def _own(tensor: Tensor) -> Tensor:
    """A constant, a cache or a buffer that is in no checkpoint, in memory of its own."""
    new = tensor.detach().clone()
    new = new.float() if is_reduced(new) else new
    return nn.Parameter(new, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else new


def _function(value: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """The function itself, but for one that closes over modules: these would be the user's."""
    if not _leads_to_module(value, set()):
        return value
    cells = tuple(CellType() for _ in value.__closure__ or ())
    new = FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, cells)
    new.__kwdefaults__ = value.__kwdefaults__
    memo[id(value)] = new  # before the cells are filled: it may close over itself
    for cell, old in zip(cells, value.__closure__ or (), strict=True):
        for content in _contents(old):
            cell.cell_contents = _copied(content, memo)
    return new


def _contents(cell: CellType) -> tuple[Any, ...]:
    """What the cell holds; nothing where its name has no value yet."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _leads_to_module(value: Any, seen: set[int]) -> bool:
    """Whether a module is reached from `value` by closures, bound methods and containers."""
    if id(value) in seen or type(value) in _ATOMS:
        return False
    seen.add(id(value))
    if isinstance(value, FunctionType):
        held = [content for cell in value.__closure__ or () for content in _contents(cell)]
    elif isinstance(value, MethodType):
        held = [value.__self__]
    elif isinstance(value, partial):
        held = [value.func, *value.args, *value.keywords.values()]
    elif type(value) in (list, tuple, set):
        held = list(value)
    elif type(value) in (dict, OrderedDict):
        held = list(value.values())
    else:
        return isinstance(value, nn.Module)
    return any(_leads_to_module(each, seen) for each in held)
