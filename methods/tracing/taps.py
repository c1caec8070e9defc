"""Where the units of each group are seen in the graph."""

from collections.abc import Mapping

from torch import fx

from .activations import Tap
from .factors import Atom, resolve
from .grouping import axis_of, moving
from .interpreter import AbstractRun
from .operators.contraction import WRITERS
from .operators.pointwise import NONLINEARITIES
from .operators.recurrent import RECURRENT
from .tensors import AbstractTensor

Place = tuple[fx.Node, int | None]
"""A node, and which of its results where it has several."""


def taps_of(run: AbstractRun, names: Mapping[Atom, str]) -> tuple[Tap, ...]:
    """Where each group is seen: at nonlinearities, else where it is written, else anywhere."""
    operators, nonlinearities = run.operators, frozenset(NONLINEARITIES.split())
    values = _values(run)
    carried = {
        place: {names[a] for e in value.dims for a in moving(e) if a in names}
        for place, value in values.items()
    }
    nonlinear = {p: carried[p] for p in values if operators.get(p[0]) in nonlinearities}
    nonlinear |= _recurrent(run, carried, names)
    written = {
        p: carried[p] & _groups_written(p[0], run, names)
        for p in values
        if operators.get(p[0]) in WRITERS
    }
    taps: list[Tap] = []
    for group in dict.fromkeys(names.values()):
        places = (
            [p for p in values if group in nonlinear.get(p, ())]
            or [p for p in values if group in written.get(p, ())]
            or [p for p in values if group in carried[p]][:1]
        )
        for place in places:
            node, item = place
            axes = tuple(axis_of(resolve(e), names) for e in values[place].dims)
            taps.append(Tap(group, node.name, operators.get(node) in nonlinearities, axes, item))
    return tuple(taps)


def _values(run: AbstractRun) -> dict[Place, AbstractTensor]:
    """The tensors of every node of which each axis is known, in order of execution."""
    found: dict[Place, AbstractTensor] = {}
    for node, value in run.values.items():
        if isinstance(value, AbstractTensor):
            found[node, None] = value
        elif run.operators.get(node) in RECURRENT:
            found |= {(node, item): each for item, each in enumerate(value)}
    return {place: value for place, value in found.items() if value.is_settled}


def _recurrent(
    run: AbstractRun, carried: Mapping[Place, set[str]], names: Mapping[Atom, str]
) -> dict[Place, set[str]]:
    """The hidden groups of recurrent layers and cells, each at the first result that has it.

    That is the output; for the cells of a layer with a projection it is their last state.
    """
    found: dict[Place, set[str]] = {}
    for node in (node for node in run.values if run.operators.get(node) in RECURRENT):
        left = _groups_written(node, run, names)
        for place in (place for place in carried if place[0] is node):
            found[place] = carried[place] & left
            left = left - carried[place]
    return found


def _groups_written(node: fx.Node, run: AbstractRun, names: Mapping[Atom, str]) -> set[str]:
    """The groups that the parameters of a contraction bring into its result."""
    return {
        names[atom]
        for argument in node.all_input_nodes
        if isinstance(value := run.values.get(argument), AbstractTensor)
        and value.origins is not None
        for expression, origin in zip(value.dims, value.origins, strict=True)
        if not origin & run.reads
        for atom in moving(expression)
        if atom in names
    }
