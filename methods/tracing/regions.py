"""Regions of a graph that run without gradients or in another precision, written out in place."""

import operator
from typing import Any

from torch import fx

_CONTEXTS = {"wrap_with_set_grad_enabled": 1, "wrap_with_autocast": 4}
"""Operator that holds a graph -> how many of its arguments stand before that graph.

Neither changes which units are which: without gradients the numbers are the same, and without the
lower precision of autocast they are better ones.
"""


def inline_regions(module: fx.GraphModule) -> None:
    """Replace every such region of `module` by the nodes of its graph, also regions in regions."""
    while node := next(filter(_is_region, module.graph.nodes), None):
        _inline(module, node)
    module.graph.eliminate_dead_code(is_impure_node=lambda node: node.op != "get_attr")
    module.recompile()


def _is_region(node: fx.Node) -> bool:
    return node.op == "call_function" and getattr(node.target, "__name__", "") in _CONTEXTS


def _inline(module: fx.GraphModule, node: fx.Node) -> None:
    before = _CONTEXTS[node.target.__name__]  # type: ignore[union-attr]
    held: Any = node.args[before]
    inside = getattr(module, held.target)
    given = [n for n in inside.graph.nodes if n.op == "placeholder"]
    copies: dict[fx.Node, Any] = dict(zip(given, node.args[before + 1 :], strict=True))
    for name in {n.target for n in inside.graph.nodes if n.op == "get_attr"}:
        new = f"{held.target}_{name}".replace(".", "_")
        setattr(module, new, getattr(inside, name))
        for n in inside.graph.nodes:
            if n.op == "get_attr" and n.target == name:
                n.target = new
    with module.graph.inserting_before(node):
        results = module.graph.graph_copy(inside.graph, copies)
    for user in list(node.users):
        if user.target is operator.getitem and isinstance(results, (list, tuple)):
            user.replace_all_uses_with(results[user.args[1]])  # type: ignore[index]
            module.graph.erase_node(user)
    module.graph.erase_node(node)
