"""Operators on square matrices: diagonals, inverses, exponentials."""

from ..factors import fixed
from ..tensors import AbstractTensor
from ..ties import tie
from .call import Call, Result, Rule, UnsupportedError


def diagonal(call: Call) -> Result:
    """The diagonal of two axes, which then move alike, as a new last axis."""
    value = call.get("self", call.get("A"))
    first, second = (call[name] % value.ndim for name in ("dim1", "dim2"))
    rest = [d for d in range(value.ndim) if d not in (first, second)]
    if call["offset"] or value.sizes[first] != value.sizes[second]:
        value.pin([first, second])
        return AbstractTensor((*value.take(rest).dims, fixed(call.shape[-1])))
    tie(value.dims[first], value.dims[second])
    return value.take([*rest, first])


def diagonal_matrix(call: Call) -> Result:
    """The last axis as the diagonal of two."""
    value = call["self"]
    if call["offset"] or {call["dim1"] % (value.ndim + 1), call["dim2"] % (value.ndim + 1)} != {
        value.ndim - 1,
        value.ndim,
    }:
        raise UnsupportedError
    return AbstractTensor((*value.dims, value.dims[-1]))


def inverse(call: Call) -> Result:
    """Rows become columns: what reads the one axis is written along the other."""
    value = call.values[0].settled()
    call.absorb(*value.dims[-2:])
    return AbstractTensor((*value.dims[:-2], value.dims[-1], value.dims[-2]))


def function_of_matrix(call: Call) -> Result:
    """A power series: both axes move alike."""
    value = call.values[0].settled()
    tie(value.dims[-1], value.dims[-2])
    call.absorb(value.dims[-1])
    return AbstractTensor(value.dims)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("diagonal", "linalg_diagonal"), diagonal),
    "diag_embed": diagonal_matrix,
    **dict.fromkeys(("linalg_inv", "inverse", "linalg_pinv"), inverse),
    **dict.fromkeys(("matrix_exp", "linalg_matrix_exp", "linalg_matrix_power"), function_of_matrix),
}
