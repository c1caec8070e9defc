"""Similarities and distances of rows, whose positions may be in any order."""

from ..tensors import AbstractTensor, broadcast, elementwise
from ..ties import tie
from .call import Call, Result, Rule


def similarity(call: Call) -> Result:
    """Cosine similarity along one axis, whose positions may be in any order."""
    together = elementwise(call["x1"], call["x2"]).settled()
    dim = call["dim"] % together.ndim
    call.absorb(together.dims[dim])
    _read(call, dim - together.ndim)
    return together.take([d for d in range(together.ndim) if d != dim])


def distance(call: Call) -> Result:
    """The distance of matching rows: their last axis may be in any order."""
    together = elementwise(call["x1"], call["x2"]).settled()
    call.absorb(together.dims[-1])
    _read(call, -1)
    kept: list[int | None] = list(range(together.ndim - 1))
    return together.take([*kept, None] if call.get("keepdim") else kept)


def distances(call: Call) -> Result:
    """`cdist`: every row of the one against every row of the other."""
    left, right = call["x1"], call["x2"]
    tie(left.dims[-1], right.dims[-1])
    call.absorb(left.dims[-1])
    _read(call, -1)
    batch = broadcast(*(AbstractTensor(v.dims[:-2]) for v in (left, right)))
    return AbstractTensor((*batch, left.dims[-2], right.dims[-2]))


def _read(call: Call, dim: int) -> None:
    """Rows that are parameters (prototypes, class weights) are held against what comes in."""
    for value in (call["x1"], call["x2"]):
        if value.ndim >= -dim:
            call.read(value, dim)


RULES: dict[str, Rule] = {
    "cosine_similarity": similarity,
    "pairwise_distance": distance,
    "cdist": distances,
}
