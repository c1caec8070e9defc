"""Axes as products and concatenations of atoms, tied together by refining the atoms.

An *atom* is a run of positions that nothing has yet divided; an *expression* is a concatenation of
segments, each a product of atoms, the outermost first. To tie two expressions says that their
positions move alike: atoms are united where sizes agree and refined, for every tensor that holds
them, where they do not. A *fixed* atom does not move. Every step only restricts what may move, so
the order of the ties is free, and none of them can invent a symmetry.

A channel shuffle interleaves the units of several groups, which no concatenation of products
expresses. An atom may therefore stand for a *shuffled* expression: its positions in a fixed order.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from math import prod


@dataclass(frozen=True)
class Cause:
    """Why positions were fixed, and at which operator of which module that happened."""

    why: str
    operator: str = ""
    module: str = ""


_ORDER = Cause("order")
_CAUSE: ContextVar[Cause | None] = ContextVar("cause", default=None)


@contextmanager
def caused_by(cause: Cause) -> Iterator[None]:
    """What is fixed meanwhile is fixed for this `cause`."""
    token = _CAUSE.set(cause)
    try:
        yield
    finally:
        _CAUSE.reset(token)


class Atom:
    """`size` positions that move together with those of every axis that holds this atom.

    `becomes` is the expression that has replaced it: another atom (they were united), or a product
    or concatenation of smaller ones. `shuffled` is what it holds in another order: the atom's
    position `order[i]` is position `i` of the expression. `whole` stands for an atom that is fixed
    and divided, where the division does not matter; `times` for its products with other atoms.
    `cause` says why an atom is fixed; the first reason stays. `within` are the atoms under each of
    whose positions this one's may have an order of their own (`inner_orders` finds them); such
    atoms that are fixed have an `anchor`, a name.
    """

    __slots__ = (
        *("anchor", "becomes", "cause", "fixed", "shuffled", "size", "times", "whole", "within"),
    )

    def __init__(self, size: int, fixed: bool = False):
        self.size = size
        self.fixed = fixed
        self.becomes: Expression | None = None
        self.shuffled: tuple[Expression, tuple[int, ...]] | None = None
        self.whole: Atom | None = None
        self.times: dict[tuple[Atom, ...], Atom] = {}
        self.within: tuple[Atom, ...] = ()
        self.anchor: str | None = None
        self.cause = (_CAUSE.get() or _ORDER) if fixed else None

    def pin(self, origin: Cause | None = None) -> None:
        """Fix every position, for the reason of an `origin` that was fixed before, if any."""
        if not self.fixed:
            now = _CAUSE.get() or _ORDER
            if origin is not None and not origin.operator:  # an input, met here for the first time
                origin = replace(origin, operator=now.operator, module=now.module)
            self.fixed, self.cause = True, origin or now
        if self.shuffled is not None:
            pin(self.shuffled[0], self.cause)
            self.shuffled = None


AtomProduct = tuple[Atom, ...]
"""A product of atoms; the empty product is a single position, which cannot move."""

Expression = tuple[AtomProduct, ...]

ONE: Expression = ((),)
"""The axis of one position."""


def fresh(size: int) -> Expression:
    """An axis of `size` positions of which nothing is known."""
    return ((Atom(size),),) if size != 1 else ONE


def fixed(size: int) -> Expression:
    """An axis of `size` positions that may not move."""
    return ((Atom(size, fixed=True),),) if size != 1 else ONE


def product(*expressions: Expression) -> Expression:
    """Axes flattened into one, the outermost first."""
    return resolve((tuple(atom for e in expressions for atom in _as_segment(e)),))


def concatenation(expressions: Iterable[Expression]) -> Expression:
    """Axes one after another."""
    return tuple(segment for expression in expressions for segment in expression)


def shuffle(expression: Expression, order: Sequence[int]) -> Expression:
    """The axis whose position `order[i]` is position `i` of `expression`."""
    if list(order) == list(range(len(order))):
        return expression
    atom = Atom(len(order))
    atom.shuffled = (expression, tuple(order))
    return ((atom,),)


def length(expression: Expression) -> int:
    """Number of positions."""
    return sum(volume(segment) for segment in expression)


def resolve(expression: Expression) -> Expression:
    """`expression` in the atoms of this moment.

    A concatenation inside a product, c x (a | b), becomes a shuffled c x a | c x b.
    """
    return tuple(piece for segment in expression for piece in _expand_segment(segment))


def straight(expression: Expression) -> tuple[Expression, tuple[int, ...] | None]:
    """`expression` without shuffled atoms, and the order of its positions, as `shuffle` takes it.

    The order is `None` where nothing is shuffled.
    """
    pieces: list[AtomProduct] = []
    order: list[int] = []
    for segment in resolve(expression):
        start, inner = len(order), volume(segment[1:])
        if not segment or segment[0].shuffled is None:
            pieces.append(segment)
            order.extend(range(start, start + volume(segment)))
            continue
        inside, positions = segment[0].shuffled
        straightened, deeper = straight(inside)
        pieces.extend(piece + segment[1:] for piece in straightened)
        for i in range(len(positions)):
            place = start + inner * positions[deeper[i] if deeper else i]
            order.extend(range(place, place + inner))
    return tuple(pieces), None if order == list(range(len(order))) else tuple(order)


def is_fixed(expression: Expression) -> bool:
    """Whether no position can move."""
    return all(atom.fixed for segment in resolve(expression) for atom in segment)


def pin(expression: Expression, origin: Cause | None = None) -> None:
    """Fix every position, for the reason of an `origin` that was fixed before, if any."""
    for segment in resolve(expression):
        _pin_segment(segment, origin)


def volume(segment: AtomProduct) -> int:
    """Number of positions of one segment."""
    return prod(atom.size for atom in segment)


def _pin_segment(segment: AtomProduct, origin: Cause | None = None) -> None:
    for atom in segment:
        atom.pin(origin)


def _as_segment(expression: Expression) -> AtomProduct:
    if len(expression) == 1:
        return expression[0]
    atom = Atom(length(expression))
    atom.becomes = expression
    return (atom,)


def _expand_segment(segment: AtomProduct) -> Expression:
    pieces: list[AtomProduct] = [()]
    for atom in segment:
        inner = _expand_atom(atom)
        longer: list[AtomProduct] = []
        for outer in pieces:
            if outer:  # an order inside a product cannot be written as an axis
                _pin_segment(tuple(a for piece in inner for a in piece if a.shuffled))
            if len(inner) == 1 or not outer:
                longer.extend(outer + piece for piece in inner)
            elif is_fixed(inner):
                longer.extend(outer + piece for piece in _undivided(atom))
            else:
                longer.extend(_interleaved(outer, atom))
        pieces = longer
    return tuple(pieces)


def _interleaved(outer: AtomProduct, atom: Atom) -> Expression:
    """The product of `outer` and an atom that is a concatenation: c x (a | b) is no such thing.

    It is c x a | c x b with its positions in another order; always the same atom, so that
    expanding twice agrees.
    """
    if outer not in atom.times:
        inner, count = _expand_atom(atom), volume(outer)
        order: list[int] = []
        start = 0
        for piece in inner:
            size = volume(piece)
            order += [c * atom.size + start + i for c in range(count) for i in range(size)]
            start += size
        whole = Atom(count * atom.size)
        whole.shuffled = (tuple(outer + piece for piece in inner), tuple(order))
        atom.times[outer] = whole
    return _expand_atom(atom.times[outer])


def _expand_atom(atom: Atom) -> Expression:
    if atom.shuffled is not None and is_fixed(atom.shuffled[0]):
        atom.pin(next((a.cause for segment in atom.shuffled[0] for a in segment), None))
    if atom.becomes is None:
        return ((atom,),)
    atom.becomes = resolve(atom.becomes)
    return atom.becomes


def _undivided(atom: Atom) -> Expression:
    """A fixed atom as one segment; always the same one, so that expanding twice agrees."""
    while len(_expand_atom(atom)) > 1:
        if atom.whole is None:
            inside = (a.cause for segment in _expand_atom(atom) for a in segment)
            atom.whole = Atom(atom.size)
            atom.whole.pin(next(inside, None))
        atom = atom.whole
    return _expand_atom(atom)
