"""A Python file from anywhere as a module, and the hash of the code that it runs."""

import ast
import hashlib
import sys
import traceback
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from ..errors import UserError


def import_file(path: Path, name: str) -> ModuleType:
    """The module in the file `path`, under `name`; `UserError` where it cannot be imported."""
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"plug-in {shown(path)} is no Python file")
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # last: the files beside it hide nothing installed
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UserError(_why(path, error)) from error
    return module


def shown(path: Path | str) -> str:
    """`path` as one would type it: from the current folder, where it lies below that."""
    path, here = Path(path), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def digest_of(path: Path, *more: str) -> str:
    """8 hex digits of the code in `path` and in all files beside it that it imports."""
    content = hashlib.sha256("".join(more).encode())
    for file in _with_imports(path):
        content.update(file.read_bytes())
    return content.hexdigest()[:8]


def _why(path: Path, error: BaseException) -> str:
    """The sentence for a plug-in that cannot be imported."""
    if isinstance(error, SyntaxError):
        line = f", line {error.lineno}" if error.lineno else ""
        return f"plug-in {shown(error.filename or path)}{line}: {error.msg}"
    own = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    place = shown(path) + (f", line {own[-1]}" if own else "")
    what = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return f"plug-in {place}: {what}"


def _with_imports(path: Path) -> Iterable[Path]:
    """`path`, and the files beside it that it imports, directly or not."""
    found, waiting = {}, [path]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found[file] = None
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue  # the import will say so
        for name in sorted(_imported(tree)):
            beside = (file.parent / f"{name}.py", *sorted((file.parent / name).rglob("*.py")))
            waiting += [other for other in beside if other.is_file()]
    return found


def _imported(tree: ast.AST) -> set[str]:
    """The first words of all modules that the code imports; the names too in `from . import`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    return {name.partition(".")[0] for name in names}
