"""What an exported graph computes, step by step, in words that two graphs can be compared by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from ...modules.precision import FULL
from ..export import Exported

_IDENTITIES = {"alias", "clone", "contiguous", "detach", "lift_fresh", "lift_fresh_copy"}
"""Operators that change no number."""

_DROPOUTS = {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"}
"""Operators that change no number in evaluation mode."""

_UNREAD = {"device", "layout", "memory_format", "pin_memory", "non_blocking", "requires_grad"}
_UNREAD |= {"momentum", "cudnn_enabled"}
"""Arguments that say where and how results are kept, or what training updates."""


@dataclass(frozen=True)
class Tensors:
    """A parameter or buffer, by all of its names."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What an earlier step gave; `number` counts the steps. An input is one of the first."""

    number: int


@dataclass(frozen=True)
class Size:
    """What an earlier step gave where that is a size of a tensor, and no tensor."""

    number: int


@dataclass(frozen=True)
class Own:
    """Something of a part that is left to each network."""


@dataclass(frozen=True, eq=False)
class Lifted:
    """A constant that is in no `state_dict`, and what its owner calls it."""

    value: Tensor
    label: str

    def __repr__(self) -> str:
        kind = f"{self.value.dtype} {tuple(self.value.shape)}"
        if self.value.is_meta:
            return kind
        numbers = self.value.detach().cpu().reshape(-1).contiguous().view(torch.uint8)
        return f"{kind} {hashlib.sha256(numbers.numpy().tobytes()).hexdigest()}"


@dataclass(frozen=True)
class Step:
    """One operator with its arguments by name, and the module that calls it.

    `sized`: whether it gives a size, a plain number.
    """

    operator: str
    arguments: Mapping[str, Any]
    module: str = ""
    sized: bool = False


def steps_of(
    exported: Exported, left: frozenset[str] = frozenset(), sizes: bool = True, every: bool = False
) -> list[Step]:
    """The steps on which the result depends, in the order in which they are run.

    Steps of a part that is `left` out are missing: of modules all of whose tensors are `left`, and
    those that read a tensor which is. So are those that change no number in evaluation mode, and
    arguments that decide on none, unless `every` is asked for. Without `sizes` the steps that give
    a size are missing too, and the tensors that they tell of are told apart by no size.
    """
    graph = exported.module.graph
    live, parts = _live(graph), _parts(exported, left)
    known: dict[fx.Node, Any] = {}
    steps: list[Step] = []
    for node in graph.nodes:
        if node.op == "placeholder":
            known[node] = _placeholder(node, exported, left)
            if known[node] is None:
                steps.append(Step("input", {}))
                known[node] = Result(len(steps) - 1)
            continue
        if node.op == "get_attr":
            known[node] = _attribute(getattr(exported.module, str(node.target)), str(node.target))
            continue
        if node not in live:
            continue
        sized = node.op != "output" and not _gives_tensors(node)
        module = _module(node)
        if _is_own(node, known, module, parts):
            known[node] = Own()
            continue
        name, arguments = _called(node, known)
        if sized and not sizes:
            known[node] = Size(0)
        elif not every and (source := _unchanged(name, arguments)) is not None:
            known[node] = source
        else:
            read = {n: v for n, v in arguments.items() if every or not _is_unread(n, arguments)}
            steps.append(Step(name, read, module, sized))
            known[node] = (Size if sized else Result)(len(steps) - 1)
    return steps


def digest_of(exported: Exported) -> str:
    """8 hex digits of all that the graph computes: operators, arguments, constants."""
    words = [f"{s.module} {s.operator} {s.arguments}" for s in steps_of(exported, every=True)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def _placeholder(node: fx.Node, exported: Exported, left: frozenset[str]) -> Any:
    """A tensor of the network or a constant; `None` for an input."""
    if names := exported.sources.get(node.name):
        return Own() if left.issuperset(names) else Tensors(names)
    if node.name in exported.constants:
        return Lifted(exported.constants[node.name], exported.labels[node.name])
    return None


def _attribute(value: Any, name: str) -> Any:
    """A constant, or a graph within the graph in the words that it prints."""
    if isinstance(value, Tensor):
        return Lifted(value, name)
    return str(value.graph) if isinstance(value, fx.GraphModule) else repr(value)


def _live(graph: fx.Graph) -> set[fx.Node]:
    """The nodes on which the result depends, and those that write to a tensor."""
    found: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        target = node.target
        writes = isinstance(target, torch._ops.OpOverload) and target._schema.is_mutable
        if node.op == "output" or writes or node in found:
            found.update((node, *node.all_input_nodes))
    return found


def _parts(exported: Exported, left: frozenset[str]) -> frozenset[str]:
    """The modules of which all tensors are left out."""
    kept = {front for name in exported.state if name not in left for front in _fronts(name)}
    return frozenset(front for name in left for front in _fronts(name)) - kept


def _fronts(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:count]) for count in range(1, len(words))]


def _module(node: fx.Node) -> str:
    """The path of the module that calls the node, as tensors' names have it; "" for the whole."""
    stack = node.meta.get("nn_module_stack") or {}
    path = str(next(reversed(stack.values()))[0]) if stack else ""
    return "" if path.startswith("_empty") else path.removeprefix("L['self'].")


def _is_own(
    node: fx.Node, known: Mapping[fx.Node, Any], module: str, parts: frozenset[str]
) -> bool:
    if node.op == "output":
        return False
    reads = any(n.op == "placeholder" and isinstance(known[n], Own) for n in node.all_input_nodes)
    return reads or not parts.isdisjoint((*_fronts(module), module))


def _gives_tensors(node: fx.Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, (Tensor, list, tuple)) or value is None


def _called(node: fx.Node, known: Mapping[fx.Node, Any]) -> tuple[str, dict[str, Any]]:
    """The operator's name, without the sign that it writes in place, and all its arguments."""
    args = [_plain(each, known) for each in node.args]
    kwargs = {name: _plain(each, known) for name, each in node.kwargs.items()}
    target = node.target
    if not isinstance(target, torch._ops.OpOverload):
        name = node.op if node.op == "output" else getattr(target, "__name__", str(target))
        return name, {str(i): each for i, each in enumerate(args)} | kwargs
    schema = target._schema
    defaults = {each.name: each.default_value for each in schema.arguments}
    given = dict(zip(defaults, args, strict=False)) | kwargs
    found = {name: given.get(name, default) for name, default in defaults.items()}
    name = schema.name.removeprefix("aten::")
    name = name if name.startswith("__") else name.removesuffix("_")
    return name, {argument: _plain(each, known) for argument, each in found.items()}


def _plain(value: Any, known: Mapping[fx.Node, Any]) -> Any:
    if isinstance(value, fx.Node):
        return known[value]
    if isinstance(value, (list, tuple)):
        return tuple(_plain(each, known) for each in value)
    if isinstance(value, slice):
        return tuple(_plain(each, known) for each in (value.start, value.stop, value.step))
    if isinstance(value, torch.dtype):  # networks are computed in float32 as in float64
        return "floating" if value in FULL else str(value)
    if isinstance(value, (torch.device, torch.layout, torch.memory_format)):
        return str(value)
    return value


def _unchanged(name: str, arguments: Mapping[str, Any]) -> Any:
    """The argument whose numbers are the result's, where that is so in evaluation mode."""
    first = next(iter(arguments.values()), None)
    if name in _IDENTITIES or (name in _DROPOUTS and arguments.get("train") is False):
        return first
    return None


def _is_unread(name: str, arguments: Mapping[str, Any]) -> bool:
    return name in _UNREAD or (name == "dropout" and arguments.get("train") is False)
