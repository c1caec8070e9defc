"""Which indices an operator runs over, as an einsum would say: what it treats side by side.

Two axes of an operator's tensors have one index where it takes the same position of both at a
time: the batch of a matrix product, heads in attention, the groups of a grouped convolution. An
index is *mixed* where a result depends on all positions along it: what is summed over, normalised,
or passed by a window. What holds for each position of an index by itself, such as an order of
inner units, holds wherever that index is not mixed.
"""

from collections.abc import Callable, Sequence

from ..tensors import AbstractTensor, dims_of
from .call import Call, UnsupportedError
from .contraction import _terms, passes
from .indexed import (
    Index,
    IndexedSegment,
    IndexedTensor,
    Step,
    divided_axis,
    indexed,
    indexed_axis,
)
from .layout import RULES as LAYOUT
from .pointwise import NONLINEARITIES, POINTWISE, RULES, pooling, reduction
from .recurrent import RECURRENT
from .slices import RULES as SLICES


def steps(call: Call, results: Sequence[AbstractTensor]) -> tuple[Step, ...]:
    """What an operator does, in steps; none where it only puts positions elsewhere.

    Raises `UnsupportedError` for an operator of which it is not known.
    """
    if call.name in _COPIES:
        return ()
    if call.name not in _STEPS:
        raise UnsupportedError
    return _STEPS[call.name](call, [v for v in results if v.ndim])


def _aligned(*values: AbstractTensor) -> tuple[IndexedTensor, ...]:
    """Tensors whose axes correspond from the last on, as in broadcasting."""
    return tuple(indexed(v, [d - v.ndim for d in range(v.ndim)]) for v in values)


def _elementwise(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    return (Step(_aligned(*call.values, *results)),)


def _weight_norm(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    value = call.values[0]
    others = set(range(value.ndim)) - {call.get("dim", 0) % value.ndim}
    mixed = frozenset(d - value.ndim for d in others)
    return (Step(_aligned(*call.values, *results), mixed),)


def _along(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    """Softmax, sums so far, orders: each result depends on a whole axis, or on several."""
    value = call.values[0]
    given = call.get("dim", call.get("dims"))
    dims = dims_of(value, None if given in ([], ()) else given)
    mixed = frozenset(d - value.ndim for d in dims)
    return (Step(_aligned(value, *results), mixed),)


def _reduction(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    value = call.values[0]
    if call.get("other") is not None:
        return _elementwise(call, results)
    given = call.get("dim")
    reduced = set(dims_of(value, None if given in ([], ()) else given))
    indices = list(range(value.ndim))
    kept = [d for d in indices if d not in reduced]
    left = [indexed(r, indices if r.ndim == value.ndim else kept) for r in results]
    tensors = (indexed(value, indices), *left)
    return (Step(tensors, frozenset(reduced)),)


def _channel_norm(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x, *parameters = call.values
    mixed = set(range(2, x.ndim)) if call.name == "instance_norm" else set[int]()
    if call.get("training"):
        mixed = {0, *range(2, x.ndim)}
    kept = [indexed(p, [1] if p.ndim else []) for p in parameters if p.sizes != (1,)]
    whole = [indexed(v, range(x.ndim)) for v in (x, *results) if v.ndim == x.ndim]
    return (Step((*whole, *kept), frozenset(mixed)),)


def _layer_norm(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x = call.values[0]
    whole = [v for v in (*call.values, *results) if v.ndim <= x.ndim]
    normalised = len(call["normalized_shape"])
    return (Step(_aligned(*whole), frozenset(range(-normalised, 0))),)


def _group_norm(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x, *parameters = call.values
    inner = x.sizes[1] // call["num_groups"]

    def channels(value: AbstractTensor, dim: int) -> tuple[IndexedSegment, ...]:
        return divided_axis(value.dims[dim], inner, "group", "channel")

    def whole(value: AbstractTensor) -> IndexedTensor:
        others = indexed(value, range(value.ndim))
        return (others[0], channels(value, 1), *others[2:])

    tensors = [whole(v) for v in (x, *results) if v.ndim == x.ndim]
    tensors += [(channels(p, 0),) for p in parameters]
    return (Step(tuple(tensors), frozenset({"channel", *range(2, x.ndim)})),)


def _pooling(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x = call.values[0]
    space = int(next(c for c in call.name if c.isdigit()))
    return (Step(_aligned(x, *results), frozenset(range(-space, 0))),)


def _linear(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x, weight = call["input"], call["weight"]
    batch = list(range(x.ndim - 1))
    tensors = [
        indexed(x, [*batch, "in"]),
        indexed(weight, ["out", "in"]),
        *(indexed(b, ["out"]) for b in [call.get("bias")] if b is not None),
        *(indexed(r, [*batch, "out"]) for r in results),
    ]
    return (Step(tuple(tensors), frozenset({"in"})),)


def _convolution(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    x, weight, groups = call["input"], call["weight"], call["groups"]
    transposed = call.get("transposed") or "transpose" in call.name
    space = weight.ndim - 2
    batch = list(range(x.ndim - space - 1))
    alone = passes(call, weight)
    windows = [("tap", i) for i in range(space)]
    places = [("to" if alone[i] else "at", i) for i in range(space)]
    seen = [place for place, by_itself in zip(places, alone, strict=True) if not by_itself]
    read = x.sizes[len(batch)] // groups
    written = results[0].sizes[len(batch)] // groups
    reads = divided_axis(x.dims[len(batch)], read, "group", "in")
    writes = divided_axis(results[0].dims[len(batch)], written, "group", "out")
    if transposed:
        own = (
            divided_axis(weight.dims[0], read, "group", "in"),
            indexed_axis(weight.dims[1], "out"),
        )
    else:
        own = (
            divided_axis(weight.dims[0], written, "group", "out"),
            indexed_axis(weight.dims[1], "in"),
        )
    around = indexed(x, [*batch, "channel", *places])
    after = indexed(results[0], [*batch, "channel", *(("to", i) for i in range(space))])
    n = len(batch)
    tensors = [
        (*around[:n], reads, *around[n + 1 :]),
        (*own, *indexed(weight, [0, 1, *windows])[2:]),
        (*after[:n], writes, *after[n + 1 :]),
    ]
    bias = call.get("bias")
    if bias is not None:
        tensors.append((divided_axis(bias.dims[0], written, "group", "out"),))
    return (Step(tuple(tensors), frozenset({"in", *seen, *windows})),)


def _matmul(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    *added, left, right = call.values
    if len(added) > 1:
        raise UnsupportedError
    ahead = [("batch", -k) for k in range(8, 0, -1)]
    of_left = [*ahead[len(ahead) - max(left.ndim - 2, 0) :], "row", "in"][-left.ndim :]
    of_right = [*ahead[len(ahead) - max(right.ndim - 2, 0) :], "in", "column"]
    of_right = of_right[-right.ndim :] if right.ndim > 1 else ["in"]
    most = max(left.ndim, right.ndim, 2) - 2
    out = [*ahead[len(ahead) - most :]]
    out += [*(["row"] if left.ndim > 1 else []), *(["column"] if right.ndim > 1 else [])]
    written = [indexed(v, out[len(out) - v.ndim :]) for v in (*added, *results)]
    tensors = (indexed(left, of_left), indexed(right, of_right), *written)
    return (Step(tensors, frozenset({"in"})),)


def _einsum(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    operands = call["tensors"]
    terms, output = _terms(call["equation"].replace(" ", ""), [v.ndim for v in operands])
    tensors = [indexed(v, list(t)) for v, t in zip(operands, terms, strict=True)]
    tensors += [indexed(result, list(output)) for result in results]
    return (Step(tuple(tensors), frozenset("".join(terms)) - frozenset(output)),)


def _attention(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    """The scores, then what they choose; positions of keys are mixed in both."""
    query, key, value = call["query"], call["key"], call["value"]

    def batch(x: AbstractTensor) -> list[Index]:
        return [("batch", d - x.ndim) for d in range(x.ndim - 2)]

    asks = indexed(query, [*batch(query), "to", "inner"])
    answers = indexed(key, [*batch(key), "from", "inner"])
    pairs = (*asks[:-1], answers[-2])  # the scores themselves
    scores = [asks, answers, pairs]
    if (mask := call.get("attn_mask")) is not None:
        scores.append(indexed(mask, [*batch(mask), "to", "from"][-mask.ndim :]))
    chosen = [pairs, indexed(value, [*batch(value), "from", "inner"])]
    chosen += [indexed(r, [*batch(r), "to", "inner"]) for r in results[:1]]
    return (
        Step(tuple(scores), frozenset({"inner", "from"})),
        Step(tuple(chosen), frozenset({"from"})),
    )


def _embedding(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    weight = indexed(call["weight"], ["row", "column"])
    found = [indexed(r, [*range(r.ndim - 1), "column"]) for r in results]
    return (Step((weight, *found), frozenset({"row"})),)


def _recurrent(call: Call, results: list[AbstractTensor]) -> tuple[Step, ...]:
    """What is read may lie within something; the hidden units do not, as far as is known."""
    x = call["input"]
    weight = call["w_ih"] if call.name.endswith("_cell") else call["params"][0]
    read = (indexed(x, [*range(x.ndim - 1), "in"]), (indexed_axis(weight.dims[1], "in"),))
    hidden = [weight.dims[0], *(e for result in results for e in result.dims)]
    alone = (Step(((indexed_axis(expression, "unit"),),)) for expression in hidden)
    return (Step(read, frozenset({"in", *range(x.ndim - 1)})), *alone)


_COPIES = (
    LAYOUT.keys() - {"copy"}
    | SLICES.keys() - {"roll", "flip", "gather", "slice_scatter", "unfold"}
    | {"channel_shuffle", "native_channel_shuffle"}
)
"""Operators of which every result is a number that was there, or a constant."""


def _table() -> dict[str, Callable[[Call, list[AbstractTensor]], tuple[Step, ...]]]:
    families = {
        _elementwise: f"{POINTWISE} {NONLINEARITIES} copy glu triu tril",
        _weight_norm: "_weight_norm",
        _along: "softmax log_softmax _softmax _log_softmax cumsum cumprod logcumsumexp cummax "
        "cummin sort argsort msort topk roll flip",
        _channel_norm: "batch_norm instance_norm _native_batch_norm_legit_no_training prelu",
        _layer_norm: "layer_norm rms_norm",
        _group_norm: "group_norm",
        _linear: "linear",
        _convolution: "conv1d conv2d conv3d convolution conv_transpose1d conv_transpose2d "
        "conv_transpose3d",
        _matmul: "mm bmm matmul mv dot vdot addmm baddbmm addmv",
        _einsum: "einsum",
        _attention: "scaled_dot_product_attention",
        _embedding: "embedding",
        _recurrent: " ".join(RECURRENT),
        _reduction: " ".join(n for n, rule in RULES.items() if rule in _REDUCTIONS),
        _pooling: " ".join(n for n, rule in RULES.items() if rule is pooling),
    }
    return {name: own for own, names in families.items() for name in names.split()}


_REDUCTIONS = (reduction, RULES["argmax"])
_STEPS = _table()
