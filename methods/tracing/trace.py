"""The permutation symmetries of a network, found in its exported graph."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from ...errors import UserError
from ..modules.blank import in_some_memory
from ..modules.extra_state import extra_states
from ..modules.forms import Batch, Output
from ..modules.twin import tensors, twin
from ..modules.usable import check_usable
from ..symmetry.axes import Axis, Symmetry
from .activations import Program, Tap
from .buffers import LearntBufferWarning, constant_buffers
from .constants import constant_values, overwritten
from .export import Exported, export
from .factors import Atom, Cause, caused_by
from .grouping import axis_of, moving, moving_positions, names_of, pins_of
from .inner_orders import find_inner_orders
from .interpreter import AbstractRun, abstract_state
from .sign_flips import odd_groups
from .taps import taps_of
from .tensors import AbstractTensor, ParameterAxis
from .training_graph import UnusedParameterWarning, training_graph, warn_of_unused

__all__ = ["LearntBufferWarning", "UnknownOperatorWarning", "UnusedParameterWarning", "trace"]


class UnknownOperatorWarning(UserWarning):
    """An operator without a rule; what it touches is taken not to move, and some of it might."""


def trace(module: nn.Module, example: Batch, output: Output | None = None) -> Symmetry:
    """The groups of units of `module` that may be permuted without changing what it computes.

    `example` is a batch of inputs, of which only shapes, types and device matter: a tensor, a
    tuple of positional arguments, a dictionary of keyword arguments, or `Inputs` of both. It is
    taken as it is. `output` says what counts of the result, if not every tensor that a loss could
    use (`compared` tells which). `module` is looked at in evaluation mode and left as it is; its
    parameters may be on the meta device, as `parameters_on_meta` makes them: only shapes count.

    A symmetry may be missed, where an operator is not known (an `UnknownOperatorWarning` then says
    what stays for it) or where axes of units cannot express it; none is invented. A position that
    the graph does not read stays, and so does a constant buffer, wherever it is kept; an axis that
    meets a constant moves only as far as the constant is the same for all its positions.
    Parameters that evaluation mode does not use are tied as in training mode; if that has no
    graph, or does not use them either, they stay, and a `UnusedParameterWarning` says so where
    they could belong to units that move. A `LearntBufferWarning` names buffers that training writes
    and no norm owns.

    Every entry of `module.state_dict()` gets its axes, in the order of first use. A group is named
    after the module that first writes its units, with a number where one module writes several.
    Raises `UserError` for a module that no network can be made of, for one that `torch.export`
    cannot export, and for an example that it does not take.
    """
    check_usable(module)
    form = twin(module, in_some_memory(module))
    exported = export(form, example, output)
    constants = constant_buffers(form, exported, example)
    graphs = [exported, *training_graph(form, exported, constants, example)]
    tied = _tied(form, graphs, constants)
    _warn_of_unknown(tied)
    names = tied.names()
    axes = tied.axes(names)

    def again(x: Batch) -> tuple[Exported, tuple[Tap, ...]]:
        """The graph and the taps for inputs of another shape."""
        other = export(form, x, output)
        found = _tied(form, [other, *graphs[1:]], constants)
        named = found.names()
        if _moving_axes(found.axes(named)) != _moving_axes(axes):
            raise UserError(
                "with inputs of this shape other units of the network may move than with the "
                "example that it was traced with: trace it with inputs like these"
            )
        return other, taps_of(found.runs[0], named)

    symmetry = Symmetry(
        axes,
        Program(exported, taps_of(tied.runs[0], names), again),
        frozenset[str].intersection(*(odd_groups(run, names) for run in tied.runs)),
        constants=constants,
        pins=pins_of(tied.state),
        traced_values=_values(form, exported, constants),
    )
    warn_of_unused(symmetry, graphs)
    return symmetry


def _values(module: nn.Module, exported: Exported, constants: frozenset[str]) -> dict[str, Any]:
    """What decides on the symmetry beside shapes and code, by name: see `Symmetry`."""
    own = tensors(module)
    unkept = {name for name, _ in module.named_buffers(remove_duplicate=False)} - own.keys()
    written = {node.name for node in overwritten(exported.module.graph)}
    lifted = {
        exported.labels[node]: value
        for node, value in exported.constants.items()
        if node not in written and exported.labels[node] in unkept
    }
    kept = {name: own[name].detach() for name in own if name in constants}
    return {**kept, **lifted, **extra_states(module)}


def _moving_axes(axes: Mapping[str, tuple[Axis, ...]]) -> dict[str, tuple[Axis, ...]]:
    return {name: each for name, each in axes.items() if any(axis.groups for axis in each)}


@dataclass(frozen=True)
class _Tied:
    """The dimensions of every parameter and buffer, after all runs have tied and pinned them.

    `lost`: how many positions of an axis move no more for operators without a rule.
    """

    state: Mapping[str, AbstractTensor]
    runs: tuple[AbstractRun, ...]
    lost: Mapping[ParameterAxis, int]

    @property
    def reads(self) -> set[ParameterAxis]:
        return set[ParameterAxis]().union(*(run.reads for run in self.runs))

    def names(self) -> dict[Atom, str]:
        return names_of(self.state, self.reads)

    def axes(self, names: Mapping[Atom, str]) -> dict[str, tuple[Axis, ...]]:
        reads = self.reads
        return {
            name: tuple(
                axis_of(expression, names, (name, dim) in reads)
                for dim, expression in enumerate(value.dims)
            )
            for name, value in self.state.items()
        }


def _tied(module: nn.Module, graphs: Sequence[Exported], constants: frozenset[str]) -> _Tied:
    state = abstract_state(graphs, constants)
    buffers = {name: value for name, value in tensors(module).items() if name in constants}
    runs = tuple(AbstractRun(graph, state, constant_values(graph, buffers)) for graph in graphs)
    _pin_unread(state, runs)
    before = _movable(state)
    for run in runs:
        run.pin_unknown()
    after = _movable(state)
    lost = {key: n - after[key] for key, n in before.items() if n > after[key]}
    find_inner_orders(state, runs)
    return _Tied(state, runs, lost)


def _pin_unread(state: Mapping[str, AbstractTensor], runs: Sequence[AbstractRun]) -> None:
    """Fix the positions that no result depends on: at another length they might be read."""
    _movable(state)
    read = {atom for run in runs for expression in run.absorbed for atom in moving(expression)}
    with caused_by(Cause("the graph does not read it")):
        for value in state.values():
            for expression in value.dims:
                for atom in moving(expression):
                    if atom not in read:
                        atom.pin()


def _movable(state: Mapping[str, AbstractTensor]) -> dict[ParameterAxis, int]:
    """How many positions of each axis move, once nothing more becomes fixed by resolving."""
    still: set[Atom] | None = None
    while True:
        axes = {(name, d): e for name, v in state.items() for d, e in enumerate(v.dims)}
        now = {atom for expression in axes.values() for atom in moving(expression)}
        if now == still:
            return {key: moving_positions(expression) for key, expression in axes.items()}
        still = now


def _warn_of_unknown(tied: _Tied) -> None:
    """Say what might move if every operator had a rule; nothing, where that is nothing."""
    if not tied.lost:
        return
    nodes = {str(n.target): run.place(n).module for run in tied.runs for n in run.unknown}
    where = [f"{name} of {module}" if module else name for name, module in sorted(nodes.items())]
    axes = [f"{count} of {name!r} (axis {dim})" for (name, dim), count in tied.lost.items()]
    more = f" and of {len(axes) - 3} more axes" if len(axes) > 3 else ""
    warnings.warn(
        f"no symmetry is known of {', '.join(where)}: units that it touches stay and might move, "
        f"{', '.join(axes[:3])}{more}",
        UnknownOperatorWarning,
        stacklevel=3,
    )
