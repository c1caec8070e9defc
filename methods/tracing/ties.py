"""Tying axes: what has been said to move alike, cut or divided, holds for every tensor."""

from collections.abc import Sequence

from .factors import (
    Atom,
    AtomProduct,
    Expression,
    concatenation,
    fresh,
    length,
    pin,
    product,
    resolve,
    shuffle,
    straight,
    volume,
)


def tie(x: Expression, y: Expression) -> None:
    """Let the positions of `x` and `y` move alike; what has no common refinement is fixed."""
    if length(x) != length(y):
        raise ValueError(f"cannot tie axes of {length(x)} and {length(y)} positions")
    while True:
        x, y = resolve(x), resolve(y)
        unlike = next(((s, t) for s, t in zip(x, y, strict=False) if not _alike(s, t)), None)
        if unlike is None:
            return
        _approach(*unlike)


def narrow(expression: Expression, start: int, stop: int) -> Expression:
    """The positions from `start` to `stop`, as an axis that moves within itself."""
    for boundary in (start, stop):
        _cut(expression, boundary)
    pieces, position = [], 0
    for segment in resolve(expression):
        if start <= position < stop:
            pieces.append(segment)
        position += volume(segment)
    return tuple(pieces)


def divide(expression: Expression, sizes: Sequence[int]) -> tuple[Expression, ...]:
    """The axis seen as several of the given `sizes`, the outermost first."""
    parts = tuple(fresh(size) for size in sizes)
    tie(expression, product(*parts))
    return parts


def _refine(atom: Atom, expression: Expression) -> None:
    if atom.fixed:
        pin(expression, atom.cause)
    atom.becomes = expression


def _alike(s: AtomProduct, t: AtomProduct) -> bool:
    return _normal(s) == _normal(t)


def _normal(segment: AtomProduct) -> list[Atom | int]:
    """The moving atoms, and between them the number of fixed positions."""
    normal: list[Atom | int] = [1]
    for atom in segment:
        if not atom.fixed:
            normal += [atom, 1]
        else:
            normal[-1] = normal[-1] * atom.size  # type: ignore[operator]
    return normal


def _approach(s: AtomProduct, t: AtomProduct) -> None:
    """One step that makes two unlike segments, which start at one position, more alike."""
    if volume(s) != volume(t):
        longer, shorter = (s, t) if volume(s) > volume(t) else (t, s)
        _cut_segment(longer, volume(shorter))
        return
    p, q = next((p, q) for p, q in zip(s, t, strict=False) if not _alike((p,), (q,)))
    if p.size == q.size:
        _unite(p, q)
    elif p.shuffled or q.shuffled:
        pin(((p, q),))
    elif p.size % q.size == 0:
        _refine(p, product(fresh(q.size), fresh(p.size // q.size)))
    elif q.size % p.size == 0:
        _refine(q, product(fresh(p.size), fresh(q.size // p.size)))
    else:
        pin((s, t))


def _unite(p: Atom, q: Atom) -> None:
    if p.shuffled and q.shuffled:
        (inside, order), (other, another) = p.shuffled, q.shuffled
        if order == another:
            tie(inside, other)
        else:
            pin(((p, q),))
    elif q.shuffled:
        p, q = q, p
    if p.shuffled and any(q in segment for segment in straight(p.shuffled[0])[0]):
        p.pin()  # an axis that is itself in another order
    if q.fixed or p.fixed:
        pin(((p, q),), p.cause or q.cause)
        if q.cause and q.cause.operator and not (p.cause and p.cause.operator):
            p.cause = q.cause  # an input, which says where it was met
    q.becomes, q.shuffled = ((p,),), None


def _cut(expression: Expression, boundary: int) -> None:
    """Make `boundary` an edge between two segments."""
    while True:
        position = 0
        for segment in resolve(expression):
            if position < boundary < position + volume(segment):
                _cut_segment(segment, boundary - position)
                break
            position += volume(segment)
        else:
            return


def _cut_segment(segment: AtomProduct, boundary: int) -> None:
    """One step towards an edge `boundary` positions after the segment's start."""
    outer = segment[0]
    whole, rest = divmod(boundary, volume(segment[1:]))
    sizes = [n for n in (whole, int(rest > 0), outer.size - whole - (rest > 0)) if n]
    if outer.shuffled is None:
        _refine(outer, concatenation(map(fresh, sizes)))
        return
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    pieces = [_shuffled_part(*outer.shuffled, s, s + n) for s, n in zip(starts, sizes, strict=True)]
    outer.becomes, outer.shuffled = concatenation(pieces), None


def _shuffled_part(
    expression: Expression, order: Sequence[int], start: int, stop: int
) -> Expression:
    """The positions from `start` to `stop` of what `shuffle` makes of `expression`."""
    kept = [i for i, position in enumerate(order) if start <= position < stop]
    edges = [i for i, position in enumerate(kept) if i == 0 or kept[i - 1] != position - 1]
    runs = [kept[a:b] for a, b in zip(edges, [*edges[1:], len(kept)], strict=True)]
    pieces = [narrow(expression, run[0], run[-1] + 1) for run in runs]
    return shuffle(concatenation(pieces), [order[i] - start for i in kept])
