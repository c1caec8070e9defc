"""The exported forward pass of a network, run to see the activations of every group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from ..symmetry.axes import Axis, Symmetry, When
from .export import Exported


@dataclass(frozen=True)
class Tap:
    """A place where the units of `group` are seen: an axis of the result of graph node `node`.

    At a `nonlinear` node its first argument, of the same shape, is what is seen *before*.
    """

    group: str
    node: str
    nonlinear: bool
    axes: tuple[Axis, ...]

    def view(self, value: Tensor, own: bool) -> Tensor:
        """(units, samples); in memory of its `own`, where a later operation may overwrite it."""
        symmetry = Symmetry({self.node: self.axes})
        seen = [symmetry.unfold(value, place) for place in symmetry.occurrences(self.group)]
        if len(seen) > 1:
            return torch.cat(seen, dim=1)
        shares = own and seen[0].untyped_storage().data_ptr() == value.untyped_storage().data_ptr()
        return seen[0].clone() if shares else seen[0]


class Program:
    """A network's forward pass as a graph, and the taps of every group in order of execution.

    A group is tapped at every pointwise nonlinearity (ReLU, GELU, SiLU, sigmoid, ...) whose
    input carries its units: *before* is that input, hence after a norm that precedes the
    nonlinearity, *after* is its output. A group that meets no nonlinearity is tapped where it is
    written, for both.
    """

    def __init__(self, exported: Exported, taps: tuple[Tap, ...]):
        self.taps = taps
        self._exported = exported
        self._graph = _graph_head(exported.module.graph, {tap.node for tap in taps})

    def seen(
        self, params: Mapping[str, Tensor], x: Tensor, when: When = "after"
    ) -> dict[str, list[Tensor]]:
        """Group -> (units, samples) at each of its taps, in order of execution.

        Samples are images x positions, in one order for every network of this form. Runs on the
        device and in the precision of `params` and `x`, without gradients.
        """
        inputs = self._inputs(params, x)
        batches = [x] if self._exported.dynamic else x.split(1)
        runs: list[dict[str, list[Tensor]]] = []
        for batch in batches:
            run = _Watched(self._exported.module, self._graph, self.taps, when, x.device)
            with torch.no_grad():
                run.run(*(batch if tensor is None else tensor for tensor in inputs))
            runs.append(run.seen)
        if len(runs) == 1:
            return runs[0]
        return {
            group: [torch.cat(taps, dim=1) for taps in zip(*(r[group] for r in runs), strict=True)]
            for group in runs[0]
        }

    def activations(
        self, params: Mapping[str, Tensor], x: Tensor, when: When = "after"
    ) -> dict[str, Tensor]:
        """Group -> (units, samples), the samples of several taps one after another."""
        return {
            group: torch.cat(taps, dim=1) if len(taps) > 1 else taps[0]
            for group, taps in self.seen(params, x, when).items()
        }

    def _inputs(self, params: Mapping[str, Tensor], x: Tensor) -> list[Tensor | None]:
        """The value of every placeholder; `None` for the network's input."""
        exported, inputs = self._exported, []
        for node in self._graph.nodes:
            if node.op != "placeholder":
                continue
            names = exported.sources.get(node.name)
            if names is not None:
                inputs.append(params[next((n for n in names if n in params), names[0])])
            elif node.name in exported.constants:
                inputs.append(exported.constants[node.name].to(x.device))
            else:
                inputs.append(None)
        return inputs


class _Watched(fx.Interpreter):
    """One run of the graph that keeps what the taps see."""

    def __init__(
        self,
        module: fx.GraphModule,
        graph: fx.Graph,
        taps: tuple[Tap, ...],
        when: When,
        device: torch.device,
    ):
        super().__init__(module, graph=graph)
        self.seen: dict[str, list[Tensor]] = {tap.group: [] for tap in taps}
        self._when = when
        self._device = device
        self._overwrites = any(
            isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable
            for node in graph.nodes
        )
        self._taps: dict[str, list[Tap]] = {}
        for tap in taps:
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
        return super().call_function(target, args, kwargs)


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
