"""The one checked way in: a module or what makes one, its checkpoint, an example of its inputs."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UserError
from ..modules.forms import Batch, Output
from ..modules.twin import tensors, twin
from ..symmetry.axes import Params, Symmetry
from ..tracing.trace import trace
from .checkpoint import Checkpoint, read, state_dicts
from .checks import WRAPPERS, listed
from .renaming import Renamed, renamed
from .trained import Network

_AVERAGED = ("ema", "average", "swa", "shadow")
_OF_OPTIMISERS = ("optim", "exp_avg", "momentum_buffer", "square_avg", "grad")
_OF_NETWORKS = {"model", "module", "net", "network", "dict", "params", "parameters", "weights"}
"""What parts of a checkpoint are called: the first two anywhere in a key, these as whole words."""


def network(
    module: nn.Module | Callable[[], nn.Module],
    checkpoint: Checkpoint | None = None,
    *,
    example: Batch | None = None,
    symmetry: Symmetry | None = None,
    exclude: str | Iterable[str] = (),
    output: Output | None = None,
) -> Network:
    """A network that methods can align and merge, checked; nothing of what is given is changed.

    `module`: the network, or a function without arguments that makes it, such as a class or a
    model function of torchvision. `checkpoint`: its tensors, if the module does not hold them: a
    `state_dict`, a file (safetensors, or `torch.save`'s, read without running code) or a folder
    with the shards of Hugging Face. Wrapping dictionaries and prefixes (`module.`, `_orig_mod.`,
    `model.`) are found, and named in the network's `notes`; of several parts that fit a known name
    decides, and without one it is an error.

    `example`: a batch of inputs as the network takes them: a tensor, a tuple (positional
    arguments), a dictionary (keyword arguments) or `Inputs` of both. Only shapes and types count;
    the symmetry is found with it. Networks of one form may share a `symmetry` instead. `exclude`:
    names of tensors or modules, or patterns such as `"head.*"`, that stay each network's own: no
    method compares or averages them, and a merge has the first network's. `output`: where the
    logits are in what the network returns, if it is not a tensor and has no `logits`: a function
    or a name.

    Raises `UserError`, in one sentence, where something does not fit.
    """
    form, notes = _unwrapped(made_module(module))
    if checkpoint is None:
        params: Mapping[str, Tensor] = form.state_dict()
        if form is not module and isinstance(module, type):
            notes = (*notes, "without a checkpoint its parameters are new and untrained")
    else:
        params, said = loaded(form, checkpoint)
        notes = (*notes, *said)
    if symmetry is None:
        symmetry = _traced(form, example, output)
    if exclude:
        symmetry = _without(form, symmetry, exclude)
    return Network(form, dict(params), symmetry, output, notes=notes)


def made_module(module: Any, arguments: Mapping[str, Any] | None = None) -> nn.Module:
    """The module itself, or what a function makes with the keyword `arguments`.

    Raises `UserError` where it is neither, and where the function makes none with them.
    """
    if isinstance(module, nn.Module):
        if arguments:
            raise UserError("arguments are for a function that makes the network: this is made")
        return module
    if not callable(module):
        raise UserError(
            "a network is a torch.nn.Module or a function that makes one, "
            f"not {type(module).__name__}"
        )
    name = getattr(module, "__name__", type(module).__name__)
    try:
        made = module(**(arguments or {}))
    except TypeError as error:
        if arguments:
            raise UserError(
                f"{name} cannot be made with the arguments {', '.join(arguments)}: {error}"
            ) from error
        raise UserError(
            f"{name} cannot be called without arguments ({error}): give a lambda that does"
        ) from error
    if not isinstance(made, nn.Module):
        raise UserError(f"{name} makes {type(made).__name__} and no torch.nn.Module")
    return made


def _unwrapped(module: nn.Module) -> tuple[nn.Module, tuple[str, ...]]:
    """What torch.compile and DataParallel wrap: their own calls lead past other parameters."""
    notes: tuple[str, ...] = ()
    while inside := WRAPPERS.get(type(module).__name__):
        notes = (*notes, f"{type(module).__name__} was taken off the network")
        module = getattr(module, inside)
    return module, notes


def _traced(module: nn.Module, example: Batch | None, output: Output | None) -> Symmetry:
    if example is None:
        raise UserError(
            "a symmetry is found with an example: give example=, a batch of inputs, or symmetry="
        )
    return trace(module, example, output)


def loaded(
    module: nn.Module, checkpoint: Checkpoint, mapped: bool = False
) -> tuple[Params, tuple[str, ...]]:
    """The checkpoint's tensors by the module's names and on its device, and what was done.

    `mapped`: see `read`; the module's parameters may be on the meta device. Raises `UserError`
    where something does not fit.
    """
    own = tensors(module)
    found = [(key, renamed(each, own)) for key, each in state_dicts(read(checkpoint, mapped))]
    where = "the checkpoint" if isinstance(checkpoint, Mapping) else repr(str(checkpoint))
    if not found:
        raise UserError(f"{where} holds no tensors by name")
    most = max(each.matched for _, each in found)
    fit = [(key, each) for key, each in found if each.matched == most]
    fit.sort(key=lambda pair: _doubt(pair[0]))
    key, best = fit[0]
    for other, each in fit[1:]:
        if _doubt(other) == _doubt(key) and not _same(each.params, best.params):
            raise UserError(
                f"in {where} the parts {key!r} and {other!r} both fit {type(module).__name__}: "
                "give the one that is meant by itself"
            )
    notes = [f"in {where} {words}" for words in best.said]
    if key:
        beside = [repr(other) for other, _ in fit[1:]]
        more = f", and {' and '.join(beside)} in it not" if beside else ""
        notes.insert(0, f"of {where} the part {key!r} was taken{more}")
    params, dropped = _complete(module, own, best, where)
    if dropped:
        notes.append(f"in {where} {listed(dropped)} {'is' if len(dropped) == 1 else 'are'} unused")
    return params, tuple(notes)


def _doubt(key: str) -> int:
    """How far from a network's own weights the name of a part of a checkpoint is, from 0."""
    lower = key.lower()
    if any(word in lower for word in _OF_OPTIMISERS):
        return 3
    if any(word in lower for word in _AVERAGED):
        return 1
    return 0 if not key or _OF_NETWORKS & set(re.split(r"[^a-z]+", lower)) else 2


def _same(a: Params, b: Params) -> bool:
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]) for name in a
    )


def _complete(
    module: nn.Module, own: Mapping[str, Tensor], best: Renamed, where: str
) -> tuple[Params, list[str]]:
    """All tensors of the module from `best`; what of it the module keeps out of checkpoints."""
    given, kind = best.params, type(module).__name__
    for name, value in given.items():
        if name in own and value.shape != own[name].shape:
            raise UserError(
                f"{name!r} has the shape {tuple(value.shape)} in {where} "
                f"and {tuple(own[name].shape)} in {kind}"
            )
    params, unknown = _by_torch(module, given)
    passing = {n for n, _ in module.named_buffers(remove_duplicate=False)} | {"n_averaged"}
    known = getattr(module, "_keys_to_ignore_on_load_unexpected", None) or ()  # Hugging Face's
    passing.update(name for name in unknown if any(re.search(each, name) for each in known))
    dropped = [name for name in unknown if name in passing]
    named = {id(own[name]) for name in given if name in own}
    missing = [n for n in own if n not in params and id(own[n]) not in named]
    if odd := [name for name in unknown if name not in passing]:
        lacks = f" and lacks {listed(missing)}" if missing else ""
        raise UserError(f"{where} has {listed(odd)}, which {kind} has not{lacks}")
    if missing:
        raise UserError(f"{where} lacks {listed(missing)} of {kind}")
    return params, dropped


def _by_torch(module: nn.Module, given: Params) -> tuple[Params, list[str]]:
    """What the module itself takes from `given`: it knows the older names of its tensors."""
    own = tensors(module)
    blank = {n: v.detach() for n, v in own.items()}
    other = twin(module, blank)
    try:
        result = other.load_state_dict(given, strict=False, assign=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = str(error).strip().split("\n")[-1].strip().rstrip(".")[:160]
        raise UserError(f"the checkpoint does not fit {type(module).__name__}: {reason}") from error
    device = next((v.device for v in own.values() if not v.is_meta), None)
    found = tensors(other)
    params = {
        n: v.detach() if device is None else v.detach().to(device)
        for n, v in found.items()
        if n not in result.missing_keys
    }
    return params, list(result.unexpected_keys)


def _without(module: nn.Module, symmetry: Symmetry, exclude: str | Iterable[str]) -> Symmetry:
    """The symmetry with the tensors that `exclude` names, by any of their names, left alone."""
    patterns = [exclude] if isinstance(exclude, str) else list(exclude)
    left = set[str]()
    for pattern in patterns:
        names = [
            name
            for name in symmetry.axes
            if fnmatchcase(name, pattern) or name.startswith(f"{pattern.rstrip('.')}.")
        ]
        if not names:
            raise UserError(f"exclude={pattern!r} names no tensor or module of the network")
        left.update(names)
    own = tensors(module)
    tied = {id(own[name]) for name in left & own.keys()}
    left.update(name for name, tensor in own.items() if id(tensor) in tied)
    if left == symmetry.axes.keys():
        raise UserError("exclude leaves nothing to be merged")
    return replace(symmetry, excluded=frozenset(left))
