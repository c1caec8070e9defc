"""Operators that cut and join axes: slices, splits, concatenations, padding, indexing."""

from collections.abc import Sequence

from ..factors import ONE, concatenation, fixed, fresh, pin, product, shuffle
from ..tensors import AbstractTensor, Piece, broadcast, dims_of
from ..ties import divide, narrow, tie
from .call import Call, Result, Rule, UnsupportedError


def slice_(call: Call) -> Result:
    """A run of positions; with a step, every step-th of them."""
    value, dim = call["self"], call["dim"] % call["self"].ndim
    size, step = value.sizes[dim], call["step"]
    start, stop, _ = slice(call["start"], call["end"], step).indices(size)
    if (start, stop, step) == (0, size, 1):
        return value
    if step == 1:
        return _run(value, dim, start, stop)
    taken = range(start, stop, step)
    if len(taken) == size:
        return value
    every = [range(first, size, step) for first in range(min(step, size))]
    return _interleaved(value, dim, every)[start] if taken in every else _picked(value, dim, taken)


def _interleaved(value: AbstractTensor, dim: int, every: Sequence[range]) -> list[AbstractTensor]:
    """The positions of each of the runs `every`, which are all of `dim`.

    In one order for all of these, so that gates and what passes them, which take turns along one
    axis, are told from each other and move together.
    """
    parts = [fresh(len(run)) for run in every]
    tie(value.dims[dim], shuffle(concatenation(parts), [place for run in every for place in run]))
    return [value.replace(dim, part) for part in parts]


def _picked(value: AbstractTensor, dim: int, taken: Sequence[int]) -> AbstractTensor:
    """The positions `taken` of `dim`, each at most once, in their order."""
    left = sorted(set(range(value.sizes[dim])).difference(taken))
    parts = [fresh(len(part)) for part in (taken, left) if part]
    tie(value.dims[dim], shuffle(concatenation(parts), [*taken, *left]))
    return value.replace(dim, parts[0])


def narrow_(call: Call) -> Result:
    """`narrow`: a run of positions from `start` on."""
    value, dim = call["self"], call["dim"] % call["self"].ndim
    if not isinstance(call["start"], int):
        raise UnsupportedError
    start = call["start"] % value.sizes[dim]
    return _run(value, dim, start, start + call["length"])


def _run(value: AbstractTensor, dim: int, start: int, stop: int) -> AbstractTensor:
    """The positions from `start` to `stop` of `dim`; of an unsettled view its outermost stay so."""
    piece = value.raw[dim]
    if not isinstance(piece, Piece) or piece.place != 0 or piece.view.is_settled:
        return value.replace(dim, narrow(value.dims[dim], start, stop))
    inner = piece.view.narrow(start, stop)
    raw = [
        inner[d.place] if isinstance(d, Piece) and d.view is piece.view else d for d in value.raw
    ]
    return AbstractTensor(tuple(raw), value.origins)


def select(call: Call) -> Result:
    return _select(call["self"], call["dim"], call["index"])


def unbind(call: Call) -> Result:
    value, dim = call["self"], call["dim"]
    return tuple(_select(value, dim, index) for index in range(value.sizes[dim]))


def _select(value: AbstractTensor, dim: int, index: int) -> AbstractTensor:
    dim, index = dim % value.ndim, index % value.sizes[dim]
    piece = value.raw[dim]
    remaining = value.take([d for d in range(value.ndim) if d != dim])
    if not isinstance(piece, Piece) or (piece.place and piece.view.is_settled):
        narrow(value.dims[dim], index, index + 1)
        return remaining
    outer, rest = piece.view.inside(piece.place) if piece.place else ((), piece.view)
    inner = (*outer, *rest.select(index))
    raw = [
        inner[d.place - (d.place > piece.place)]
        if isinstance(d, Piece) and d.view is piece.view
        else d
        for d in remaining.raw
    ]
    return AbstractTensor(tuple(raw), remaining.origins)


def split(call: Call) -> Result:
    """`split`, `chunk` and their kin: consecutive slices, of the results' sizes."""
    value, dim = call["self"], call["dim"] % call["self"].ndim
    results, start = [], 0
    for shape in call.shapes:
        results.append(_run(value, dim, start, start + shape[dim]))
        start += shape[dim]
    return tuple(results)


def cat(call: Call) -> Result:
    """One after another along `dim`; the other dimensions move alike."""
    values: list[AbstractTensor] = call["tensors"]
    dim = call["dim"] % values[0].ndim
    rest = broadcast(*(v.replace(dim, ((),)) for v in values))
    return AbstractTensor(rest).replace(dim, concatenation(v.dims[dim] for v in values))


def stack(call: Call) -> Result:
    """Side by side along a new dimension, which stays."""
    values: list[AbstractTensor] = call["tensors"]
    rest, dim = broadcast(*values), call["dim"] % (values[0].ndim + 1)
    return AbstractTensor((*rest[:dim], fixed(len(values)), *rest[dim:]))


def pad(call: Call) -> Result:
    """New positions at the ends of some dimensions; these stay, as do all reflected ones.

    A negative amount cuts positions off.
    """
    value, amounts = call["self"], call["pad"]
    for place, (left, right) in enumerate(zip(amounts[::2], amounts[1::2], strict=True)):
        dim = value.ndim - 1 - place
        if not left and not right:
            continue
        if call.get("mode", "constant") != "constant":
            pin(value.dims[dim])
            value = value.replace(dim, fixed(call.shape[dim]))
        else:
            if min(left, right) < 0:
                end = value.sizes[dim] + min(right, 0)
                value = _run(value, dim, max(-left, 0), end)
            sides = [fixed(n) if n > 0 else () for n in (left, right)]
            value = value.replace(dim, concatenation((sides[0], value.dims[dim], sides[1])))
    return value


def shift(call: Call) -> Result:
    """`roll` and `flip`: positions change by number, so they stay."""
    value = call["self"]
    dims = call["dims"]
    return value.pin(dims_of(value, dims if dims else None))


def index(call: Call) -> Result:
    """Indexed by tensors: the numbers mean positions, so these stay.

    Where one row of numbers is the same in every network it is a slice, or several.
    """
    value, indices = call["self"], call["indices"]
    used = [dim for dim, i in enumerate(indices) if i is not None]
    if len(used) == 1 and (numbers := indices[used[0]].numbers) is not None:
        return _numbered(value, used[0], numbers)
    value.pin(used)
    for i in used:
        indices[i].pin()
    width = len(call.shape) - (value.ndim - len(used))
    together = used[-1] - used[0] == len(used) - 1
    first = used[0] if together else 0
    rest = [d for n, d in enumerate(value.dims) if n not in used]
    new = [fixed(size) for size in call.shape[first : first + width]]
    return AbstractTensor((*rest[:first], *new, *rest[first:]))


def index_select(call: Call) -> Result:
    value, dim = call["self"], call["dim"] % call["self"].ndim
    if (numbers := call["index"].numbers) is not None:
        return _numbered(value, dim, numbers)
    value.pin([dim])
    call["index"].pin()
    return value.replace(dim, fixed(call.shape[dim]))


def _numbered(value: AbstractTensor, dim: int, numbers: Sequence[int]) -> AbstractTensor:
    """The positions of these `numbers`, which are known; of what is taken twice all stays."""
    size = value.sizes[dim]
    taken = [number % size for number in numbers]
    if taken and taken == list(range(taken[0], taken[0] + len(taken))):
        return _run(value, dim, taken[0], taken[-1] + 1)
    if taken and len(set(taken)) == len(taken):
        return _picked(value, dim, taken)
    value.pin([dim])
    return value.replace(dim, fixed(len(taken)))


def gather(call: Call) -> Result:
    """Along `dim` the index says where; along the others the index stands beside what it takes."""
    value, dim, index = call["self"], call["dim"] % call["self"].ndim, call["index"]
    value.pin([dim])
    index.pin([dim])
    for other in range(value.ndim):
        if other != dim and value.sizes[other] == index.sizes[other]:
            tie(value.dims[other], index.dims[other])
        elif other != dim:
            value.pin([other])
            index.pin([other])
    return AbstractTensor(index.dims)


def slice_scatter(call: Call) -> Result:
    """A tensor in which some positions along `dim` are another's: these stay, as all others do."""
    value, dim = call["self"], call["dim"] % call["self"].ndim
    value.pin([dim])
    call["src"].pin([dim])
    rest = broadcast(value.replace(dim, ONE), call["src"].replace(dim, ONE))
    return AbstractTensor(rest).replace(dim, value.dims[dim])


def window(call: Call) -> Result:
    """`unfold`: runs of positions along `dim`, each a row of a new last axis; all of these stay."""
    value, dim = call["self"], call["dimension"] % call["self"].ndim
    value.pin([dim])
    dims = AbstractTensor(value.dims).replace(dim, fixed(call.shape[dim])).dims
    return AbstractTensor((*dims, fixed(call["size"])))


def pixel_shuffle(call: Call) -> Result:
    """(c * r * r, h, w) -> (c, h * r, w * r)."""
    value, factor = call["self"], call["upscale_factor"]
    value.pin([-1, -2])
    channel, inner = divide(value.dims[-3], (call.shape[-3], factor**2))
    pin(inner)
    return AbstractTensor((*value.dims[:-3], channel, *map(fixed, call.shape[-2:])))


def pixel_unshuffle(call: Call) -> Result:
    """(c, h * r, w * r) -> (c * r * r, h, w)."""
    value, factor = call["self"], call["downscale_factor"]
    value.pin([-1, -2])
    channel = product(value.dims[-3], fixed(factor**2))
    return AbstractTensor((*value.dims[:-3], channel, *map(fixed, call.shape[-2:])))


def _slice_rules() -> dict[str, Rule]:
    families: dict[Rule, str] = {
        slice_: "slice",
        narrow_: "narrow",
        gather: "gather",
        slice_scatter: "slice_scatter",
        window: "unfold",
        select: "select",
        unbind: "unbind",
        split: "split split_with_sizes chunk unsafe_chunk unsafe_split tensor_split",
        cat: "cat concat concatenate",
        stack: "stack",
        pad: "pad constant_pad_nd",
        shift: "roll flip",
        index: "index",
        index_select: "index_select",
        pixel_shuffle: "pixel_shuffle",
        pixel_unshuffle: "pixel_unshuffle",
    }
    return {name: rule for rule, names in families.items() for name in names.split()}


RULES = _slice_rules()
