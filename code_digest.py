"""A digest of a file's code, together with that of the files beside it that it imports."""

import ast
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path


def digest_of(path: Path, *more: str) -> str:
    """8 hex digits of the code in `path` and in all files beside it that it imports."""
    content = hashlib.sha256("".join(more).encode())
    for file in _with_imports(path):
        content.update(file.read_bytes())
    return content.hexdigest()[:8]


def _with_imports(path: Path) -> Iterable[Path]:
    """`path`, and the files beside it that it imports, directly or not."""
    found, waiting = {}, [path]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found[file] = None
        for name in _imported(file.read_bytes()):
            beside = (file.parent / f"{name}.py", *sorted((file.parent / name).rglob("*.py")))
            waiting += [other for other in beside if other.is_file()]
    return found


@lru_cache(maxsize=1024)
def _imported(code: bytes) -> tuple[str, ...]:
    """The first words of all modules that the code imports; the names too in `from . import`."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return ()  # the import will say so
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    return tuple(sorted({name.partition(".")[0] for name in names}))
