"""What methods and finishes are handed, watched: nothing of it may be another afterwards."""

from collections.abc import Mapping, Sequence
from functools import cache
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from ...errors import UserError
from ...methods.base import Method, Network, Problem, Samples
from ...methods.modules.extra_state import extra_states
from ...methods.modules.forms import tensors_of
from ...methods.modules.twin import tensors
from ..finishes import Finish, Nothing
from ..training.inputs import Normalised

CHUNK = 2**18
"""Numbers that are summed at a time, so that the copies of it stay in a processor's cache."""

Seal = Mapping[str, object]
"""What there is, in words, and a digest of it."""


class ChangedError(UserError):
    """Who was handed something has changed it: what is measured beside it cannot be trusted."""


class Watch:
    """Remembers what networks and data were when it first saw them, as long as these live."""

    def __init__(self) -> None:
        self._first: WeakKeyDictionary[object, Seal] = WeakKeyDictionary()

    def see(self, problem: Problem) -> None:
        """From now on, what `problem` holds must stay; seen once, it costs nothing again."""
        for part in _parts(problem).values():
            if part not in self._first:
                self._first[part] = _seal(part)

    def verify(self, problem: Problem, who: str = "the method") -> None:
        """Raises `ChangedError` where a part of `problem` is not what it was when first seen.

        `who` may have changed it is named in the sentence.
        """
        for words, part in _parts(problem).items():
            now, before = _seal(part), self._first[part]
            other = [name for name, value in before.items() if now.get(name, value) != value]
            if changed := [*sorted(now.keys() ^ before.keys()), *other]:
                raise ChangedError(
                    f"{who} changed {changed[0]} of {words}, "
                    "which others are measured on too: work on copies"
                )


def suspects(method: Method, finish: Finish) -> str:
    """Who may change networks after their alignment, which is watched by itself."""
    merges = type(method).merge is not Method.merge
    if isinstance(finish, Nothing):
        return "the method"
    return "the method or its finish" if merges else "the finish"


def seals(problem: Problem) -> dict[str, object]:
    """All that a method could change, in words, and a digest of it."""
    return {
        f"{name} of {words}": value
        for words, part in _parts(problem).items()
        for name, value in _seal(part).items()
    }


def _parts(problem: Problem) -> dict[str, Network | Samples]:
    """The networks and data of `problem`, each once, in words."""
    found: dict[str, Network | Samples] = {
        f"network {i}": network for i, network in enumerate(problem.networks)
    }
    if problem.samples is not None:
        found["the training data"] = problem.samples
    if problem.validation is not None:
        found["the validation data"] = problem.validation
    for i, samples in enumerate(problem.per_network_data or ()):
        if samples is not problem.samples:
            found[f"the training data of network {i}"] = samples
    return found


def _seal(part: Network | Samples) -> Seal:
    if not isinstance(part, Network):
        return {
            name: tuple(map(digest, tensors))
            for name, tensors in zip(("the images", "the labels"), _held(part), strict=True)
        }
    own = {f"{k!r}": digest(v) for k, v in part.params.items()}
    state = {**tensors(part.module), **extra_states(part.module)}
    module = {f"{k!r} of the module": _sealed(v) for k, v in state.items()}
    modules = dict(part.module.named_modules())
    modes = [each.training for each in modules.values()]
    code = [
        (name, len(each._forward_hooks), len(each._forward_pre_hooks), "forward" in vars(each))
        for name, each in modules.items()
    ]
    return {
        **own,
        **module,
        "the mode": (modes, [v.requires_grad for v in part.params.values()]),
        "the forward pass": code,
        "the symmetry": repr(part.symmetry.axes),
    }


def _sealed(value: object) -> object:
    """A digest of a tensor or an extra state; of an object of the user's its type."""
    if isinstance(value, Tensor):
        return digest(value)
    if isinstance(value, Mapping):
        return tuple((repr(key), _sealed(each)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_sealed, value))
    known = value is None or isinstance(value, (bool, int, float, str, bytes))
    return repr(value) if known else type(value).__qualname__


def _held(samples: Samples) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """The tensors in which data are held: images, in whatever forms, and labels."""
    if isinstance(samples, Normalised):
        return samples.held(), (samples.labels,)
    if isinstance(samples, TensorDataset):
        return samples.tensors[:1], samples.tensors[1:]
    inputs, labels = samples[torch.arange(len(samples))]
    return tuple(tensors_of(inputs)), (labels,)


@torch.no_grad()
def digest(tensor: Tensor) -> tuple[object, ...]:
    """Type, shape and a sum of all bytes, each number of eight with an odd weight of its own.

    Modulo 2^64 one changed number always changes the sum, and several do so but for a chance of
    about 2^-60: a pass over the memory, on the tensor's own device, and no copy of it.
    """
    raw = tensor.detach().contiguous().flatten().view(torch.uint8)
    whole = len(raw) - len(raw) % 8
    parts = [] if not whole else list(raw[:whole].view(torch.int64).split(CHUNK))
    if len(raw) > whole:
        last = torch.zeros(8, dtype=torch.uint8, device=raw.device)
        last[: len(raw) - whole] = raw[whole:]
        parts.append(last.view(torch.int64))
    weights = _weights(raw.device)
    sums = [(part * weights[: len(part)]).sum() for part in parts]
    found = tuple(torch.stack(sums).tolist()) if sums else ()
    return (str(tensor.dtype), tuple(tensor.shape), hash(found))


@cache
def _weights(device: torch.device) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.randint(2**62, (CHUNK,), generator=draw).mul(2).add(1).to(device)
