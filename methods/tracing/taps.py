"""Where the units of each group are seen in the graph."""

from collections.abc import Mapping

from torch import fx

from .activations import Tap
from .factors import Atom, resolve
from .grouping import axis_of, moving
from .interpreter import AbstractRun
from .operators.contraction import WRITERS
from .operators.pointwise import NONLINEARITIES
from .tensors import AbstractTensor


def taps_of(run: AbstractRun, names: Mapping[Atom, str]) -> tuple[Tap, ...]:
    """Where each group is seen: at nonlinearities, else where it is written, else anywhere."""
    operators, nonlinearities = run.operators, frozenset(NONLINEARITIES.split())
    values = {n: v for n, v in run.values.items() if isinstance(v, AbstractTensor) and v.is_settled}
    carried = {
        node: {names[a] for e in value.dims for a in moving(e) if a in names}
        for node, value in values.items()
    }
    nonlinear = [node for node in values if operators.get(node) in nonlinearities]
    writing = [node for node in values if operators.get(node) in WRITERS]
    written = {node: carried[node] & _groups_written(node, run, names) for node in writing}
    taps: list[Tap] = []
    for group in dict.fromkeys(names.values()):
        nodes = (
            [node for node in nonlinear if group in carried[node]]
            or [node for node in writing if group in written[node]]
            or [node for node in values if group in carried[node]][:1]
        )
        for node in nodes:
            axes = tuple(axis_of(resolve(e), names) for e in values[node].dims)
            taps.append(Tap(group, node.name, operators.get(node) in nonlinearities, axes))
    return tuple(taps)


def _groups_written(node: fx.Node, run: AbstractRun, names: Mapping[Atom, str]) -> set[str]:
    """The groups that the parameters of a contraction bring into its result."""
    return {
        names[atom]
        for argument in node.all_input_nodes
        if isinstance(value := run.values[argument], AbstractTensor) and value.origins is not None
        for expression, origin in zip(value.dims, value.origins, strict=True)
        if not origin & run.reads
        for atom in moving(expression)
        if atom in names
    }
