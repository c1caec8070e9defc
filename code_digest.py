"""A digest of a file's code, together with that of the files beside it that it imports."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

_INSTALLED = ("site-packages", "dist-packages")


def digest_of(path: Path, *more: str, root: Path | None = None) -> str:
    """8 hex digits of the code in `path` and in all files that it imports, but for libraries.

    These lie beside it, beside its package, or below the folder `root` from which modules are
    imported. Of a package every file counts, as some are imported where no text says so.
    """
    content = hashlib.sha256("".join(more).encode())
    for file in _with_imports(path, root):
        content.update(file.read_bytes())
    return content.hexdigest()[:8]


def _with_imports(path: Path, root: Path | None) -> Iterable[Path]:
    """`path`, and the files beside it that it imports, directly or not."""
    found, waiting = {}, [path]
    listed: set[Path] = set()

    def below(folder: Path) -> Iterable[Path]:
        """Its files, once: a package is named by each of its files, and by many imports."""
        if folder in listed:
            return ()
        listed.add(folder)
        return _files(folder)

    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found[file] = None
        package = _package(file)
        if package is not None:
            waiting += below(package)
            if not set(_INSTALLED).isdisjoint(file.parts):
                continue  # what a library imports is libraries
        homes = [package.parent] if package is not None else []
        if root is not None and file.is_relative_to(root):
            homes.append(root)
        for level, name in _imported(file.read_bytes()):
            relative = level - 1 if 0 < level <= len(file.parents) else 0
            for home in dict.fromkeys((file.parents[relative], *(() if level else homes))):
                beside = (home / f"{name}.py", *below(home / name))
                waiting += [other for other in beside if other.is_file()]
    return found


def _package(file: Path) -> Path | None:
    """The folder of the outermost package that a file belongs to."""
    found = None
    for folder in file.parents:
        if not (folder / "__init__.py").is_file():
            break
        found = folder
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The Python files below `folder`, but for environments that lie there."""
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder).parts
        if set(_INSTALLED).isdisjoint(inside) and not any(part.startswith(".") for part in inside):
            yield file


@lru_cache(maxsize=1024)
def _imported(code: bytes) -> tuple[tuple[int, str], ...]:
    """The first words of all modules that the code imports; the names too in `from . import`.

    Before each stands how many dots do.
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
