"""What a graph computes from constants alone, and which of its axes those constants tell apart.

A mask, a table of positions or a row of numbers is the same network's whether it is stored in a
buffer, kept as an attribute or made inside `forward`. So every node that depends on constants alone
is computed. Of an axis along which the result is the same everywhere, any position may move; of an
axis in runs of equal positions, each run in itself; everything else is told apart, and stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, fx

from .export import Exported, concrete
from .factors import Cause, Expression, caused_by, concatenation, fixed, fresh
from .tensors import AbstractTensor

_SAME_EVERYWHERE = {"zeros_like": 0, "ones_like": 1, "new_zeros": 0, "new_ones": 1}
"""Operators that take no more than the shape of a tensor -> the number they fill it with."""

_FILLED = {**_SAME_EVERYWHERE, "full_like": None, "new_full": None}
_EMPTY = ("empty", "new_empty", "empty_like", "empty_strided")
_MOST_NUMBERS = 2**25
_MOST_RUNS = 16
_MOST_INDICES = 1024


def constant_values(
    exported: Exported, buffers: Mapping[str, Tensor]
) -> dict[fx.Node, Tensor | tuple[Tensor, ...]]:
    """The value of every node that depends on constants alone, `buffers` by name among them.

    Left out are values that the graph overwrites, random ones, and those of more than 30 million
    numbers.
    """
    written = overwritten(exported.module.graph)
    found: dict[fx.Node, Any] = {}
    for node in exported.module.graph.nodes:
        if node in written:
            continue
        value = _placeholder(node, exported, buffers)
        if node.op == "call_function":
            value = _computed(node, found)
        if _fits(value):
            found[node] = value
    return found


def _placeholder(node: fx.Node, exported: Exported, buffers: Mapping[str, Tensor]) -> Tensor | None:
    if node.op == "get_attr":
        value = getattr(exported.module, str(node.target), None)
        return value.detach().cpu() if isinstance(value, Tensor) and not value.is_meta else None
    if node.op != "placeholder":
        return None
    name = next(iter(exported.sources.get(node.name, ())), "")
    value = exported.constants.get(node.name, buffers.get(name))
    return None if value is None or value.is_meta else value.detach().cpu()


def _computed(node: fx.Node, found: Mapping[fx.Node, Any]) -> Any:
    target = node.target
    name = getattr(getattr(target, "_schema", None), "name", "").removeprefix("aten::")
    if name in _FILLED:
        return _filled(node, _FILLED[name], found)
    if not _is_plain(target) or name in _EMPTY:
        return None
    sizes = (int, float, bool, torch.SymInt)
    for argument in node.all_input_nodes:
        if argument not in found and not isinstance(argument.meta.get("val"), sizes):
            return None
    try:
        args, kwargs = fx.map_arg((node.args, node.kwargs), lambda n: _known(n, found))
        if "device" in kwargs:
            kwargs = {**kwargs, "device": "cpu"}
        with torch.no_grad():
            return target(*args, **kwargs)  # type: ignore[operator]
    except (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError):
        return None  # e.g. an index table that holds nothing yet


def _is_plain(target: Any) -> bool:
    """Whether an operator gives the same result at every call, and writes to nothing."""
    if getattr(target, "__name__", "") == "getitem":
        return True
    return (
        isinstance(target, torch._ops.OpOverload)
        and not target._schema.is_mutable
        and torch.Tag.nondeterministic_seeded not in target.tags
        and torch.Tag.data_dependent_output not in target.tags
    )


def _filled(node: fx.Node, number: float | None, found: Mapping[fx.Node, Any]) -> Tensor | None:
    """The same number everywhere, in the shape that the node has in the example."""
    value = node.meta["val"]
    if number is None:
        filling = node.args[-1] if len(node.args) > 1 else node.kwargs.get("fill_value")
        number = _known(filling, found) if isinstance(filling, fx.Node) else filling  # type: ignore[assignment]
    if not isinstance(number, (int, float)) or value.numel() > _MOST_NUMBERS:
        return None
    return torch.full(tuple(map(concrete, value.shape)), number, dtype=value.dtype)


def _known(node: fx.Node, found: Mapping[fx.Node, Any]) -> Any:
    return found[node] if node in found else concrete(node.meta.get("val"))


def _fits(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return bool(value) and all(map(_fits, value))
    return isinstance(value, Tensor) and value.numel() <= _MOST_NUMBERS


def overwritten(graph: fx.Graph) -> set[fx.Node]:
    """Values that an operator writes to, and what they are views of."""
    found: set[fx.Node] = set()
    for node in graph.nodes:
        if isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable:
            found.update(*map(_roots, _aliased(node, written=True)))
    return found


def _roots(node: fx.Node) -> set[fx.Node]:
    found = {node}
    for argument in _aliased(node, written=False):
        found |= _roots(argument)
    return found


def _aliased(node: fx.Node, written: bool) -> list[fx.Node]:
    """The arguments that share memory with the result, or that are written to."""
    if getattr(node.target, "__name__", "") == "getitem":
        return list(node.all_input_nodes)
    if not isinstance(node.target, torch._ops.OpOverload):
        return []
    schema = node.target._schema
    given = dict(zip((a.name for a in schema.arguments), node.args, strict=False)) | node.kwargs
    found: list[fx.Node] = []
    for argument in schema.arguments:
        alias = argument.alias_info
        if alias is None or (written and not alias.is_write):
            continue
        value = given.get(argument.name)
        items = value if isinstance(value, (list, tuple)) else [value]
        found += [item for item in items if isinstance(item, fx.Node)]
    return found


@dataclass(frozen=True)
class Constant:
    """A constant in the abstract run: for each axis, the lengths of its runs of equal positions.

    `name` is what it is called in an explanation; `numbers` are those of a short row of whole ones.
    """

    runs: tuple[tuple[int, ...], ...]
    name: str
    numbers: tuple[int, ...] | None = None

    @classmethod
    def of(cls, value: Tensor, name: str) -> "Constant":
        whole = not (value.is_floating_point() or value.is_complex() or value.dtype == torch.bool)
        short = whole and value.ndim == 1 and len(value) <= _MOST_INDICES
        runs = tuple(_runs(value, dim) for dim in range(value.ndim))
        return cls(runs, name, tuple(value.tolist()) if short else None)

    def abstract(self) -> AbstractTensor:
        """A tensor of the abstract run; each use has its own, for they need not move together."""
        with caused_by(Cause(f"the constant {self.name}")):
            dims = tuple(concatenation(map(_run, _merged(lengths))) for lengths in self.runs)
        return AbstractTensor(dims, (frozenset(),) * len(dims), self.numbers)


def _run(length: int) -> Expression:
    """A run of equal positions; a negative length stands for positions that all differ."""
    return fresh(length) if length > 0 else fixed(-length)


def _merged(lengths: tuple[int, ...]) -> list[int]:
    """`lengths` with neighbours that stand alone put together, as a negative number."""
    if len(lengths) > _MOST_RUNS:
        return [-sum(lengths)]
    merged: list[int] = []
    for n in lengths:
        if n == 1 and merged and merged[-1] < 0:
            merged[-1] -= 1
        else:
            merged.append(-1 if n == 1 else n)
    return merged


def _runs(value: Tensor, dim: int) -> tuple[int, ...]:
    size = value.shape[dim]
    if size <= 1 or value.numel() == 0:
        return (1,) * size
    rows = value.movedim(dim, 0).reshape(size, -1)
    alike = rows[1:] == rows[:-1]
    if value.is_floating_point() or value.is_complex():
        alike |= rows[1:].isnan() & rows[:-1].isnan()
    edges = [0, *((~alike.all(1)).nonzero().flatten() + 1).tolist(), size]
    return tuple(b - a for a, b in pairwise(edges))
