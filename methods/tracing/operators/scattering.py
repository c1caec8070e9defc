"""Operators that write to, or count, the positions that an index names."""

from ..factors import fixed, pin
from ..tensors import AbstractTensor, broadcast, elementwise, immovable
from ..ties import tie
from .call import Call, Result, Rule, UnsupportedError


def scatter(call: Call) -> Result:
    """Along `dim` the index says where the source goes; along the others both stand beside it."""
    value, index = call["self"], call["index"]
    source = call.get("src", call.get("value"))
    dim = call["dim"] % value.ndim
    written = [index, source] if isinstance(source, AbstractTensor) and source.ndim else [index]
    pin(value.dims[dim])
    for other in written:
        _tie_or_pin(other, index, dim)
    for place in range(value.ndim):
        if place != dim:
            for other in written:
                _tie_or_pin(value, other, place)
    return value


def _tie_or_pin(value: AbstractTensor, other: AbstractTensor, dim: int) -> None:
    """Positions of one number along `dim` move alike; else the first ones are meant, and stay."""
    if value.sizes[dim] == other.sizes[dim]:
        tie(value.dims[dim], other.dims[dim])
    else:
        value.pin([dim])
        other.pin([dim])


def index_write(call: Call) -> Result:
    """`index_add` and its kin: the index says where along `dim` each slice of the source goes."""
    value, index, dim = call["self"], call["index"], call["dim"] % call["self"].ndim
    pin(value.dims[dim])
    source = call.get("source", call.get("value"))
    if not isinstance(source, AbstractTensor) or source.ndim != value.ndim:
        index.pin()
        return value
    if index.ndim:
        tie(index.dims[0], source.dims[dim])
    else:
        source.pin([dim])
    for place in range(value.ndim):
        if place != dim:
            tie(value.dims[place], source.dims[place])
    return value


def index_put(call: Call) -> Result:
    """`x[indices] = values`: positions that are indexed stay, all other axes move with the values.

    A single mask whose positions all get one number is a function of each of them.
    """
    value, indices, new = call["self"], call["indices"], call["values"]
    used = [dim for dim, i in enumerate(indices) if i is not None]
    masks = [i for i, kind in zip(indices, call.types["indices"], strict=True) if _is_mask(kind)]
    if masks:
        if len(indices) > 1 or new.sizes not in ((), (1,)):
            raise UnsupportedError
        broadcast(AbstractTensor(value.dims[: masks[0].ndim]), masks[0])
        return value
    value.pin(used)
    for dim in used:
        indices[dim].pin()
    width = max(indices[dim].ndim for dim in used)
    first = used[0] if used[-1] - used[0] == len(used) - 1 else 0
    rest = [d for n, d in enumerate(value.dims) if n not in used]
    shape = broadcast(*(indices[dim] for dim in used))
    broadcast(AbstractTensor((*rest[:first], *shape[-width:], *rest[first:])), new)
    return value


def _is_mask(kind: object) -> bool:
    return str(kind) in ("torch.bool", "torch.uint8")


def masked_write(call: Call) -> Result:
    """`masked_scatter` takes the source's numbers one after another: all stays."""
    for value in call.values:
        value.pin()
    return call["self"]


def found(call: Call) -> Result:
    """`nonzero`, counts, choices by a mask: no order is kept, so that all of it stays."""
    for value in call.values:
        value.pin()
    return immovable(call.shape)


def where(call: Call) -> Result:
    """One of two at every position; with a condition alone, where it is true."""
    if "self" in call.args:
        return elementwise(*call.values)
    call["condition"].pin()
    return tuple(map(immovable, call.shapes))


def one_hot(call: Call) -> Result:
    """A new last axis, which the numbers index."""
    return AbstractTensor((*call["self"].dims, fixed(call.shape[-1])))


def sorted_into(call: Call) -> Result:
    """`bucketize` and `searchsorted` with one row of boundaries: a function of each position."""
    boundaries = call.get("boundaries", call.get("sorted_sequence"))
    if not isinstance(boundaries, AbstractTensor) or boundaries.ndim != 1:
        raise UnsupportedError
    boundaries.pin()
    given = call["self"]
    return given if isinstance(given, AbstractTensor) else immovable(call.shape)


def _rules() -> dict[str, Rule]:
    families: dict[Rule, str] = {
        scatter: "scatter scatter_add scatter_reduce",
        index_write: "index_add index_copy index_fill index_reduce",
        index_put: "index_put _index_put_impl _unsafe_index_put",
        masked_write: "masked_scatter",
        found: "nonzero nonzero_static bincount histc masked_select",
        where: "where",
        one_hot: "one_hot",
        sorted_into: "bucketize searchsorted",
    }
    return {name: rule for rule, names in families.items() for name in names.split()}


RULES = _rules()
