"""The abstract run: every operator of an exported graph applied to dimensions, not numbers."""

import operator
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import fx

from . import (
    operators_contraction,
    operators_layout,
    operators_pointwise,
    operators_recurrent,
    operators_slices,
)
from .export import Exported, concrete, shapes
from .operator_call import Call, Rule, UnsupportedError
from .tensors import AbstractTensor, ParameterAxis, free, immovable

RULES: Mapping[str, Rule] = {
    **operators_contraction.RULES,
    **operators_layout.RULES,
    **operators_slices.RULES,
    **operators_pointwise.RULES,
    **operators_recurrent.RULES,
}
"""Operator name, without namespace, overload and the underscore of in-place forms -> rule."""


class UnknownOperatorWarning(UserWarning):
    """An operator without a rule; all that it touches is taken not to move."""


class AbstractRun:
    """One walk over the graph, in which the rules tie and pin the dimensions they meet.

    `state`: the dimensions of every parameter and buffer, in the order of first use. `values`:
    those of every node's result. `reads`: the dimensions contracted with what comes in.
    `operators`: the name of the operator at every node that has a rule.
    """

    def __init__(self, exported: Exported):
        self.state = _abstract_state(exported)
        self.values: dict[fx.Node, Any] = {}
        self.reads: set[ParameterAxis] = set()
        self.operators: dict[fx.Node, str] = {}
        self._exported = exported
        unknown: set[str] = set()
        for node in exported.module.graph.nodes:
            try:
                self.values[node] = self._result(node)
            except (UnsupportedError, LookupError, TypeError, ValueError, AttributeError):
                # No rule, or one that meets arguments which it was not written for.
                self.values[node] = self._pinned(node)
                unknown.add(str(node.target))
        if unknown:
            warnings.warn(
                f"no symmetry is known of {', '.join(sorted(unknown))}: what it touches stays",
                UnknownOperatorWarning,
                stacklevel=3,
            )

    def _result(self, node: fx.Node) -> Any:
        """What a node returns: a `AbstractTensor`, several, or a plain number."""
        found = shapes(node)
        if node.op == "placeholder" and node.name in self._exported.sources:
            return self.state[self._exported.sources[node.name][0]]
        if node.op == "output":
            return self._pinned(node)
        if node.op != "call_function":  # the input, a constant
            return immovable(found[0]) if found else None
        if not found:  # a size, an assertion
            return concrete(node.meta.get("val"))
        if node.target is operator.getitem:
            values, index = self._known(node.args)
            return values[index]
        if not isinstance(node.target, torch._ops.OpOverload):
            raise UnsupportedError
        call = self._call(node, node.target)
        if call.name not in RULES:
            raise UnsupportedError
        result = RULES[call.name](call)
        if tuple(value.sizes for value in _tensors_in(result)) != found:
            raise UnsupportedError
        self.reads |= call.reads
        self.operators[node] = call.name
        return result

    def _call(self, node: fx.Node, target: torch._ops.OpOverload) -> Call:
        schema = target._schema
        given = dict(zip((a.name for a in schema.arguments), self._known(node.args), strict=False))
        given |= self._known(node.kwargs)
        args = {a.name: given.get(a.name, a.default_value) for a in schema.arguments}
        namespace, _, name = schema.name.partition("::")
        if namespace != "aten":
            raise UnsupportedError
        return Call(name if name.startswith("__") else name.removesuffix("_"), args, shapes(node))

    def _pinned(self, node: fx.Node) -> Any:
        """The result of a node of which nothing is known: all that goes in or comes out stays."""
        for argument in node.all_input_nodes:
            for value in _tensors_in(self.values[argument]):
                value.pin()
        results = [immovable(shape) for shape in shapes(node)]
        return (
            results
            if isinstance(node.meta.get("val"), (list, tuple))
            else next(iter(results), None)
        )

    def _known(self, arguments: Any) -> Any:
        return fx.map_arg(arguments, self.values.__getitem__)


def _abstract_state(exported: Exported) -> dict[str, AbstractTensor]:
    """Fresh dimensions for every parameter and buffer; names of one tensor share them."""
    state: dict[str, AbstractTensor] = {}
    for names in exported.sources.values():
        shape = exported.state[names[0]]
        origins = (frozenset((name, dim) for name in names) for dim in range(len(shape)))
        state |= dict.fromkeys(names, AbstractTensor(free(shape).raw, tuple(origins)))
    for name in exported.unused:
        state[name] = immovable(exported.state[name])
    return {name: state[name] for name in exported.state}


def _tensors_in(result: Any) -> Iterator[AbstractTensor]:
    if isinstance(result, AbstractTensor):
        yield result
    elif isinstance(result, (list, tuple)):
        for item in result:
            yield from _tensors_in(item)
