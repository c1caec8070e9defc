"""Operators that contract an axis: convolutions, matrix products, attention, embedding."""

from ..factors import ONE, Expression, fixed, fresh, pin, product
from ..tensors import AbstractTensor, broadcast, elementwise, immovable
from ..ties import divide, tie
from .call import Call, Result, Rule


def linear(call: Call) -> Result:
    """The weight's axis 1 reads the input's last axis, its axis 0 is written."""
    x, weight = call["input"], call["weight"]
    tie(x.dims[-1], weight.dims[-1])
    call.read(weight, -1)
    call.absorb(x.dims[-1])
    return _with_bias(call, AbstractTensor(x.dims[:-1] + weight.dims[:-1]), -1)


def convolution(call: Call) -> Result:
    """Channels as in `linear`; positions in space stay, unless each is seen by itself.

    A grouped convolution sees its channels as group x channel. One input channel moves alike in
    all groups, because they share the weight's axis 1. A depthwise one writes what it reads.
    """
    if call.get("transposed"):
        return transposed_convolution(call)
    x, weight, groups = call["input"], call["weight"], call["groups"]
    channel = x.ndim - weight.ndim + 1
    written, read, *_ = weight.dims
    space = _space(call, x, weight)
    if groups == 1:
        tie(x.dims[channel], read)
        call.read(weight, 1)
        call.absorb(read)
    elif weight.sizes[:2] == (groups, 1):
        tie(x.dims[channel], written)
    else:
        group, inner = divide(x.dims[channel], (groups, weight.sizes[1]))
        tie(inner, read)
        tie(written, product(group, fresh(weight.sizes[0] // groups)))
        call.read(weight, 1)
        call.absorb(read)
    return _with_bias(call, AbstractTensor((*x.dims[:channel], written, *space)), channel)


def transposed_convolution(call: Call) -> Result:
    """As `convolution`, but the weight's axis 0 is read and its axis 1 is written."""
    x, weight, groups = call["input"], call["weight"], call["groups"]
    channel = x.ndim - weight.ndim + 1
    read, inner, *_ = weight.dims
    space = _space(call, x, weight)
    tie(x.dims[channel], read)
    call.read(weight, 0)
    written, summed = inner, read
    if groups > 1:
        group, summed = divide(read, (groups, weight.sizes[0] // groups))
        written = product(group, inner)
    call.absorb(summed)
    return _with_bias(call, AbstractTensor((*x.dims[:channel], written, *space)), channel)


def _space(call: Call, x: AbstractTensor, weight: AbstractTensor) -> tuple[Expression, ...]:
    """The result's positions in space; those of the kernel stay."""
    count = weight.ndim - 2
    for expression in weight.dims[2:]:
        pin(expression)
    passed = passes(call, weight)
    for expression, passes_by in zip(x.dims[-count:], passed, strict=True):
        if not passes_by:
            pin(expression)
    sizes = call.shape[-count:]
    return tuple(x.dims[d - count] if by else fixed(sizes[d]) for d, by in enumerate(passed))


def passes(call: Call, weight: AbstractTensor) -> tuple[bool, ...]:
    """For each dimension in space whether every position of a convolution is seen by itself.

    As channels of an image are where its positions are convolved as if they were channels.
    """
    count = weight.ndim - 2
    x = call["input"]
    strides = call["stride"] if isinstance(call["stride"], (list, tuple)) else [call["stride"]]
    strides = list(strides) * (count // len(strides))
    return tuple(
        weight.sizes[2 + d] == 1 == strides[d] and x.sizes[d - count] == call.shape[d - count]
        for d in range(count)
    )


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


def summed_matmul(call: Call) -> Result:
    """`addbmm`: the products of a batch are summed."""
    added, left, right = call.values
    tie(left.dims[0], right.dims[0])
    call.absorb(left.dims[0])
    return elementwise(added, AbstractTensor(_matmul(call, left, right).dims[1:]))


def bilinear(call: Call) -> Result:
    """The weight's axes 1 and 2 read the last axes of two inputs, its axis 0 is written."""
    left, right, weight = call["input1"], call["input2"], call["weight"]
    for dim, x in ((1, left), (2, right)):
        tie(x.dims[-1], weight.dims[dim])
        call.read(weight, dim)
        call.absorb(x.dims[-1])
    batch = broadcast(AbstractTensor(left.dims[:-1]), AbstractTensor(right.dims[:-1]))
    return _with_bias(call, AbstractTensor((*batch, weight.dims[0])), -1)


def _matmul(call: Call, left: AbstractTensor, right: AbstractTensor) -> AbstractTensor:
    row = right.dims[-2] if right.ndim > 1 else right.dims[-1]
    tie(left.dims[-1], row)
    call.absorb(row)
    if right.origins is not None:
        call.read(right, -2 if right.ndim > 1 else -1)
    else:
        call.read(left, -1)
    batch = broadcast(AbstractTensor(left.dims[:-2]), AbstractTensor(right.dims[:-2]))
    return AbstractTensor(batch + left.dims[-2:-1] + (right.dims[-1:] if right.ndim > 1 else ()))


def einsum(call: Call) -> Result:
    """A letter is an axis; letters that vanish are contracted; a diagonal tells positions apart."""
    operands = call["tensors"]
    terms, output = _terms(call["equation"].replace(" ", ""), [v.ndim for v in operands])
    axes: dict[str, Expression] = {}
    for term, value in zip(terms, operands, strict=True):
        for dim, letter in enumerate(term):
            if term.count(letter) > 1:
                pin(value.dims[dim])
            if value.sizes[dim] == 1:  # broadcast
                continue
            if axes.setdefault(letter, value.dims[dim]) is not value.dims[dim]:
                tie(axes[letter], value.dims[dim])
    call.absorb(*(axis for letter, axis in axes.items() if letter not in output))
    weights = [i for i, value in enumerate(operands) if value.origins is not None]
    if weights:  # of several, the last one reads what the others have written
        for dim, letter in enumerate(terms[weights[-1]]):
            if letter not in output:
                call.read(operands[weights[-1]], dim)
    return AbstractTensor(tuple(axes.get(letter, ONE) for letter in output))


def _terms(equation: str, dims: list[int]) -> tuple[list[str], str]:
    """The letters of every operand and of the result, an ellipsis written out in digits."""
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    hidden = [n - len(term.replace("...", "")) for term, n in zip(terms, dims, strict=True)]
    digits = "0123456789"[
        : max((n for n, t in zip(hidden, terms, strict=True) if "..." in t), default=0)
    ]
    if not arrow:
        letters = "".join(terms).replace("...", "")
        output = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    written = [
        term.replace("...", digits[len(digits) - n :])
        for term, n in zip(terms, hidden, strict=True)
    ]
    return written, output.replace("...", digits)


def attention(call: Call) -> Result:
    """Queries and keys share their last axis, keys and values their positions.

    With fewer heads of keys and values, each of these serves a run of heads of queries.
    """
    query, key, value = call["query"], call["key"], call["value"]
    tie(query.dims[-1], key.dims[-1])
    tie(key.dims[-2], value.dims[-2])
    call.absorb(query.dims[-1], key.dims[-2])
    if call.get("is_causal"):
        pin(query.dims[-2])
        pin(key.dims[-2])
    shared = call.get("enable_gqa") and query.sizes[-3] != key.sizes[-3]
    if shared:
        heads = key.sizes[-3]
        outer, _ = divide(query.dims[-3], (heads, query.sizes[-3] // heads))
        for other in (key, value):
            tie(outer, other.dims[-3])
        batch = broadcast(*(AbstractTensor(v.dims[:-3]) for v in (query, key, value)))
        batch = (*batch, query.dims[-3])
    else:
        batch = broadcast(*(AbstractTensor(v.dims[:-2]) for v in (query, key, value)))
    if call.get("attn_mask") is not None:
        broadcast(AbstractTensor((*batch, query.dims[-2], key.dims[-2])), call["attn_mask"])
    return AbstractTensor((*batch, query.dims[-2], value.dims[-1]))


def embedding(call: Call) -> Result:
    """Rows are chosen by the input and stay; the columns are written."""
    weight, indices = call["weight"].pin([0]), call["indices"].pin()
    return AbstractTensor((*indices.dims, weight.dims[1]))


def embedding_bag(call: Call) -> Result:
    """Sums or means of rows, which are chosen by the input and stay; the columns are written."""
    weight = call["weight"].pin([0])
    for name in ("indices", "offsets", "per_sample_weights"):
        if call.get(name) is not None:
            call[name].pin()
    bags = AbstractTensor((fixed(call.shape[0]), weight.dims[1]))
    return (bags, *map(immovable, call.shapes[1:]))


def embedding_renorm(call: Call) -> Result:
    """Rows scaled down to a length, which does not depend on the order of the columns."""
    call["indices"].pin()
    weight = call["self"].pin([0])
    call.absorb(weight.dims[1])
    return weight


WRITERS: dict[str, Rule] = {
    "linear": linear,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution"), convolution),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed_convolution
    ),
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot", "vdot"), matmul),
    **dict.fromkeys(("addmm", "baddbmm", "addmv"), matmul_and_add),
    "addbmm": summed_matmul,
    "bilinear": bilinear,
    "einsum": einsum,
    "embedding": embedding,
    "embedding_bag": embedding_bag,
    "_embedding_bag": embedding_bag,
}
"""Operators through which a parameter writes units."""

RULES: dict[str, Rule] = {
    **WRITERS,
    "scaled_dot_product_attention": attention,
    "embedding_renorm": embedding_renorm,
}
