"""Operators that only rearrange dimensions: views, transpositions, copies, constants."""

from collections.abc import Container, Sequence

import torch

from ..factors import ONE, Expression, fixed, fresh, length, product, shuffle
from ..factors import resolve as expanded
from ..tensors import (
    AbstractTensor,
    Dimension,
    ParameterAxis,
    Piece,
    View,
    dimensions,
    dims_of,
    free,
    immovable,
)
from ..ties import tie
from .call import Call, Result, Rule, UnsupportedError


def unchanged(call: Call) -> Result:
    """Copies, casts, and operators that do nothing in evaluation mode."""
    return call.values[0]


def reshape(call: Call) -> Result:
    """Runs of dimensions of equal product correspond; each is flattened, divided, or both."""
    value, sizes = call.values[0], call.shape
    if 0 in sizes or "dtype" in call.args:  # `view` can also read the same bytes as other numbers
        raise UnsupportedError
    raw: list[Dimension] = []
    origins: list[frozenset[ParameterAxis]] = []
    divided: dict[View, tuple[Piece, View]] = {}
    i = j = 0
    while i < value.ndim or j < len(sizes):
        first, before = i, j
        inside = value.sizes[i] if i < value.ndim else 1
        outside = sizes[j] if j < len(sizes) else 1
        i, j = min(i + 1, value.ndim), min(j + 1, len(sizes))
        while inside != outside:
            if inside < outside:
                inside, i = inside * value.sizes[i], i + 1
            else:
                outside, j = outside * sizes[j], j + 1
        if (piece := _divisible(value, range(first, i), divided)) and j - before > 1:
            view = piece.view.divided(piece.place, sizes[before:j])
            divided[piece.view] = piece, view
            raw += [Piece(view, piece.place + n) for n in range(j - before)]
        else:
            raw += _regroup(value, range(first, i), sizes[before:j])
        if value.origins is not None:
            origins += [frozenset[ParameterAxis]().union(*value.origins[first:i])] * (j - before)
    for n, dimension in enumerate(raw):
        if isinstance(dimension, Piece) and dimension.view in divided:
            piece, view = divided[dimension.view]
            later = len(view.sizes) - len(piece.view.sizes) if dimension.place > piece.place else 0
            raw[n] = Piece(view, dimension.place + later)
    return AbstractTensor(tuple(raw), None if value.origins is None else tuple(origins))


def _divisible(value: AbstractTensor, places: range, divided: Container[View]) -> Piece | None:
    """The piece of an unsettled view that stands at `places` alone, and may be divided there."""
    pieces = [value.raw[place] for place in places]
    piece = pieces[0] if len(pieces) == 1 else None
    free = isinstance(piece, Piece) and not piece.view.is_settled and piece.view not in divided
    return piece if free else None  # type: ignore[return-value]


def _regroup(value: AbstractTensor, places: range, sizes: Sequence[int]) -> tuple[Dimension, ...]:
    kept = [place for place in places if value.sizes[place] != 1]
    if len(kept) == 1 and sum(size != 1 for size in sizes) == 1:
        return tuple(value.raw[kept[0]] if size != 1 else ONE for size in sizes)
    flat = _gathered([value.raw[place] for place in kept])
    if flat is None:
        dims = value.dims
        flat = product(*(dims[place] for place in kept))
    return dimensions(flat, sizes)


def _gathered(pieces: Sequence[Dimension]) -> Expression | None:
    """The axis of an unsettled view whose pieces come together again, perhaps shuffled.

    `None` where there is no such view, or where a product tells it better: of channel x group,
    the two orders are products of the same atoms, unless the groups are separate segments.
    """
    views = {piece.view if isinstance(piece, Piece) else None for piece in pieces}
    view = next(iter(views), None)
    if view is None or len(views) > 1 or view.is_settled:
        return None
    places = [piece.place for piece in pieces if isinstance(piece, Piece)]
    wanted = [place for place, size in enumerate(view.sizes) if size != 1]
    if sorted(places) != wanted or (places != wanted and len(expanded(view.source)) == 1):
        return None
    positions = torch.arange(length(view.source)).view([view.sizes[place] for place in wanted])
    moved = positions.permute([wanted.index(place) for place in places]).flatten()
    return shuffle(view.source, moved.argsort().tolist())


def expand(call: Call) -> Result:
    """A dimension of size 1 repeated: the copies are equal, so they may move freely."""
    value, shape = call.values[0], call.shape
    new = len(shape) - value.ndim
    grown = value.take([None] * new + list(range(value.ndim)))
    for dim, size in enumerate(shape):
        if grown.sizes[dim] != size:
            grown = grown.replace(dim, fresh(size))
    return grown


def repeat(call: Call) -> Result:
    """Copies of the whole, one after another."""
    value, shape = call["self"], call.shape
    value = value.take([None] * (len(shape) - value.ndim) + list(range(value.ndim)))
    return AbstractTensor(
        tuple(
            product(fresh(size // old), dim) if size != old else dim
            for dim, old, size in zip(value.dims, value.sizes, shape, strict=True)
        )
    )


def repeat_interleave(call: Call) -> Result:
    """Copies of each position beside it; of all positions in one row where no `dim` is given."""
    value, dim = call["self"], call["dim"]
    if not isinstance(call["repeats"], int):
        raise UnsupportedError
    if dim is None:
        value, dim = AbstractTensor((product(*value.dims),)), 0
    copied = product(value.dims[dim], fresh(call["repeats"]))
    return AbstractTensor(value.dims).replace(dim, copied)


def complex_view(call: Call) -> Result:
    """A last axis of two numbers, real and imaginary, seen as one complex number."""
    value = call["self"].pin([-1])
    return value.take(range(value.ndim - 1))


def real_view(call: Call) -> Result:
    """A complex number seen as two numbers along a new last axis."""
    return AbstractTensor((*call["self"].dims, fixed(2)))


def permute(call: Call) -> Result:
    return call["self"].take([d % call["self"].ndim for d in call["dims"]])


def transpose(call: Call) -> Result:
    """Two dimensions exchanged, under any of the operator's names."""
    value = call["self"]
    a, b = (
        next(call[n] for n in names if n in call.args) % value.ndim
        for names in (("dim0", "axis0"), ("dim1", "axis1"))
    )
    order = list(range(value.ndim))
    order[a], order[b] = order[b], order[a]
    return value.take(order)


def reverse_dims(call: Call) -> Result:
    """`.t()` and `.T`."""
    return call["self"].take(list(reversed(range(call["self"].ndim))))


def swap_last(call: Call) -> Result:
    """`.mT`."""
    n = call["self"].ndim
    return call["self"].take([*range(n - 2), n - 1, n - 2])


def movedim(call: Call) -> Result:
    value = call["self"]
    sources, targets = (dims_of(value, call[n]) for n in ("source", "destination"))
    order = [d for d in range(value.ndim) if d not in sources]
    for target, source in sorted(zip(targets, sources, strict=True)):
        order.insert(target, source)
    return value.take(order)


def unsqueeze(call: Call) -> Result:
    value = call["self"]
    order: list[int | None] = list(range(value.ndim))
    order.insert(call["dim"] % (value.ndim + 1), None)
    return value.take(order)


def squeeze(call: Call) -> Result:
    value = call["self"]
    among = dims_of(value, call.get("dim"))
    return value.take([d for d in range(value.ndim) if d not in among or value.sizes[d] != 1])


def copy(call: Call) -> Result:
    """`copy_`: the destination takes the source's values, broadcast."""
    value = call.values[0]
    for dim, other in enumerate(reversed(call.values[1].dims), 1):
        if call.values[1].sizes[-dim] != 1:
            tie(value.dims[-dim], other)
    return value


def filled(call: Call) -> Result:
    """The same number everywhere."""
    return free(call.shape)


def numbered(call: Call) -> Result:
    """Numbers that tell positions apart, or that are drawn for each."""
    return immovable(call.shape)


def noise(call: Call) -> Result:
    """A tensor overwritten by random numbers, one for each position."""
    return call.values[0].pin()


def _layout_rules() -> dict[str, Rule]:
    families: dict[Rule, str] = {
        unchanged: "alias clone contiguous detach lift_fresh lift_fresh_copy to _to_copy type_as "
        "requires_grad dropout alpha_dropout feature_dropout feature_alpha_dropout fill zero",
        reshape: "view reshape _unsafe_view flatten unflatten view_as reshape_as",
        expand: "expand expand_as broadcast_to",
        repeat: "repeat tile",
        permute: "permute",
        transpose: "transpose swapaxes swapdims",
        reverse_dims: "t numpy_T",
        swap_last: "mT matrix_H adjoint",
        movedim: "movedim moveaxis",
        unsqueeze: "unsqueeze",
        squeeze: "squeeze",
        copy: "copy",
        filled: "zeros ones full new_zeros new_ones new_full zeros_like ones_like full_like "
        "scalar_tensor empty new_empty empty_like",
        numbered: "arange linspace logspace eye rand randn randint randperm rand_like randn_like "
        "randint_like",
        noise: "bernoulli uniform normal random exponential",
        repeat_interleave: "repeat_interleave",
        complex_view: "view_as_complex",
        real_view: "view_as_real",
    }
    return {name: rule for rule, names in families.items() for name in names.split()}


RULES = _layout_rules()
