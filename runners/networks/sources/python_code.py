"""Networks of Python code: `resnet.py:resnet20`, `package.module:factory`."""

import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

from torch import nn

from ....code_digest import digest_of
from ....errors import UserError, nearest
from ....plugin_files import import_file, short_path
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
    return Source(_made_by(_of_file(path, digest_of(path)), name, short_path(path)), (path,))


def of_module(module: str, name: str, folder: Path) -> Source:
    """What makes networks under `name` in an importable module, also in one below `folder`."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: what lies there hides nothing that is installed
    try:
        known = find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        known = False
    if not known:
        raise UserError(
            f"there is no module {module!r} to import, neither installed nor below {folder}"
        )
    try:
        with settings_kept():
            found = import_module(module)
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


def code_files(*things: object) -> tuple[Path, ...]:
    """The files that define some functions, classes or modules, as far as they have any."""
    names = (getattr(one, "__module__", getattr(one, "__name__", "")) for one in things)
    files = (getattr(sys.modules.get(str(name)), "__file__", None) for name in names)
    return tuple(dict.fromkeys(Path(file) for file in files if file))


@lru_cache(maxsize=32)
def _of_file(path: Path, digest: str) -> ModuleType:
    """The module in a file, loaded again only when its digest is another."""
    with settings_kept():
        return import_file(path, f"{_PREFIX}{path.stem}_{digest}", "the network's file")


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
