"""Where modules lie: in a folder of a user's own, elsewhere on Python's path, or in a library."""

import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed libraries, wherever they lie."""


def place_in(folder: Path, name: str) -> Path | None:
    """The file, or the folder of a package, that is the module `name` (no dots) in `folder`."""
    if (folder / name / "__init__.py").is_file():
        return folder / name
    for suffix in (*EXTENSION_SUFFIXES, ".py"):
        if (file := folder / f"{name}{suffix}").is_file():
            return file
    return folder / name if next(python_files(folder / name), None) else None


def is_loose(place: Path) -> bool:
    """Whether it is a folder without an `__init__.py`: any other module of the name comes first."""
    return place.is_dir() and not (place / "__init__.py").is_file()


def python_files(folder: Path) -> Iterator[Path]:
    """The Python files below `folder`, in order, but for environments that lie there."""
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder).parts
        if set(INSTALLED).isdisjoint(inside) and not any(part.startswith(".") for part in inside):
            yield file


def places_on_path(name: str) -> tuple[Path, ...]:
    """The file, or the folders, of the module `name` (no dots) that Python's path has."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return ()
    if spec is None:
        return ()
    if spec.submodule_search_locations:
        return tuple(Path(folder) for folder in spec.submodule_search_locations)
    return (Path(spec.origin),) if spec.has_location and spec.origin else ()


def is_library(name: str) -> bool:
    """Whether `name` (no dots) is a module of Python, of this package or of an installed one."""
    if name in sys.stdlib_module_names or name in (__package__, "__main__"):
        return True
    return any(map(lies_in_library, places_on_path(name)))


def lies_in_library(path: Path) -> bool:
    """Whether the file or folder is Python's own or installed."""
    if not set(INSTALLED).isdisjoint(path.parts):
        return True
    return any(path.is_relative_to(folder) for folder in _library_folders())


@cache
def _library_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple(Path(paths[name]) for name in names if name in paths)
