"""The one checked way in: a module or what makes one, its checkpoint, an example of its inputs."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from torch import Tensor, nn

from ...errors import UserError
from ..modules.extra_state import extra_states, loads_more
from ..modules.forms import Batch, Output
from ..modules.twin import tensors
from ..modules.usable import WRAPPERS, check_usable
from ..proving.randomness import RANDOM, RandomNetworkWarning, is_random_on_noise
from ..symmetry.axes import Symmetry
from ..tracing.trace import trace
from .checkpoint import Checkpoint
from .checks import traced_otherwise
from .loading import loaded
from .trained import Network


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
    the symmetry is found with it, in the network as its checkpoint sets it. Networks of one form
    may share a `symmetry` instead, if their constants (masks, tables) have the values with which it
    was traced; with an `example` beside it, one that has others is traced by itself. `exclude`:
    names of tensors or modules, or patterns such as `"head.*"`, that stay each network's own: no
    method compares or averages them, and a merge has the first network's. `output`: where the
    logits are in what the network returns, if it is not a tensor and has no `logits`: a function
    or a name.

    Raises `UserError`, in one sentence, where something does not fit; a `RandomNetworkWarning` says
    that the network is random in evaluation mode.
    """
    form, notes = _unwrapped(made_module(module))
    check_usable(form)
    if checkpoint is None:
        params: Mapping[str, Tensor] = form.state_dict()
        if form is not module and isinstance(module, type):
            notes = (*notes, "without a checkpoint its parameters are new and untrained")
    else:
        found = loaded(form, checkpoint)
        form, params, notes = found.module, found.params, (*notes, *found.notes)
    if symmetry is None or (example is not None and not _is_of(symmetry, form, params)):
        symmetry = _traced(form, example, output)
    if exclude:
        symmetry = _without(form, symmetry, exclude)
    found = Network(form, dict(params), symmetry, output, notes=notes)
    if example is not None and is_random_on_noise(found, example):
        warnings.warn(f"{type(form).__name__} {RANDOM}", RandomNetworkWarning, stacklevel=2)
    return found


def _is_of(symmetry: Any, module: nn.Module, params: Mapping[str, Tensor]) -> bool:
    """Whether `symmetry` need not be traced anew; what code of the user's sets, only that shows."""
    if not isinstance(symmetry, Symmetry):
        return True  # and is refused as what it is
    return not (loads_more(module) or traced_otherwise(module, params, symmetry))


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


def _without(module: nn.Module, symmetry: Symmetry, exclude: str | Iterable[str]) -> Symmetry:
    """The symmetry with the tensors that `exclude` names, by any of their names, left alone."""
    patterns = [exclude] if isinstance(exclude, str) else list(exclude)
    left = set[str]()
    for pattern in patterns:
        names = [
            name
            for name in (*symmetry.axes, *extra_states(module))
            if fnmatchcase(name, pattern) or name.startswith(f"{pattern.rstrip('.')}.")
        ]
        if not names:
            raise UserError(f"exclude={pattern!r} names no tensor or module of the network")
        left.update(names)
    own = tensors(module)
    tied = {id(own[name]) for name in left & own.keys()}
    left.update(name for name, tensor in own.items() if id(tensor) in tied)
    if left >= symmetry.axes.keys():
        raise UserError("exclude leaves nothing to be merged")
    return replace(symmetry, excluded=frozenset(left))
