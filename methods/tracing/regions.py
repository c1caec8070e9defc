"""Graphs within a graph, written out in place: regions without gradients, sides of a condition."""

import operator
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx

_CONTEXTS = {"wrap_with_set_grad_enabled": 1, "wrap_with_autocast": 4}
"""Operator that holds a graph -> how many of its arguments stand before that graph.

Neither changes which units are which: without gradients the numbers are the same, and without the
lower precision of autocast they are better ones.
"""


def inline_regions(module: fx.GraphModule) -> None:
    """Replace every such region of `module` by the nodes of its graph, also regions in regions.

    Of a condition on a tensor, `torch.cond`, both sides are run, and `where` takes one of the two.
    """
    while node := next(filter(_is_region, module.graph.nodes), None):
        if _name(node) == "cond":
            _replace(module, node, _either(module, node))
        else:
            before = _CONTEXTS[_name(node)]
            _replace(
                module, node, _inlined(module, node, node.args[before], node.args[before + 1 :])
            )
    module.graph.eliminate_dead_code(is_impure_node=lambda node: node.op != "get_attr")
    module.recompile()


def _name(node: fx.Node) -> str:
    return getattr(node.target, "__name__", "")


def _is_region(node: fx.Node) -> bool:
    if node.op != "call_function":
        return False
    if isinstance(node.target, torch._ops.HigherOrderOperator) and _name(node) == "cond":
        asked: Any = node.args[0]
        return isinstance(asked, fx.Node) and isinstance(asked.meta.get("val"), Tensor)
    return _name(node) in _CONTEXTS


def _inlined(module: fx.GraphModule, node: fx.Node, held: Any, operands: Sequence[Any]) -> Any:
    """The results of the graph that the attribute `held` is, on `operands`, made before `node`."""
    inside = getattr(module, held.target)
    given = [n for n in inside.graph.nodes if n.op == "placeholder"]
    copies: dict[fx.Node, Any] = dict(zip(given, operands, strict=True))
    for name in {n.target for n in inside.graph.nodes if n.op == "get_attr"}:
        new = f"{held.target}_{name}".replace(".", "_")
        setattr(module, new, getattr(inside, name))
        for n in inside.graph.nodes:
            if n.op == "get_attr" and n.target == name:
                n.target = new
    with module.graph.inserting_before(node):
        return module.graph.graph_copy(inside.graph, copies)


def _either(module: fx.GraphModule, node: fx.Node) -> list[fx.Node]:
    """The results of a condition: those of both sides, and at every position one of the two."""
    asked, *sides, operands = node.args
    pairs = zip(*(_inlined(module, node, s, operands) for s in sides), strict=True)  # type: ignore[arg-type]
    results = []
    for pair, value in zip(pairs, node.meta["val"], strict=True):
        with module.graph.inserting_before(node):
            chosen = module.graph.call_function(torch.ops.aten.where.self, (asked, *pair))
        chosen.meta = {**node.meta, "val": value}
        results.append(chosen)
    return results


def _replace(module: fx.GraphModule, node: fx.Node, results: Any) -> None:
    for user in list(node.users):
        if user.target is operator.getitem and isinstance(results, (list, tuple)):
            user.replace_all_uses_with(results[user.args[1]])  # type: ignore[index]
            module.graph.erase_node(user)
    module.graph.erase_node(node)
