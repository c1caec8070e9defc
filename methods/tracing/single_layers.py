"""Stacked and bidirectional recurrences run layer by layer, so that a graph shows every layer."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_RECURRENCES = ("lstm", "gru", "rnn_tanh", "rnn_relu")
_ARGUMENTS = 9
"""Input, state, parameters, biases, layers, dropout, training, both ways, batch first."""


class SingleLayers(TorchFunctionMode):
    """While it is active, a recurrence of several layers or directions is one call for each.

    The results are the same. One call for all would hide the units of the inner layers, and put
    the last states of all layers into one tensor, whose axes say that they move alike. Packed
    sequences, and calls by keyword, stay as they are.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        del types
        if (
            getattr(func, "__name__", "") in _RECURRENCES
            and not kwargs
            and len(args) == _ARGUMENTS
            and isinstance(args[3], bool)  # there is a tensor here for packed sequences
            and (args[4] > 1 or args[7])
        ):
            return _layer_by_layer(func, *args)
        return func(*args, **(kwargs or {}))


def _layer_by_layer(
    func: Callable[..., tuple[Tensor, ...]],
    x: Tensor,
    state: Tensor | Sequence[Tensor],
    params: Sequence[Tensor],
    biases: bool,
    layers: int,
    dropout: float,
    training: bool,
    both_ways: bool,
    batch_first: bool,
) -> tuple[Tensor, ...]:
    """The output of the last layer, and the last states of all: (layers x ways, batch, units)."""
    ways, time = 1 + both_ways, int(batch_first)
    each = len(params) // (layers * ways)
    last: list[tuple[Tensor, ...]] = []
    for layer in range(layers):
        outputs = []
        for backwards in range(ways):
            place = layer * ways + backwards
            y, *states = func(
                x.flip(time) if backwards else x,
                _own_state(state, place),
                params[place * each : (place + 1) * each],
                biases,
                1,
                0.0,
                training,
                False,
                batch_first,
            )
            outputs.append(y.flip(time) if backwards else y)
            last.append(tuple(states))
        x = torch.cat(outputs, -1) if both_ways else outputs[0]
        if training and dropout and layer < layers - 1:
            x = torch.dropout(x, dropout, True)
    return (x, *(_stacked(states) for states in zip(*last, strict=True)))


def _own_state(state: Tensor | Sequence[Tensor], place: int) -> Tensor | tuple[Tensor, ...]:
    if isinstance(state, Tensor):
        return state.select(0, place).unsqueeze(0)
    return tuple(each.select(0, place).unsqueeze(0) for each in state)


def _stacked(states: Sequence[Tensor]) -> Tensor:
    """States (1, batch, units) as (states, batch, units).

    By way of one axis for all their units: `stack` would say that those of all layers move alike.
    """
    together = torch.cat(list(states), -1).squeeze(0)
    return together.unflatten(-1, (len(states), states[0].shape[-1])).movedim(1, 0)
