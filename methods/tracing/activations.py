"""The exported forward pass of a network, run to see the activations of every group."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx

from ...errors import UserError
from ..modules.forms import Batch, in_precision, tensors_of
from ..symmetry.axes import Axis, Symmetry, When
from .constants import overwritten
from .export import Exported
from .functions.same_function import difference


@dataclass(frozen=True)
class Tap:
    """A place where the units of `group` are seen: an axis of the result of graph node `node`.

    At a `nonlinear` node its first argument, of the same shape, is what is seen *before*. `item`
    says which of a node's results is meant, where it has several. `apart`: units within others are
    seen once under each of these, and not as more samples of one.
    """

    group: str
    node: str
    nonlinear: bool
    axes: tuple[Axis, ...]
    item: int | None = None
    apart: bool = False

    def view(self, value: Any, own: bool) -> Tensor:
        """(units, samples); in memory of its `own`, where a later operation may overwrite it."""
        value = value if self.item is None else value[self.item]
        symmetry = Symmetry({self.node: self.axes})
        unfold = symmetry.unfold_apart if self.apart else symmetry.unfold
        seen = [unfold(value, place) for place in symmetry.occurrences(self.group)]
        if len(seen) > 1:
            return torch.cat(seen, dim=1)
        shares = own and seen[0].untyped_storage().data_ptr() == value.untyped_storage().data_ptr()
        return seen[0].clone() if shares else seen[0]


class Program:
    """A network's forward pass as a graph, and the taps of every group in order of execution.

    A group is tapped at every pointwise nonlinearity (ReLU, GELU, SiLU, sigmoid, ...) whose
    input carries its units: *before* is that input, hence after a norm that precedes the
    nonlinearity, *after* is its output. The hidden units of a recurrent layer are tapped at its
    outputs, one for each step, and a group that meets no nonlinearity where it is written, both
    for *before* and *after*.
    """

    def __init__(
        self,
        exported: Exported,
        taps: tuple[Tap, ...],
        again: Callable[[Batch], tuple[Exported, tuple[Tap, ...]]],
    ):
        self._views = [_View(exported, taps)]
        self._again = again

    @property
    def taps(self) -> tuple[Tap, ...]:
        """Where groups are seen in the graph of the example."""
        return self._views[0].taps

    def seen(
        self, params: Mapping[str, Tensor], x: Batch, when: When = "after"
    ) -> dict[str, list[Tensor]]:
        """Group -> (units, samples) at each of its taps, in order of execution.

        Samples are images x positions, in one order for every network of this form. Runs on the
        device and in the precision of `params`, without gradients. Inputs that the graph is not
        made for, of another shape, say, have the network exported again; `UserError` where that
        fails, and where the forward pass does not take such arguments.
        """
        view = self._for_shapes(x)
        floating = next((p.dtype for p in params.values() if p.is_floating_point()), None)
        given = x if floating is None else in_precision(x, floating)
        device = next((t.device for t in tensors_of(given)), torch.device("cpu"))
        run = _Watched(view, when, device, floating)
        with torch.no_grad():
            run.run(*_values(view, params, given, device))
        return run.seen

    def activations(
        self, params: Mapping[str, Tensor], x: Batch, when: When = "after"
    ) -> dict[str, Tensor]:
        """Group -> (units, samples), the samples of several taps one after another."""
        return {
            group: torch.cat(taps, dim=1) if len(taps) > 1 else taps[0]
            for group, taps in self.seen(params, x, when).items()
        }

    def apart(self) -> "Program":
        """The same, with units within others told apart: (outer x units, samples)."""

        def again(x: Batch) -> tuple[Exported, tuple[Tap, ...]]:
            exported, taps = self._again(x)
            return exported, _apart(taps)

        return Program(self._views[0].exported, _apart(self.taps), again)

    def difference(
        self, other: object, left: frozenset[str], widths: Collection[tuple[int, int]]
    ) -> str | None:
        """Where another network computes something else, in words: see `same_function`.

        A network that was traced with inputs of other shapes is traced with these, if it takes
        them.
        """
        own = self._views[0].exported
        if not isinstance(other, Program) or (found := other._views[0].exported) is own:
            return None
        if own.form != found.form or own.structure(own.inputs) != found.structure(found.inputs):
            with suppress(UserError):  # then it is compared as it is, but for its sizes
                found, _ = other._again(own.zeros())
        return difference(own, found, left, widths)

    def covers(self, x: Batch) -> bool:
        """Whether inputs like `x` take the way of one of its graphs.

        `UserError` where the forward pass does not take such arguments.
        """
        return any(view.exported.fits(x, least=2) for view in self._views)

    def _for_shapes(self, x: Batch) -> "_View":
        for view in self._views:
            if view.exported.fits(x):
                return view
        self._views.append(_View(*self._again(x)))
        return self._views[-1]


def _apart(taps: tuple[Tap, ...]) -> tuple[Tap, ...]:
    return tuple(replace(tap, apart=True) for tap in taps)


class _View:
    """A graph for inputs of some shapes, as far as it must run to see all groups."""

    def __init__(self, exported: Exported, taps: tuple[Tap, ...]):
        self.exported = exported
        self.taps = taps
        self.graph = _graph_head(exported.module.graph, {tap.node for tap in taps})
        self.written = overwritten(self.graph)


def _values(view: _View, params: Mapping[str, Tensor], x: Batch, device: torch.device) -> list[Any]:
    """The value of every placeholder: a parameter, a constant, or the next of the inputs.

    What the graph writes to is a copy.
    """
    given, values, exported = iter(view.exported.leaves(x)), [], view.exported
    floating = next((p.dtype for p in params.values() if p.is_floating_point()), None)
    for node in view.graph.nodes:
        if node.op != "placeholder":
            continue
        names = exported.sources.get(node.name)
        if names is not None:
            values.append(params[next((n for n in names if n in params), names[0])])
        elif node.name in exported.constants:
            constant = exported.constants[node.name].to(device)
            values.append(in_precision(constant, floating) if floating else constant)
        else:
            values.append(next(given))
        if node in view.written and isinstance(values[-1], Tensor):
            values[-1] = values[-1].clone()
    return values


class _Watched(fx.Interpreter):
    """One run of the graph that keeps what the taps see."""

    def __init__(self, view: _View, when: When, device: torch.device, floating: torch.dtype | None):
        super().__init__(view.exported.module, graph=view.graph)
        self.seen: dict[str, list[Tensor]] = {tap.group: [] for tap in view.taps}
        self._when = when
        self._device = device
        self._floating = floating
        self._overwrites = any(
            isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable
            for node in view.graph.nodes
        )
        self._taps: dict[str, list[Tap]] = {}
        for tap in view.taps:
            self._taps.setdefault(tap.node, []).append(tap)

    def run_node(self, n: fx.Node) -> Any:
        taps = self._taps.get(n.name, [])
        before = [tap for tap in taps if tap.nonlinear and self._when == "before"]
        for tap in before:  # now, because the node may overwrite its argument
            self.seen[tap.group].append(tap.view(self.env[n.all_input_nodes[0]], self._overwrites))
        result = super().run_node(n)
        for tap in taps:
            if tap not in before:
                self.seen[tap.group].append(tap.view(result, self._overwrites))
        return result

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        if "device" in kwargs:  # where the network was traced, not where it runs
            kwargs = {**kwargs, "device": self._device}
        if getattr(target, "__name__", "").partition(".")[0] in _FILLED:
            dtype = kwargs.get("dtype")  # as the example had it, such as an LSTM's initial state
            if dtype is not None and dtype.is_floating_point and self._floating is not None:
                kwargs = {**kwargs, "dtype": self._floating}
        return super().call_function(target, args, kwargs)


_FILLED = ("zeros", "ones", "full", "new_zeros", "new_ones", "new_full")
"""Operators that make a tensor of a type that is written in the graph."""


def _graph_head(graph: fx.Graph, wanted: set[str]) -> fx.Graph:
    """A copy of `graph` up to the last of the nodes `wanted`, without assertions."""
    nodes = [node for node in graph.nodes if node.op != "output"]
    last = max((i for i, node in enumerate(nodes) if node.name in wanted), default=-1)
    head, copies = fx.Graph(), {}
    for i, node in enumerate(nodes):
        asserts = node.op == "call_function" and "assert" in node.name
        if node.op == "placeholder" or (i <= last and not asserts):
            copies[node] = head.node_copy(node, copies.__getitem__)
    head.output(None)
    return head
