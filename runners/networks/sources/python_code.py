"""Networks of Python code: `resnet.py:resnet20`, `package.module:factory`."""

import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

from torch import nn

from ....code_digest import CodeState, code_state, digest_of
from ....errors import UserError, nearest
from ....folder_imports import FolderImports
from ....module_places import is_library, is_loose, place_in, places_on_path
from ....plugin_files import file_state, import_file, short_path
from ....standard_output import said_on_stderr
from ....torch_settings import settings_kept
from .source import Source

_IMPORTED: WeakKeyDictionary[ModuleType, str] = WeakKeyDictionary()
"""Modules, and the state of their code at first sight."""

_PREFIX = "basinbench_network_"
"""Of the modules that are made of files; the file's name and digest follow."""


def of_file(path: Path, name: str) -> Source:
    """What makes networks under `name` in a Python file."""
    if not path.is_file():
        raise UserError(f"there is no file {short_path(path)} with a network {name!r}")
    path = path.resolve()
    make = _made_by(_of_file(path, file_state(path)), name, short_path(path))
    return Source(make, (path,), root=path.parent)


def of_module(module: str, name: str, folder: Path) -> Source:
    """What makes networks under `name` in an importable module, also in one below `folder`."""
    folder = folder.resolve()
    first = module.partition(".")[0]
    below = None if is_library(first) else _file_below(folder, module)
    try:
        if below is not None:
            found = _of_folder(folder, module, code_state(below, root=folder))
        elif is_library(first) or places_on_path(first):
            with settings_kept():
                found = import_module(module)
        else:
            raise UserError(
                f"there is no module {module!r} to import, neither installed nor below {folder}"
            )
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {error}"
        raise UserError(f"the module {module!r} cannot be imported ({what})") from error
    make = _made_by(found, name, module)
    files = code_files(make, found)
    state = "".join(digest_of(file, root=folder) for file in files)
    if _IMPORTED.setdefault(found, state) != state:
        raise UserError(
            f"the code of {module!r} has changed since it was imported, and Python goes on with "
            "what it was: start it anew"
        )
    return Source(make, files, root=folder)


def _file_below(folder: Path, module: str) -> Path | None:
    """The file, or the folder without one of its own, that is the module below `folder`."""
    place: Path | None = folder
    for name in module.split("."):
        place = place_in(place, name) if place is not None and place.is_dir() else None
    if place is not None and place.is_dir() and not is_loose(place):
        return place / "__init__.py"
    return place


def code_files(*things: object) -> tuple[Path, ...]:
    """The files that define some functions, classes or modules, as far as they have any."""
    names = (getattr(one, "__module__", getattr(one, "__name__", "")) for one in things)
    files = (getattr(sys.modules.get(str(name)), "__file__", None) for name in names)
    return tuple(dict.fromkeys(Path(file) for file in files if file))


@lru_cache(maxsize=32)
def _of_file(path: Path, code: CodeState) -> ModuleType:
    """The module in a file, loaded again only when the digest of its `code` is another."""
    with settings_kept():
        return import_file(path, f"{_PREFIX}{path.stem}_{code.digest}", code, "the network's file")


@lru_cache(maxsize=32)
def _of_folder(folder: Path, module: str, code: CodeState) -> ModuleType:
    """The module of that name below a folder, loaded again only when its digest is another."""
    with settings_kept(), said_on_stderr():
        return FolderImports(folder, code).module(module)


def _made_by(module: ModuleType, name: str, where: str) -> Callable[..., object]:
    """The function or class called `name`, which makes networks."""
    try:
        found = attrgetter(name)(module)
    except AttributeError:
        public = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
        fault = nearest("network", name, public)
        raise UserError(f"{where}: {fault}") from None
    if not callable(found) or isinstance(found, nn.Module):
        raise UserError(
            f"{name!r} in {where} is {type(found).__name__}, and no function or class that makes "
            "a network"
        )
    return found
