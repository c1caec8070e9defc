"""The role of a buffer: statistics that training learns, or a constant of the architecture."""

import copy
import warnings
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ..modules.forms import Batch
from ..modules.precision import in_full
from ..modules.twin import tensors, twin
from .export import Exported, in_module_precision


class LearntBufferWarning(UserWarning):
    """A buffer that training writes and no norm owns; a merge takes it for learnt statistics."""


_STATISTICS = ("running_mean", "running_var")


def constant_buffers(module: nn.Module, exported: Exported, x: Batch) -> frozenset[str]:
    """The persistent buffers of `module` that nothing updates, masks and tables of positions.

    A buffer is learnt if a norm keeps its running statistics there, or if a forward pass in
    training mode writes to it; that pass is run, on a copy, only where buffers are left to ask.
    Counters of batches are no constants, and belong to no group either. What is learnt and no
    norm's, a `LearntBufferWarning` names: only its owner knows whether a mean of it makes sense.
    """
    parameters = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    norms = _of_norms(module) | _running_statistics(exported)
    asked = [name for name in tensors(module) if name not in parameters | norms]
    learnt = _written(module, asked, x) if asked else set()
    _warn_of_learnt(module, [name for name in asked if name in learnt])
    return frozenset(asked) - learnt


def _warn_of_learnt(module: nn.Module, names: list[str]) -> None:
    own = tensors(module)
    if floating := [name for name in names if own[name].is_floating_point()]:
        more = f" and {len(floating) - 3} more" if len(floating) > 3 else ""
        warnings.warn(
            f"training writes to the buffers {', '.join(map(repr, floating[:3]))}{more}, which are "
            "no norm's: a merge has their mean, unless they are excluded",
            LearntBufferWarning,
            stacklevel=4,
        )


def _of_norms(module: nn.Module) -> set[str]:
    return {
        f"{prefix}.{name}".lstrip(".")
        for prefix, part in module.named_modules(remove_duplicate=False)
        if isinstance(part, nn.modules.batchnorm._NormBase)
        for name in part._buffers
    }


def _running_statistics(exported: Exported) -> set[str]:
    """Names that a norm of the graph takes as its running statistics."""
    found = set[str]()
    for node in exported.module.graph.nodes:
        if not isinstance(node.target, torch._ops.OpOverload):
            continue
        order = (a.name for a in node.target._schema.arguments)
        given = dict(zip(order, node.args, strict=False)) | node.kwargs
        for name in _STATISTICS:
            if isinstance(argument := given.get(name), torch.fx.Node):
                found.update(exported.sources.get(argument.name, ()))
    return found


def _written(module: nn.Module, names: Iterable[str], x: Batch) -> set[str]:
    """Which of the buffers `names` a forward pass in training mode changes."""
    params = {name: value.detach() for name, value in in_full(tensors(module)).items()}
    if any(getattr(part, "max_norm", None) is not None for part in module.modules()):
        params = {name: value.clone() for name, value in params.items()}  # reading rescales rows
    for norms_learn in (True, False):  # a norm refuses a single image of a single pixel
        own = twin(module, params)
        for part in own.modules():
            part.training = norms_learn or not isinstance(part, nn.modules.batchnorm._NormBase)
        before = {name: (buffer, buffer._version) for name, buffer in tensors(own).items()}
        values = {name: before[name][0].clone() for name in names}
        if _takes(own, x):
            after = tensors(own)
            return {
                name
                for name in names
                if name in after and _changed(*before[name], values[name], after[name])
            }
    return set()


def _takes(module: nn.Module, x: Batch) -> bool:
    """Whether `module` could be called on (copies of) `x`, as it is."""
    given = in_module_precision(module, x)
    values = (tuple(given.args), dict(given.kwargs))
    args, kwargs = pytree.tree_map(
        lambda v: v.clone() if isinstance(v, Tensor) else copy.copy(v), values
    )
    try:
        with torch.random.fork_rng(), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module(*args, **kwargs)
    except Exception:  # a module may refuse in training what it takes in evaluation mode
        return False
    return True


def _changed(buffer: Tensor, version: int, value: Tensor, after: Tensor) -> bool:
    """Written in place, or replaced by other values; a table for another length is no change."""
    if after is buffer and buffer._version != version:
        return True
    if after.is_meta or after.shape != value.shape:
        return False
    return not torch.equal(after, value)
