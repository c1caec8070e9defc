"""Which state of a method's code measured a cell: a digest of its module and of those it uses."""

import ast
import hashlib
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

from ... import methods
from ...datasets.splits import Split
from ...methods.base import Method
from ...results.facts import canonical
from ..cells.agreement import AgreementCell
from ..cells.transfer import AnyCell
from ..finishes import Finish
from ..keys import kind_of
from ..networks.base import Architecture

ROOT = Path(str(methods.__file__)).parent
"""Modules below it are followed: what methods are made of. Libraries have versions of their own."""

_KINDS = {"method": Method, "finish": Finish, "network": Architecture, "split": Split}
"""What plug-ins bring, by what it is called in a record."""


def code_of(cell: AnyCell) -> str:
    """The digest of the code of the cell's methods."""
    return code_digest(cell.method, *([cell.reference] if isinstance(cell, AgreementCell) else ()))


def plugins_of(cell: AnyCell) -> str | None:
    """JSON of what the cell has from plug-ins, each with the hash of its code; `None` of nothing.

    Recipes are not among it: their records state them in full.
    """
    found = dict(_from_plugins(cell))
    return canonical(found) if found else None


def _from_plugins(value: object) -> Iterator[tuple[str, str]]:
    if is_dataclass(value) and not isinstance(value, type):
        if digest := getattr(type(value), "digest", ""):
            forms = (what for what, form in _KINDS.items() if isinstance(value, form))
            yield f"{next(forms, 'part')} {kind_of(value)}", digest
        for each in fields(value):
            yield from _from_plugins(getattr(value, each.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _from_plugins(item)


@cache
def code_digest(*used: Method) -> str:
    """8 hex digits of the code of all methods `used`, and of those among their fields.

    What does not run does not count: comments, docstrings, blank lines. A plug-in counts by its own
    digest, which its key holds too, and by the interface that it is written to.
    """
    found: set[Path] = set()
    own: list[str] = []
    for method in used:
        for each in _with_inner(method):
            own.append(type(each).digest)
            file = Path(str(getattr(sys.modules[type(each).__module__], "__file__", "")))
            found |= _used_by(file if file.is_relative_to(ROOT) else ROOT / "base.py")
    whole = hashlib.sha256("".join(sorted(own)).encode())
    for path in sorted(found):
        whole.update(_code(path).encode())
    return whole.hexdigest()[:8]


def _with_inner(value: object) -> Iterator[Method]:
    """The methods that `value` is or has among its fields."""
    if isinstance(value, Method):
        yield value
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _with_inner(getattr(value, each.name))
    if isinstance(value, tuple):
        for item in value:
            yield from _with_inner(item)


@cache
def _used_by(path: Path) -> frozenset[Path]:
    """`path`, and the modules below `ROOT` that it imports, directly or not."""
    found, waiting = set(), [path]
    while waiting:
        if (file := waiting.pop()) not in found:
            found.add(file)
            waiting += _imports(file)
    return frozenset(found)


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """The modules below `ROOT` that the code in `path` imports."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = path.parents[node.level - 1]
            base = package.joinpath(*(node.module or "").split(".")) if node.module else package
            found += _modules(base, (alias.name for alias in node.names))
    return tuple(file for file in found if file.is_relative_to(ROOT))


def _modules(base: Path, names: Iterable[str]) -> Iterator[Path]:
    """The files from which `from base import names` takes them, a package's face looked through."""
    if (module := base.with_suffix(".py")).is_file():
        yield module
        return
    for name in names:
        if (module := base / f"{name}.py").is_file():
            yield module
        elif (face := base / "__init__.py").is_file():
            yield from _behind(face, name)


def _behind(face: Path, name: str) -> Iterator[Path]:
    """The file from which the face of a package takes `name`; the face itself where it has it."""
    for node in ast.walk(ast.parse(face.read_bytes())):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            package = face.parents[node.level - 1]
            yield from _modules(package.joinpath(*(node.module or "").split(".")), [name])
            return
    yield face


@cache
def _code(path: Path) -> str:
    """The lines of `path` without comments and docstrings, which are the same to every Python."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        match node:  # a text that stands for itself, as docstrings do
            case ast.Expr(value=ast.Constant(value=str())):
                for row in range(node.lineno - 1, node.end_lineno or node.lineno):
                    lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())
