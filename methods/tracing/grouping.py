"""From atoms to groups: what moves gets a name, expressions become axes, what stays its reason."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from math import prod

from ..symmetry.axes import Axis, Factor, Segment
from ..symmetry.pin import Pin
from .factors import Atom, Cause, Expression, straight, volume
from .tensors import AbstractTensor, ParameterAxis

_SINGLE = Cause("a unit alone")


def moving(expression: Expression) -> list[Atom]:
    """The atoms of an axis that are not fixed."""
    return [atom for segment in straight(expression)[0] for atom in segment if not atom.fixed]


def moving_positions(expression: Expression) -> int:
    """Number of positions in segments of which anything moves."""
    segments = straight(expression)[0]
    return sum(volume(s) for s in segments if any(not atom.fixed for atom in s))


def names_of(state: Mapping[str, AbstractTensor], reads: set[ParameterAxis]) -> dict[Atom, str]:
    """A name for every atom that moves: the module of the first parameter that writes it."""
    writers: dict[Atom, str] = {}
    for contracted in (False, True):
        for name, value in state.items():
            for dim, expression in enumerate(value.dims):
                if ((name, dim) in reads) == contracted:
                    for atom in moving(expression):
                        writers.setdefault(atom, name.rpartition(".")[0] or name)
    total, seen = Counter(writers.values()), Counter[str]()
    names = {}
    for atom, module in writers.items():
        names[atom] = module if total[module] == 1 else f"{module}[{seen[module]}]"
        seen[module] += 1
    return names


def axis_of(expression: Expression, names: Mapping[Atom, str], reads: bool = False) -> Axis:
    """The axis of an expression, what stays put together in as few factors as possible."""
    segments: list[Segment] = []
    straightened, order = straight(expression)
    for segment in straightened:
        factors: list[Factor] = []
        for atom in segment:
            group = None if atom.fixed else names.get(atom)
            if group is not None:
                within = tuple(names.get(o) or o.anchor or "" for o in atom.within)
                factors.append(Factor(atom.size, group, within))
            elif atom.anchor or not factors or factors[-1].name:
                factors.append(Factor(atom.size, anchor=atom.anchor))
            else:
                factors[-1] = Factor(factors[-1].size * atom.size)
        size = prod(atom.size for atom in segment)
        stays = all(factor.name is None for factor in factors)
        if stays and segments and segments[-1][0].name is None and len(segments[-1]) == 1:
            segments[-1] = (Factor(segments[-1][0].size + size),)
        else:
            segments.append((Factor(size),) if stays else tuple(factors))
    moves = any(factor.group for segment in segments for factor in segment)
    return Axis(tuple(segments), reads, order if moves else None)


def pins_of(state: Mapping[str, AbstractTensor]) -> tuple[Pin, ...]:
    """What stays of every axis of more than one position, and why."""
    return tuple(
        Pin(name, dim, sum(size for size, _ in run), cause.why, cause.operator, cause.module)
        for name, value in state.items()
        for dim, expression in enumerate(value.dims)
        if value.sizes[dim] > 1
        for cause, run in groupby(_fixed(expression), lambda pair: pair[1])
    )


def _fixed(expression: Expression) -> Iterator[tuple[int, Cause]]:
    """The sizes of what is fixed, in order; beside units that move, of each factor alone."""
    for segment in straight(expression)[0]:
        if not segment:
            yield 1, _SINGLE
        elif all(atom.fixed for atom in segment):
            cause = next((atom.cause for atom in segment if atom.cause), _SINGLE)
            yield volume(segment), cause
        else:
            yield from ((a.size, a.cause or _SINGLE) for a in segment if a.fixed)
