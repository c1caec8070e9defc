"""Operators that contract an axis: convolutions, matrix products, attention, embedding."""

from .factors import Expression, fixed, fresh, pin, product
from .operator_call import Call, Result, Rule, UnsupportedError
from .tensors import AbstractTensor, broadcast, elementwise
from .ties import divide, tie


def linear(call: Call) -> Result:
    """The weight's axis 1 reads the input's last axis, its axis 0 is written."""
    x, weight = call["input"], call["weight"]
    tie(x.dims[-1], weight.dims[-1])
    call.read(weight, -1)
    return _with_bias(call, AbstractTensor(x.dims[:-1] + weight.dims[:-1]), -1)


def convolution(call: Call) -> Result:
    """Channels as in `linear`; positions in space stay.

    A grouped convolution sees its channels as group x channel. One input channel moves alike in
    all groups, because they share the weight's axis 1. A depthwise one writes what it reads.
    """
    x, weight, groups = call["input"], call["weight"], call["groups"]
    channel = x.ndim - weight.ndim + 1
    written, read, *kernel = weight.dims
    for expression in (*x.dims[channel + 1 :], *kernel):
        pin(expression)
    if groups == 1:
        tie(x.dims[channel], read)
        call.read(weight, 1)
    elif weight.sizes[:2] == (groups, 1):
        tie(x.dims[channel], written)
    else:
        group, inner = divide(x.dims[channel], (groups, weight.sizes[1]))
        tie(inner, read)
        tie(written, product(group, fresh(weight.sizes[0] // groups)))
        call.read(weight, 1)
    space = tuple(fixed(size) for size in call.shape[channel + 1 :])
    return _with_bias(call, AbstractTensor((*x.dims[:channel], written, *space)), channel)


def transposed_convolution(call: Call) -> Result:
    """As `convolution`, but the weight's axis 0 is read and its axis 1 is written."""
    x, weight, groups = call["input"], call["weight"], call["groups"]
    channel = x.ndim - weight.ndim + 1
    read, inner, *kernel = weight.dims
    for expression in (*x.dims[channel + 1 :], *kernel):
        pin(expression)
    tie(x.dims[channel], read)
    call.read(weight, 0)
    written = inner
    if groups > 1:
        group, _ = divide(read, (groups, weight.sizes[0] // groups))
        written = product(group, inner)
    space = tuple(fixed(size) for size in call.shape[channel + 1 :])
    return _with_bias(call, AbstractTensor((*x.dims[:channel], written, *space)), channel)


def _with_bias(call: Call, result: AbstractTensor, dim: int) -> AbstractTensor:
    bias = call.get("bias")
    if bias is not None and bias.sizes != (1,):
        tie(bias.dims[0], result.dims[dim])
    return result


def matmul(call: Call) -> Result:
    """A product of matrices or vectors, batched or not."""
    left, right = call.values[:2]
    return _matmul(call, left, right)


def matmul_and_add(call: Call) -> Result:
    """`addmm` and its batched form."""
    added, left, right = call.values
    return elementwise(added, _matmul(call, left, right))


def _matmul(call: Call, left: AbstractTensor, right: AbstractTensor) -> AbstractTensor:
    row = right.dims[-2] if right.ndim > 1 else right.dims[-1]
    tie(left.dims[-1], row)
    if right.origins is not None:
        call.read(right, -2 if right.ndim > 1 else -1)
    else:
        call.read(left, -1)
    batch = broadcast(AbstractTensor(left.dims[:-2]), AbstractTensor(right.dims[:-2]))
    return AbstractTensor(batch + left.dims[-2:-1] + (right.dims[-1:] if right.ndim > 1 else ()))


def einsum(call: Call) -> Result:
    """A letter is an axis; letters that vanish are contracted."""
    inputs, arrow, output = call["equation"].replace(" ", "").partition("->")
    terms, operands = inputs.split(","), call["tensors"]
    if not arrow or "." in inputs or any(len(set(term)) != len(term) for term in terms):
        raise UnsupportedError
    axes: dict[str, Expression] = {}
    for term, value in zip(terms, operands, strict=True):
        for dim, letter in enumerate(term):
            if axes.setdefault(letter, value.dims[dim]) is not value.dims[dim]:
                tie(axes[letter], value.dims[dim])
    weights = [i for i, value in enumerate(operands) if value.origins is not None]
    if weights:  # of several, the last one reads what the others have written
        for dim, letter in enumerate(terms[weights[-1]]):
            if letter not in output:
                call.read(operands[weights[-1]], dim)
    return AbstractTensor(tuple(axes[letter] for letter in output))


def attention(call: Call) -> Result:
    """Queries and keys share their last axis, keys and values their positions."""
    query, key, value = call["query"], call["key"], call["value"]
    tie(query.dims[-1], key.dims[-1])
    tie(key.dims[-2], value.dims[-2])
    if call.get("is_causal"):
        pin(query.dims[-2])
        pin(key.dims[-2])
    if call.get("enable_gqa") and query.sizes[-3] != key.sizes[-3]:
        raise UnsupportedError
    batch = broadcast(*(AbstractTensor(v.dims[:-2]) for v in (query, key, value)))
    if call.get("attn_mask") is not None:
        broadcast(AbstractTensor((*batch, query.dims[-2], key.dims[-2])), call["attn_mask"])
    return AbstractTensor((*batch, query.dims[-2], value.dims[-1]))


def embedding(call: Call) -> Result:
    """Rows are chosen by the input and stay; the columns are written."""
    weight, indices = call["weight"].pin([0]), call["indices"].pin()
    return AbstractTensor((*indices.dims, weight.dims[1]))


WRITERS: dict[str, Rule] = {
    "linear": linear,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution"), convolution),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed_convolution
    ),
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot", "vdot"), matmul),
    **dict.fromkeys(("addmm", "baddbmm", "addmv"), matmul_and_add),
    "einsum": einsum,
    "embedding": embedding,
}
"""Operators through which a parameter writes units."""

RULES: dict[str, Rule] = {**WRITERS, "scaled_dot_product_attention": attention}
