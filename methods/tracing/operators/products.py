"""Further products of tensors: inner and outer ones, chains of matrices, one matrix by expert."""

from collections.abc import Sequence

from ..factors import pin
from ..tensors import AbstractTensor, elementwise
from ..ties import tie
from .call import Call, Result, Rule, UnsupportedError


def tensordot(call: Call) -> Result:
    """Some axes of the one are contracted with as many of the other."""
    left, right = call["self"], call["other"]
    pairs = list(zip(call["dims_self"], call["dims_other"], strict=True))
    return _contracted(call, left, right, pairs)


def inner(call: Call) -> Result:
    """The last axes are contracted."""
    left, right = call["self"], call["other"]
    if not left.ndim or not right.ndim:
        return elementwise(left, right)
    return _contracted(call, left, right, [(-1, -1)])


def outer(call: Call) -> Result:
    """Every position of the one with every position of the other."""
    left, right = call.values
    return AbstractTensor((*left.dims, *right.dims))


def matrix_chain(call: Call) -> Result:
    """Several matrices one after another, the first and the last perhaps vectors."""
    first, *others = call.get("tensors", call.get("matrices"))
    result = first
    for other in others:
        result = _contracted(call, result, other, [(-1, 0)])
    return result


def _contracted(
    call: Call, left: AbstractTensor, right: AbstractTensor, pairs: Sequence[tuple[int, int]]
) -> AbstractTensor:
    for p, q in pairs:
        tie(left.dims[p], right.dims[q])
        call.absorb(left.dims[p])
        if right.origins is not None:
            call.read(right, q)
        else:
            call.read(left, p)
    gone = {p % left.ndim for p, _ in pairs}, {q % right.ndim for _, q in pairs}
    kept = [
        expression
        for value, contracted in zip((left, right), gone, strict=True)
        for dim, expression in enumerate(value.dims)
        if dim not in contracted
    ]
    return AbstractTensor(tuple(kept))


def grouped_matmul(call: Call) -> Result:
    """Rows sorted by expert times the matrix of their expert, or a batch of such products.

    Which rows are whose is told by numbers, so that rows and experts stay.
    """
    left, right, *ends = call.values
    if right.ndim != 3 or left.ndim not in (2, 3) or len(ends) > 1:
        raise UnsupportedError
    if left.ndim == 3:
        tie(left.dims[0], right.dims[0])
    else:
        pin(left.dims[0])
        pin(right.dims[0])
    for end in ends:
        end.pin()
    tie(left.dims[-1], right.dims[-2])
    call.absorb(left.dims[-1])
    call.read(right, -2)
    return AbstractTensor((*left.dims[:-1], right.dims[-1]))


def _rules() -> dict[str, Rule]:
    families: dict[Rule, str] = {
        tensordot: "tensordot",
        inner: "inner",
        outer: "outer ger",
        matrix_chain: "linalg_multi_dot chain_matmul",
        grouped_matmul: "_grouped_mm transformers::grouped_mm_fallback",
    }
    return {name: rule for rule, names in families.items() for name in names.split()}


RULES = _rules()
