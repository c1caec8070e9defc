"""Recurrent layers and cells: LSTM, GRU, and RNN with tanh or ReLU.

A layer of h hidden units holds their gates as blocks of its weights' and biases' first axis: four
of an LSTM (Hochreiter and Schmidhuber 1997), three of a GRU (Cho et al. 2014), one of a plain RNN.
A unit moves with its row in every block, with its column of the recurrent weight, and with its
place in the state.
"""

from collections.abc import Sequence

from ..factors import ONE, Expression, concatenation, fixed, fresh, pin
from ..tensors import AbstractTensor
from ..ties import tie
from .call import Call, Result, Rule, UnsupportedError

_GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def layer(call: Call) -> Result:
    """One layer in one direction: the output at every step, the last state, an LSTM's last cell.

    With a projection, the cell's units and those of the output are two groups. The order of the
    steps stays.
    """
    if call["num_layers"] != 1 or call["bidirectional"] or "input" not in call.args:
        raise UnsupportedError  # several at once, or a packed sequence
    x = call["input"]
    time = 1 if call["batch_first"] else 0
    batch = x.dims[1 - time]
    pin(x.dims[time])
    inputs, recurrent, *rest = call["params"]
    projection = rest[2 * call["has_biases"] :]
    weights = (inputs, recurrent, *rest[: 2 * call["has_biases"]])
    unit, output = _step(call, x, weights, projection)
    states = _states(call, output, unit)
    for state, expression in zip(_list(call["hx"]), states, strict=True):
        tie(state.dims[1], batch)
        tie(state.dims[2], expression)
    steps = fixed(x.sizes[time])
    outputs = AbstractTensor((batch, steps, output) if time else (steps, batch, output))
    return (outputs, *(AbstractTensor((ONE, batch, expression)) for expression in states))


def cell(call: Call) -> Result:
    """One step: the next state, and an LSTM's next cell."""
    x = call["input"]
    names = ("w_ih", "w_hh", "b_ih", "b_hh")
    weights = [call[name] for name in names if call.get(name) is not None]
    unit, _ = _step(call, x, weights)
    states = _states(call, unit, unit)
    for state, expression in zip(_list(call["hx"]), states, strict=True):
        tie(state.dims[0], x.dims[0])
        tie(state.dims[1], expression)
    first, *more = (AbstractTensor((x.dims[0], expression)) for expression in states)
    return (first, *more) if more else first


def _step(
    call: Call,
    x: AbstractTensor,
    weights: Sequence[AbstractTensor],
    projection: Sequence[AbstractTensor] = (),
) -> tuple[Expression, Expression]:
    """The units of the cell and those of the output, tied in the weights and biases."""
    inputs, recurrent, *_ = weights
    gates = _GATES[call.name.removesuffix("_cell")]
    unit = output = fresh(recurrent.sizes[0] // gates)
    blocks = concatenation([unit] * gates)
    for weight in weights:
        tie(weight.dims[0], blocks)
    for weight in projection:
        output = weight.dims[0]
        tie(weight.dims[1], unit)
        call.read(weight, 1)
    tie(inputs.dims[1], x.dims[-1])
    tie(recurrent.dims[1], output)
    call.read(inputs, 1)
    call.read(recurrent, 1)
    call.absorb(x.dims[-1], output, unit)
    return unit, output


def _states(call: Call, output: Expression, unit: Expression) -> tuple[Expression, ...]:
    return (output, unit) if call.name.startswith("lstm") else (output,)


def _list(state: AbstractTensor | Sequence[AbstractTensor]) -> Sequence[AbstractTensor]:
    return [state] if isinstance(state, AbstractTensor) else state


RECURRENT: dict[str, Rule] = {
    **dict.fromkeys(_GATES, layer),
    **{f"{name}_cell": cell for name in _GATES},
}
"""Layers and cells, whose results are seen as activations."""

RULES = RECURRENT
