"""The abstract run: every operator of an exported graph applied to dimensions, not numbers."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from .constants import Constant
from .export import Exported, concrete, shapes
from .factors import Cause, Expression, caused_by, is_fixed
from .operators import RULES
from .operators.call import Call, UnsupportedError
from .tensors import AbstractTensor, ParameterAxis, free, immovable

UNKNOWN = "an operator without a rule"


class AbstractRun:
    """One walk over the graph, in which the rules tie and pin the dimensions they meet.

    `state`: the dimensions of every parameter and buffer, which several runs may share. `values`:
    those of every node's result that anything depends on. `reads`: the dimensions contracted with
    what comes in. `absorbed`: axes whose positions matter for a result. `operators`: the name of
    the operator at every node that has a rule; `calls`: how it was called there. `unknown`: the
    nodes without one.
    """

    def __init__(
        self,
        exported: Exported,
        state: Mapping[str, AbstractTensor],
        constants: Mapping[fx.Node, Tensor | tuple[Tensor, ...]],
    ):
        self.state = state
        self.values: dict[fx.Node, Any] = {}
        self.reads: set[ParameterAxis] = set()
        self.absorbed: list[Expression] = []
        self.operators: dict[fx.Node, str] = {}
        self.calls: dict[fx.Node, Call] = {}
        self.unknown: list[fx.Node] = []
        self._exported = exported
        self._constants = constants
        self._touched: list[tuple[Cause, AbstractTensor]] = []
        self._live = _live(exported.module.graph, constants)
        for node in exported.module.graph.nodes:
            if node not in self._live:
                continue
            with caused_by(self._cause(node)):
                self.values[node] = self._value(node)

    def pin_unknown(self) -> None:
        """Fix all that operators without a rule touch, which may move until then."""
        for cause, value in self._touched:
            with caused_by(cause):
                value.pin()

    def place(self, node: fx.Node) -> Cause:
        """Where a node stands: its operator, and the module that calls it."""
        stack = node.meta.get("nn_module_stack") or {}
        module = next(reversed(stack.values()))[0] if stack else ""
        name = getattr(node.target, "_schema", None)
        operator_name = name.name.partition("::")[2] if name else str(node.name)
        return Cause("order", operator_name, str(module).removeprefix("L['self']."))

    def _cause(self, node: fx.Node) -> Cause:
        if node.op == "call_function":
            return self.place(node)
        return Cause("a constant" if node.name in self._exported.constants else "the input")

    def _value(self, node: fx.Node) -> Any:
        if node in self._constants:
            return self._constant(node)
        try:
            return self._result(node)
        except (UnsupportedError, LookupError, TypeError, ValueError, AttributeError):
            # No rule, or one that meets arguments which it was not written for.
            self.unknown.append(node)
            return self._untied(node)

    def _constant(self, node: fx.Node) -> Any:
        value = self._constants[node]
        (name, *_) = self._exported.sources.get(node.name, ()) or (
            self._exported.labels.get(node.name, self.place(node).operator),
        )
        if isinstance(value, Tensor):
            return Constant.of(value, name)
        return tuple(Constant.of(each, name) for each in value)

    def _result(self, node: fx.Node) -> Any:
        """What a node returns: a `AbstractTensor`, several, or a plain number."""
        found = shapes(node)
        if node.op == "placeholder" and node.name in self._exported.sources:
            return self.state[self._exported.sources[node.name][0]]
        if node.op == "output":
            return self._ended(node)
        if node.op != "call_function":  # the input, a constant that is overwritten
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
        if tuple(value.sizes for value in tensors_in(result)) != found:
            raise UnsupportedError
        self.reads |= call.reads
        self.absorbed += call.absorbed
        self.operators[node] = call.name
        self.calls[node] = call
        return result

    def _call(self, node: fx.Node, target: torch._ops.OpOverload) -> Call:
        schema = target._schema
        names = [argument.name for argument in schema.arguments]
        given = dict(zip(names, self._known(node.args), strict=False)) | self._known(node.kwargs)
        types = dict(zip(names, _types(node.args), strict=False)) | _types(node.kwargs)
        args = {a.name: given.get(a.name, a.default_value) for a in schema.arguments}
        name = schema.name.removeprefix("aten::")
        name = name if name.startswith("__") else name.removesuffix("_")
        users = [n for n in node.users if n in self._live]
        used = frozenset(n.args[1] for n in users if n.target is operator.getitem)
        return Call(name, args, shapes(node), used, types)  # type: ignore[arg-type]

    def _ended(self, node: fx.Node) -> None:
        """The result of the network stays."""
        for argument in node.all_input_nodes:
            place = self.place(argument)
            with caused_by(Cause("the output", place.operator, place.module)):
                for value in tensors_in(self.values.get(argument)):
                    value.pin()

    def _untied(self, node: fx.Node) -> Any:
        """The result of a node of which nothing is known; `pin_unknown` fixes all around it."""
        given = [v for n in node.all_input_nodes for v in tensors_in(self.values.get(n))]
        for value in given:
            self.absorbed += value.dims
        stays = all(is_fixed(dim) for value in given for dim in value.dims)
        results = [immovable(shape) if stays else free(shape) for shape in shapes(node)]
        place = self.place(node)
        cause = Cause(UNKNOWN, str(node.target), place.module)
        self._touched += [(cause, value) for value in (*given, *results)]
        several = isinstance(node.meta.get("val"), (list, tuple))
        return results if several else next(iter(results), None)

    def _known(self, arguments: Any) -> Any:
        return fx.map_arg(arguments, lambda node: _used(self.values.get(node)))


def abstract_state(
    graphs: Sequence[Exported], constants: frozenset[str]
) -> dict[str, AbstractTensor]:
    """Fresh dimensions for every parameter and buffer; names of one tensor share them.

    What is constant, or used by none of the `graphs`, stays.
    """
    first, used = graphs[0], frozenset[str]().union(*(graph.used for graph in graphs))
    state: dict[str, AbstractTensor] = {}
    for names in (names for graph in graphs for names in graph.sources.values()):
        shape = first.state[names[0]]
        origins = (frozenset((name, dim) for name in names) for dim in range(len(shape)))
        state |= dict.fromkeys(names, AbstractTensor(free(shape).raw, tuple(origins)))
    for name, shape in first.state.items():
        if name in constants or name not in used:
            kept = name in constants
            why = "a constant, the same in every network" if kept else "the network does not use it"
            with caused_by(Cause(why)):
                state[name] = immovable(shape)
    return {name: state[name] for name in dict.fromkeys(n for g in graphs for n in g.state)}


def tensors_in(result: Any) -> Iterator[AbstractTensor]:
    """The abstract tensors of a result, one, several or none."""
    if isinstance(result, AbstractTensor):
        yield result
    elif isinstance(result, (list, tuple)):
        for item in result:
            yield from tensors_in(item)


def _used(value: Any) -> Any:
    if isinstance(value, Constant):
        return value.abstract()
    if isinstance(value, (tuple, list)):
        return type(value)(map(_used, value))
    return value


def _types(arguments: Any) -> Any:
    """Arguments with the type of each tensor in its place."""
    return fx.map_arg(arguments, lambda node: getattr(node.meta.get("val"), "dtype", None))


def _live(graph: fx.Graph, constants: Mapping[fx.Node, Any]) -> set[fx.Node]:
    """The nodes on whose numbers the result depends, and those that write to a tensor."""
    found: set[fx.Node] = set()
    needed: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        writes = isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable
        if node.op in ("output", "placeholder") or writes or node in needed:
            found.add(node)
            if node not in constants and (node.op == "output" or shapes(node)):
                needed.update(_arguments_in_numbers(node))
    return found


_LIKE = {
    *("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"),
    *("new_zeros", "new_ones", "new_full", "new_empty", "randint_like"),
}
_AS = {"expand_as", "view_as", "reshape_as", "type_as"}


def _arguments_in_numbers(node: fx.Node) -> list[fx.Node]:
    """The arguments of which more than the shape matters."""
    schema = getattr(node.target, "_schema", None)
    name = schema.name.partition("::")[2] if schema else ""
    if name in _LIKE:
        return [n for n in node.all_input_nodes if n is not node.args[0]]
    if name in _AS:
        return [n for n in node.all_input_nodes if n is node.args[0]]
    return list(node.all_input_nodes)
