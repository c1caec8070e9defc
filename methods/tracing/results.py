"""What counts of a network's result: the tensors that a symmetry must leave as they are."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from ..modules.forms import Output, logits_of

_STATE = ("past_key_values", "cache")
"""What only the next call of the same network reads, whose units move along there."""

_INSIDE = ("hidden", "attention", "model_output", "memory")
"""What is shown of a network's inside, beside its logits."""


def compared(result: Any, output: Output | None = None) -> list[Tensor]:
    """The tensors of `result` that count.

    What `output` finds, if it is given. Otherwise every tensor in tuples, lists, dictionaries and
    dataclasses, but for caches (state for the network's own next call), and, where there are
    logits, for the hidden states and attention weights that some models return beside them.
    """
    return list(_tensors(result)) if output is None else [logits_of(result, output)]


def _tensors(result: Any) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, (list, tuple)) and not hasattr(result, "_fields"):
        for item in result:
            yield from _tensors(item)
    else:
        named = _named(result)
        beside = _INSIDE if any("logits" in name for name in named) else ()
        for name, item in named.items():
            if not any(word in name for word in (*_STATE, *beside)):
                yield from _tensors(item)


def _named(result: Any) -> dict[str, Any]:
    if isinstance(result, Mapping):
        return {str(name): item for name, item in result.items()}
    if hasattr(result, "_fields"):
        return result._asdict()
    if is_dataclass(result):
        return {each.name: getattr(result, each.name) for each in fields(result)}
    return {}
