"""The state of a file's code, together with that of the files that it imports."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from .module_places import INSTALLED, is_library, places_on_path, python_files


@dataclass(frozen=True)
class CodeState:
    """8 hex digits of some code, and the files that it stands in, each with its own hash."""

    digest: str
    files: Mapping[Path, str] = field(compare=False)


def digest_of(path: Path, *more: str, root: Path | None = None) -> str:
    """8 hex digits of the code in `path` and in all files that it imports, but for libraries.

    These lie beside it, beside its package, below the folder `root` from which modules are
    imported, or elsewhere on Python's path. Of a package every file counts, as some are imported
    where no text says so; `path` may be the folder of one.
    """
    return code_state(path, *more, root=root).digest


def code_state(path: Path, *more: str, root: Path | None = None) -> CodeState:
    """The digest as `digest_of`, with the files that it is of."""
    content = hashlib.sha256("".join(more).encode())
    files: dict[Path, str] = {}
    for file in _with_imports(path, root):
        code = file.read_bytes()
        content.update(code)
        files[file] = hash_of(code)
    return CodeState(content.hexdigest()[:8], files)


def hash_of(code: bytes) -> str:
    """Of one file alone."""
    return hashlib.sha256(code).hexdigest()


def _with_imports(path: Path, root: Path | None) -> Iterable[Path]:
    """`path`, and the files that it imports, directly or not."""
    found: dict[Path, None] = {}
    listed: dict[Path, list[Path]] = {}

    def below(folder: Path) -> Iterable[Path]:
        """Its files, once: a package is named by each of its files, and by many imports."""
        if folder in listed:
            return ()
        listed[folder] = list(python_files(folder))
        return listed[folder]

    waiting = [path] if path.is_file() else list(below(path))
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found[file] = None
        package = _package(file)
        if package is not None:
            waiting += below(package)
            if not set(INSTALLED).isdisjoint(file.parts):
                continue  # what a library imports is libraries
        homes = [package.parent] if package is not None else []
        if root is not None and file.is_relative_to(root):
            homes.append(root)
        for level, name in imported(file.read_bytes()):
            relative = level - 1 if 0 < level <= len(file.parents) else 0
            near = dict.fromkeys((file.parents[relative], *(() if level else homes)))
            beside = [f for home in near for f in (*_modules(home, name), *below(home / name))]
            waiting += beside
            if not level and not beside and not any(listed[home / name] for home in near):
                for place in _own_places(name):
                    waiting += [place] if place.is_file() else below(place)
    return found


def _modules(folder: Path, name: str) -> list[Path]:
    """The files in `folder` that are the module `name`."""
    named = (folder / f"{name}{suffix}" for suffix in (".py", *EXTENSION_SUFFIXES))
    return [file for file in named if file.is_file()]


def _own_places(name: str) -> tuple[Path, ...]:
    """Where Python's path has the module, if that is code of a user's own and no library."""
    return () if is_library(name) else places_on_path(name)


def _package(file: Path) -> Path | None:
    """The folder of the outermost package that a file belongs to."""
    found = None
    for folder in file.parents:
        if not (folder / "__init__.py").is_file():
            break
        found = folder
    return found


@lru_cache(maxsize=1024)
def imported(code: bytes) -> tuple[tuple[int, str], ...]:
    """The first words of all modules that the code imports; the names too in `from . import`.

    Before each stands how many dots do; none are known of code that is no Python.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return ()  # the import will say so
    names: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(0, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = [node.module] if node.module else [alias.name for alias in node.names]
            names |= {(node.level, name) for name in inside}
    return tuple(sorted({(level, name.partition(".")[0]) for level, name in names}))
