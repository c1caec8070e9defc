"""Methods of your own: from a file, from a folder of files, or from an installed package.

A file holds subclasses of `Method` or functions decorated with `method`, and may import the files
beside it. Folders and files are named by `--plugin` or by the environment variable
`BASINBENCH_PLUGINS`; a package names its modules under the entry-point group `basinbench.methods`.
"""

import ast
import hashlib
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from inspect import isabstract
from pathlib import Path
from types import ModuleType

from ...errors import UserError
from ..base import Method
from .function import is_plain
from .search_path import VARIABLE

Methods = dict[str, type[Method]]

GROUP = "basinbench.methods"
"""The entry-point group under which installed packages name modules with methods."""


def plugged_in() -> Methods:
    """The methods of all plug-ins by their names, those of installed packages first."""
    found = dict(_installed())
    for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        join(found, load_plugin(Path(path)))
    return found


def load_plugin(path: Path) -> Methods:
    """The methods in a file, or in the files of a folder, by their names.

    In a folder, files without a method may help the others. Raises `UserError` where there is no
    method, a file cannot be imported, or what it defines cannot be a method.
    """
    if not path.exists():
        raise UserError(f"there is no plug-in {short_path(path)}")
    found: Methods = {}
    for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
        join(found, _load(file.resolve(), digest_of(file.resolve())))
    if not found:
        raise UserError(
            f"plug-in {short_path(path)} holds no method: a subclass of Method, or a function with "
            '@basinbench.method(paper="...")'
        )
    return found


def join(known: Methods, more: Mapping[str, type[Method]]) -> None:
    """Add `more` to the `known` methods, in place; `UserError` where two have one name."""
    for name, method in more.items():
        if known.setdefault(name, method) is not method:
            raise UserError(
                f"two methods are called {name!r}: in {_home(known[name])} and in {_home(method)}"
            )


def methods_of(module: ModuleType) -> list[type[Method]]:
    """The concrete methods that `module` itself defines."""
    return [
        value
        for value in dict.fromkeys(v for v in vars(module).values() if isinstance(v, type))
        if issubclass(value, Method) and not isabstract(value)
        if value.__module__ == module.__name__
    ]


@cache
def _load(path: Path, digest: str) -> Methods:
    """The methods of one file; loaded again only when its `digest` is another."""
    return _checked_methods(import_file(path, f"basinbench_plugin_{path.stem}_{digest}"), digest)


@cache
def _installed() -> Methods:
    """The methods of installed packages; one that cannot be loaded is a warning, not the end."""
    found: Methods = {}
    for entry in entry_points(group=GROUP):
        version = entry.dist.version if entry.dist else ""
        try:
            value = entry.load()
            module = value if isinstance(value, ModuleType) else sys.modules[value.__module__]
            digest = digest_of(Path(str(module.__file__)), version)
            join(found, _checked_methods(module, digest))
        except Exception as error:
            warnings.warn(f"plug-in {entry.value} is left out: {error}", stacklevel=2)
    return found


def _checked_methods(module: ModuleType, digest: str) -> Methods:
    found: Methods = {}
    for method in methods_of(module):
        method.digest = digest
        if fault := _fault(method):
            raise UserError(f"plug-in {_home(method)}: {method.__name__} {fault}")
        join(found, {method.name: method})
    unfinished = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Method) and isabstract(value)
        if value.__module__ == module.__name__
    ]
    if unfinished and not found:
        raise UserError(
            f"plug-in {_home(unfinished[0])}: {unfinished[0].__name__} is no method yet: "
            f"it lacks {', '.join(sorted(unfinished[0].__abstractmethods__))}"
        )
    return found


def _fault(method: type[Method]) -> str | None:
    """Why a class cannot stand in a grid, as the rest of a sentence; `None` when it can."""
    for part in ("name", "paper"):
        if not isinstance(getattr(method, part, None), str):
            return f"has no `{part}`: give it a class variable `{part}: ClassVar[str]`"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", method.name):
        return f"has the name {method.name!r}; take small letters, digits and dashes"
    if not is_dataclass(method) or not method.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return "is no frozen dataclass: put @dataclass(frozen=True) before it"
    try:
        value = method()
    except Exception as error:
        return f"cannot be made without arguments, as the grids do: {error}"
    if not is_plain(value):
        return "has a field whose default is not a number, a string, a boolean, None or a tuple"
    return None


def _home(method: type[Method]) -> str:
    """The file that defines `method`."""
    file = getattr(sys.modules.get(method.__module__), "__file__", None)
    return short_path(file) if file else method.__module__


def import_file(path: Path, name: str) -> ModuleType:
    """The module in the file `path`, under `name`; `UserError` where it cannot be imported."""
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"plug-in {short_path(path)} is no Python file")
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # last: the files beside it hide nothing installed
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UserError(_why(path, error)) from error
    return module


def short_path(path: Path | str) -> str:
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
        return f"plug-in {short_path(error.filename or path)}{line}: {error.msg}"
    own = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    place = short_path(path) + (f", line {own[-1]}" if own else "")
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
