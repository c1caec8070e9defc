"""A checkpoint brought into a module: which of its parts is meant, and all that loading it sets."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ...errors import UserError
from ..modules.extra_state import extra_states, is_empty, same_value
from ..modules.precision import in_full
from ..modules.twin import tensors, twin
from ..symmetry.axes import Params
from .checkpoint import Checkpoint, State, read, state_dicts
from .checks import listed
from .renaming import Renamed, renamings

_AVERAGED = ("ema", "average", "swa", "shadow")
_OF_OPTIMISERS = ("optim", "exp_avg", "momentum_buffer", "square_avg", "grad")
_OF_NETWORKS = {"model", "module", "net", "network", "dict", "params", "parameters", "weights"}
"""What parts of a checkpoint are called: the first two anywhere in a key, these as whole words."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """One network as its checkpoint has it, and in sentences what was done to read it.

    `module` is a private copy that has loaded the checkpoint as torch loads it, with its buffers,
    extra states and whatever its own code sets then. `params` are its tensors by name, in the types
    in which they came.
    """

    module: nn.Module
    params: Params
    notes: tuple[str, ...]


def loaded(module: nn.Module, checkpoint: Checkpoint, mapped: bool = False) -> Loaded:
    """The network of the form `module` in `checkpoint`, on its device; `module` stays as it is.

    `mapped`: see `read`; parameters are then left where the module has them, on the meta device
    perhaps, and are in `params` alone. Of several parts that fit, in dictionaries or by the
    prefixes of their names, the one whose name is least in doubt is taken. Raises `UserError`
    where something does not fit, and where parts with other values fit alike.
    """
    own = {**tensors(module), **extra_states(module)}
    found = list(_candidates(read(checkpoint, mapped), own))
    where = "the checkpoint" if isinstance(checkpoint, Mapping) else repr(str(checkpoint))
    if not found:
        raise UserError(f"{where} holds no tensors by name")
    most = max(each.renamed.matched for each in found)
    fit = [each for each in found if each.renamed.matched == most]
    if not most:
        fit = fit[:1]  # of what does not fit at all, as it is
    fit.sort(key=lambda each: each.doubt)
    best = fit[0]
    for other in fit[1:]:
        if other.doubt == best.doubt and not _same(other.renamed, best.renamed, own):
            raise UserError(
                f"in {where} the parts {best.name!r} and {other.name!r} both fit "
                f"{type(module).__name__}: give the one that is meant by itself"
            )
    notes = [f"in {where} {words}" for words in best.renamed.said]
    if best.key:
        beside = dict.fromkeys(repr(other.key) for other in fit if other.key != best.key)
        more = f", and {' and '.join(beside)} in it not" if beside else ""
        notes.insert(0, f"of {where} the part {best.key!r} was taken{more}")
    form, params, dropped = _complete(module, best.renamed, where, mapped)
    if dropped:
        notes.append(f"in {where} {listed(dropped)} {'is' if len(dropped) == 1 else 'are'} unused")
    return Loaded(form, params, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Candidate:
    """Tensors of a checkpoint that may be meant: of the dictionary `key`, under some names."""

    key: str
    renamed: Renamed

    @property
    def name(self) -> str:
        words = filter(None, (self.key, self.renamed.prefix.rstrip(".")))
        return ".".join(words) or "the whole"

    @property
    def doubt(self) -> int:
        """The greater of those of its key and its prefix."""
        return max(_doubt(self.key), _doubt(self.renamed.prefix))


def _candidates(found: Mapping[Any, Any], own: Mapping[str, Any]) -> Iterator[_Candidate]:
    for key, state in state_dicts(found):
        yield from (_Candidate(key, each) for each in renamings(state, own))


def _doubt(key: str) -> int:
    """How far from a network's own weights the name of a part of a checkpoint is, from 0."""
    lower = key.lower()
    if any(word in lower for word in _OF_OPTIMISERS):
        return 3
    if any(word in lower for word in _AVERAGED):
        return 1
    return 0 if not key or _OF_NETWORKS & set(re.split(r"[^a-z]+", lower)) else 2


def _same(a: Renamed, b: Renamed, own: Mapping[str, Any]) -> bool:
    """Whether two parts give the module the same, whatever lies beside it."""
    first, second = ({n: v for n, v in each.state.items() if n in own} for each in (a, b))
    return same_value(first, second)


def _complete(
    module: nn.Module, best: Renamed, where: str, mapped: bool
) -> tuple[nn.Module, Params, list[str]]:
    """The module with all of `best`, its tensors, and what of it is kept out of checkpoints."""
    own, given, kind = tensors(module), best.state, type(module).__name__
    for name, value in given.items():
        if name in own and value.shape != own[name].shape:
            raise UserError(
                f"{name!r} has the shape {tuple(value.shape)} in {where} "
                f"and {tuple(own[name].shape)} in {kind}"
            )
    params, lacking, unknown = _by_torch(module, given)
    passing = {n for n, _ in module.named_buffers(remove_duplicate=False)} | {"n_averaged"}
    known = getattr(module, "_keys_to_ignore_on_load_unexpected", None) or ()  # Hugging Face's
    passing.update(name for name in unknown if any(re.search(each, name) for each in known))
    dropped = [name for name in unknown if name in passing]
    named = {id(own[name]) for name in given if name in own}
    missing = [n for n in own if n not in params and id(own[n]) not in named]
    missing += [n for n, v in extra_states(module).items() if n in lacking and not is_empty(v)]
    if odd := [name for name in unknown if name not in passing]:
        lacks = f" and lacks {listed(missing)}" if missing else ""
        raise UserError(f"{where} has {listed(odd)}, which {kind} has not{lacks}")
    if missing:
        raise UserError(f"{where} lacks {listed(missing)} of {kind}")
    held = params
    if mapped:
        parameters = {name for name, _ in module.named_parameters(remove_duplicate=False)}
        held = {n: v for n, v in params.items() if n not in parameters}
    return twin(_holding(module, given), held), params, dropped


def _by_torch(module: nn.Module, given: State) -> tuple[Params, list[str], list[str]]:
    """What the module itself takes from `given`: it knows the older names of its tensors.

    Beside it the names that are missing, and those that are unknown.
    """
    own = tensors(module)
    other = twin(module, {n: v.detach() for n, v in own.items()})
    lacking, unknown = _load(other, given, assign=True)
    device = next((v.device for v in own.values() if not v.is_meta), None)
    params = {
        n: v.detach() if device is None else v.detach().to(device)
        for n, v in tensors(other).items()
        if n not in lacking
    }
    return params, lacking, unknown


def _holding(module: nn.Module, given: State) -> nn.Module:
    """A copy of the module that has loaded `given`, in memory of its own.

    Nothing is assigned, so that what is tied stays tied, and what is on the meta device there.
    """
    full = in_full(tensors(module))
    form = twin(module, {name: value.detach().clone() for name, value in full.items()})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*meta parameter")  # these are not wanted
        _load(form, given)
    return form


def _load(module: nn.Module, given: State, **how: bool) -> tuple[list[str], list[str]]:
    """Have `module` load `given`; the names that are missing, and those that are unknown."""
    try:
        result = module.load_state_dict(dict(given), strict=False, **how)
        return list(result.missing_keys), list(result.unexpected_keys)
    except Exception as error:  # whatever a checkpoint makes a module's own code meet
        reason = str(error).strip().split("\n")[-1].strip().rstrip(".")[:160]
        reason = reason or type(error).__name__
        raise UserError(f"the checkpoint does not fit {type(module).__name__}: {reason}") from error
