"""Units that may have an order of their own under every unit of another group.

An inner atom lies within an outer one if every tensor that carries it carries the outer one too,
beside it or on one other axis, and every operator takes the outer positions side by side (or sums
over both together). What the inner units of one outer unit go through is then a network of its own,
which holds with any order of them: queries within their head, channels within their group, hidden
units within their expert. A tensor that has the inner units once for all outer ones (a bias shared
by the heads, a sum over experts) ties their orders, and so does an operator that mixes outer
positions; of operators that `indices` does not know, that is assumed.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from .factors import Atom, Expression, resolve, straight
from .grouping import moving
from .interpreter import AbstractRun, tensors_in
from .operators.call import UnsupportedError
from .operators.indexed import Index, IndexedTensor, is_constant
from .operators.indices import steps
from .tensors import AbstractTensor, Piece

Outer = dict[Atom, Index]
"""What an atom could lie within, and the index under which an operator has that."""


def find_inner_orders(state: Mapping[str, AbstractTensor], runs: Sequence[AbstractRun]) -> None:
    """Note on every atom that moves what it lies within, the outermost first.

    Positions that stay and that others lie within are given the name of the module that has them.
    """
    found = _Candidates()
    for value in state.values():
        found.carried(value)
    for run in runs:
        for node, result in run.values.items():
            results = [] if node.op == "output" else list(tensors_in(result))
            for value in results:
                found.carried(value)
            if node in run.calls:
                try:
                    passes = steps(run.calls[node], results)
                except (UnsupportedError, LookupError, TypeError, ValueError):
                    given = (v for n in node.all_input_nodes for v in tensors_in(run.values[n]))
                    found.tied([*given, *results])
                    continue
                for each in passes:
                    found.passed(each.tensors, each.mixed)
    _choose(found.within, state)


class _Candidates:
    """For every atom the atoms that it may lie within, by what has been seen of it."""

    def __init__(self) -> None:
        self.within: dict[Atom, set[Atom]] = {}

    def carried(self, value: AbstractTensor) -> None:
        """A tensor must have the outer units wherever it has the inner ones."""
        if is_constant(value):
            return
        axes = tuple(_plain(e) for e in _expressions(value))
        for atom, _, outer in _standing(axes):
            self._meet(atom, set(outer))

    def passed(self, tensors: Iterable[IndexedTensor], mixed: frozenset[Index]) -> None:
        """One index for the outer units in all tensors, mixed only together with the inner."""
        seen: dict[tuple[Atom, Index], Outer] = {}
        for tensor in tensors:
            for atom, own, outer in _standing(tensor):
                fits = {o: i for o, i in outer.items() if i not in mixed or own in mixed}
                before = seen.get((atom, own), fits)
                seen[atom, own] = {o: i for o, i in fits.items() if before.get(o) == i}
        for (atom, _), outer in seen.items():
            self._meet(atom, set(outer))

    def tied(self, values: Iterable[AbstractTensor]) -> None:
        """All that these carry has one order."""
        for value in values:
            for expression in _expressions(value):
                for atom in moving(expression):
                    self.within[atom] = set()

    def _meet(self, atom: Atom, outer: set[Atom]) -> None:
        self.within[atom] = self.within[atom] & outer if atom in self.within else outer


def _standing(axes: IndexedTensor) -> Iterable[tuple[Atom, Index, Outer]]:
    """Every place of an atom that moves in a tensor, its index, and what could be its outer.

    As for maps: what stands beside it in its segment, or else on one other axis alone.
    """
    once = [_once(segments[0]) if len(segments) == 1 else {} for segments in axes]
    anywhere = [{atom for segment in segments for atom, _ in segment} for segments in axes]
    for dim, segments in enumerate(axes):
        across: Outer = {}
        for other, single in enumerate(once):
            if other != dim:
                rest = [a for i, a in enumerate(anywhere) if i not in (dim, other)]
                across |= {o: i for o, i in single.items() if not any(o in a for a in rest)}
        for segment in segments:
            beside = _once(segment)
            twice = {atom for atom, _ in segment} - beside.keys()
            for atom, own in beside.items():
                if not atom.fixed:
                    outer = {o: i for o, i in across.items() if o not in twice} | beside
                    yield atom, own, {o: i for o, i in outer.items() if o is not atom}
            for atom in twice:
                for index in {i for a, i in segment if a is atom}:
                    yield atom, index, {}


def _once(segment: Iterable[tuple[Atom, Index]]) -> Outer:
    """The atoms that stand in a segment a single time, and their indices."""
    atoms = [atom for atom, _ in segment]
    return {atom: index for atom, index in segment if atoms.count(atom) == 1}


def _plain(expression: Expression) -> tuple[tuple[tuple[Atom, Index], ...], ...]:
    return tuple(tuple((atom, None) for atom in segment) for segment in straight(expression)[0])


def _expressions(value: AbstractTensor) -> list[Expression]:
    """The axes of a tensor; an axis seen as several that nobody has asked for is one."""
    found: list[Expression] = []
    views: set[int] = set()
    for dimension in value.raw:
        if not isinstance(dimension, Piece):
            found.append(resolve(dimension))
        elif dimension.view.is_settled:
            found.append(resolve(dimension.view.settle()[dimension.place]))
        elif id(dimension.view) not in views:
            views.add(id(dimension.view))
            found.append(resolve(dimension.view.source))
    return found


def _choose(within: Mapping[Atom, set[Atom]], state: Mapping[str, AbstractTensor]) -> None:
    """Of all that an atom may lie within the longest chain, each link within those before it."""
    rank: dict[Atom, int] = {}
    homes: dict[Atom, str] = {}
    for name, value in state.items():
        for expression in value.dims:
            for segment in straight(expression)[0]:
                for atom in segment:
                    rank.setdefault(atom, len(rank))
                    homes.setdefault(atom, name.rpartition(".")[0] or name)
    chains: dict[Atom, tuple[Atom, ...]] = {}

    def chain(atom: Atom) -> tuple[Atom, ...]:
        if atom not in chains:
            chains[atom] = ()  # of what stays, and while it is looked for: none is in itself
            if atom.fixed:
                return ()
            outer = [
                o
                for o in within.get(atom, ())
                if o in rank and not (atom in within.get(o, ()) and rank[atom] < rank[o])
            ]
            found = [
                (*chain(o), o)
                for o in sorted(outer, key=rank.__getitem__)
                if set(chain(o)) <= set(outer)
            ]
            chains[atom] = max(found, key=lambda each: prod(o.size for o in each), default=())
        return chains[atom]

    taken: dict[str, int] = {}
    for atom in rank:
        if atom.fixed:
            continue
        atom.within = chain(atom)
        for outer in atom.within:
            if outer.fixed and outer.anchor is None:
                home = homes[outer]
                taken[home] = taken.get(home, 0) + 1
                outer.anchor = f"{home}[fixed]" + (f"[{taken[home]}]" if taken[home] > 1 else "")
