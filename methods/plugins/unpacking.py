"""Whether a function can take two networks alone, as its code says."""

import ast
import inspect
import textwrap
from collections.abc import Callable


def unpacks_two(function: Callable[..., object]) -> bool:
    """Whether it assigns `problem.networks` to just two names; `False` where that is not seen."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # a lambda within a line, or a built-in
        return False
    return any(
        isinstance(node.value, ast.Attribute)
        and node.value.attr == "networks"
        and any(_is_pair(target) for target in node.targets)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    )


def _is_pair(target: ast.expr) -> bool:
    if not isinstance(target, (ast.Tuple, ast.List)) or len(target.elts) != 2:
        return False
    return not any(isinstance(element, ast.Starred) for element in target.elts)
