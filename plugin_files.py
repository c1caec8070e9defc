"""Files of a user's own: where plug-ins are looked for, and how they are loaded.

A plug-in is a Python file that holds methods, networks, data sets, recipes, finishes, splits or
grids, and may import the files beside it, which serve nobody else (`folder_imports.py`). Files and
folders are named by `--plugin` or by the environment variable `BASINBENCH_PLUGINS`; an installed
package names its modules under the entry-point group `basinbench.plugins`. This needs no torch.
"""

import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from .code_digest import CodeState, code_state, digest_of
from .environment_variables import variables_set
from .errors import UserError
from .folder_imports import BESIDE, FolderImports, is_current, is_ours, mark
from .module_places import place_in
from .standard_output import said_on_stderr
from .torch_settings import settings_kept
from .working_folder import working_folder_kept

VARIABLE = "BASINBENCH_PLUGINS"
"""The environment variable with files and folders of plug-ins, separated as PATH is."""

GROUPS = ("basinbench.plugins", "basinbench.methods")
"""Entry-point groups of modules of installed packages; the second is the older name."""

PREFIX = "basinbench_plugin_"
"""Of the modules that are made of files; the file's name and digest follow."""


@dataclass(frozen=True)
class Plugin:
    """A loaded module, and the digest of its code with that of the files beside it."""

    module: ModuleType
    digest: str

    @property
    def own(self) -> dict[str, object]:
        """What the module itself defines or makes, by its name there, in order."""
        return {name: value for name, value in vars(self.module).items() if self._made(name, value)}

    def _made(self, name: str, value: object) -> bool:
        """Classes and functions say where they were made; other values are the module's own."""
        if name.startswith("__") or isinstance(value, ModuleType):
            return False
        if isinstance(value, type) or callable(value):
            return getattr(value, "__module__", None) == self.module.__name__
        return True


@contextmanager
def plugins(paths: Sequence[Path]) -> Iterator[None]:
    """Within it, `paths` are plug-ins as well, for this process and those that it starts."""
    for path in paths:
        if os.pathsep in str(path):
            raise UserError(f"the path of a plug-in cannot hold {os.pathsep!r}: {path}")
    named = [*_named(), *(str(p.absolute()) for p in paths)]
    with variables_set({VARIABLE: os.pathsep.join(dict.fromkeys(named))}):
        yield


@contextmanager
def plugins_kept() -> Iterator[None]:
    """Within it plug-ins are what they were at its beginning, whatever becomes of the files.

    A run goes on with them while somebody edits, and says what of it cannot.
    """
    _KEPT.append(_KEPT[-1] if _KEPT else {})
    try:
        with suppress(UserError):  # which whoever asks for them is told again
            plugged_in()
        yield
    finally:
        _KEPT.pop()


_KEPT: list[dict[str, tuple[Plugin, ...]]] = []
"""For each `plugins_kept`, what there is by what the variable says."""


def plugged_in() -> tuple[Plugin, ...]:
    """All plug-ins, each once, those of installed packages first; `UserError` as for `load`."""
    if not _KEPT:
        return _plugged_in()
    named = os.environ.get(VARIABLE, "")
    if named not in _KEPT[-1]:
        _KEPT[-1][named] = _plugged_in()
    return _KEPT[-1][named]


def _plugged_in() -> tuple[Plugin, ...]:
    named = (plugin for path in _named() for plugin in load(Path(path)))
    return tuple({p.module.__name__: p for p in (*_installed(), *named)}.values())


def load(path: Path) -> tuple[Plugin, ...]:
    """The plug-in in a file, or those in the files of a folder.

    In a folder, a file may do no more than help the others. Raises `UserError` where there is
    nothing for this package, or a file cannot be imported.
    """
    if not path.exists():
        raise UserError(f"there is no plug-in {short_path(path)}")
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    found = tuple(_load(file, file_state(file)) for file in map(Path.resolve, files))
    if not any(map(_holds_something, found)):
        raise UserError(
            f"plug-in {short_path(path)} holds no method: a subclass of Method, or a function with "
            '@basinbench.method(paper="..."); and no network, data set, recipe, finish or grid'
        )
    return found


def is_present(module: str) -> bool:
    """Whether the module of that name is no plug-in's earlier state, or one that has left."""
    if module.startswith(PREFIX):
        return module in {p.module.__name__ for p in plugged_in()}
    return is_current(module)


def file_state(path: Path) -> CodeState:
    """The state of the code in a file of a user's own, and of all that it may import."""
    return code_state(path, root=path.parent)


def import_file(path: Path, name: str, code: CodeState, what: str = "plug-in") -> ModuleType:
    """The module in the file `path`, whose state is `code`, under `name`.

    What it prints meanwhile goes to standard error. Raises `UserError` where it cannot be
    imported; `what` the file is for, in the sentence.
    """
    if path.suffix != ".py":
        raise UserError(f"{what} {short_path(path)} is no Python file")
    try:
        with said_on_stderr():
            return FolderImports(path.parent, code).run(path, name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise UserError(_why(path, error, what)) from error


def edited_meanwhile(error: BaseException) -> str | None:
    """Why a value of a plug-in cannot be read by a process that began after the file was edited.

    As a sentence; `None` for any other error.
    """
    name = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    if not (name or "").startswith((PREFIX, BESIDE)):
        return None
    file = str(name).removeprefix(PREFIX).rpartition("_")[0] if PREFIX in str(name) else ""
    which = f"the plug-in {file}.py" if file else "a file beside a plug-in"
    return f"{which} was edited since this run began: run the same command again"


def short_path(path: Path | str) -> str:
    """`path` as one would type it: from the current folder, where it lies below that."""
    path, here = Path(path), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def home_of(value: object) -> str:
    """The file that defines a class or a function."""
    name = getattr(value, "__module__", type(value).__module__)
    file = getattr(sys.modules.get(name), "__file__", None)
    return short_path(file) if file else name


def _named() -> list[str]:
    return list(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))


@cache
def _load(path: Path, code: CodeState) -> Plugin:
    """One file; loaded again only when the digest of its `code` is another.

    What it sets for the whole process, others would be measured with: it is put back.
    """

    def told(setting: str) -> None:
        warnings.warn(
            f"plug-in {short_path(path)} sets {setting} of PyTorch for the whole process: it is "
            "put back; set it within the method",
            stacklevel=4,
        )

    def moved() -> None:
        warnings.warn(
            f"plug-in {short_path(path)} changes the current folder for the whole process: it is "
            "put back; take paths from __file__ instead",
            stacklevel=4,
        )

    with settings_kept(told), working_folder_kept(moved):
        module = import_file(path, f"{PREFIX}{path.stem}_{code.digest}", code)
    return _marked(Plugin(module, code.digest))


@cache
def _installed() -> tuple[Plugin, ...]:
    """Those of installed packages; one that cannot be loaded is a warning, not the end."""
    found: list[Plugin] = []
    for entry in (entry for group in GROUPS for entry in entry_points(group=group)):
        version = entry.dist.version if entry.dist else ""
        try:
            value = entry.load()
            module = value if isinstance(value, ModuleType) else sys.modules[value.__module__]
            found.append(_marked(Plugin(module, digest_of(Path(str(module.__file__)), version))))
        except Exception as error:
            warnings.warn(f"plug-in {entry.value} is left out: {error}", stacklevel=2)
    return tuple(found)


def _marked(plugin: Plugin) -> Plugin:
    mark(plugin.module, plugin.digest)
    return plugin


def _holds_something(plugin: Plugin) -> bool:
    """Whether a class, a value or a function's result is one of this package's."""
    return any(_is_ours(value) for value in plugin.own.values())


def _is_ours(value: object) -> bool:
    ours = f"{__package__}."
    if isinstance(value, type):
        return is_ours(value)
    if type(value).__module__.startswith(ours):
        return True
    given = getattr(value, "__annotations__", {}).get("return")
    text = given if isinstance(given, str) else getattr(given, "__module__", "")
    return callable(value) and (text.startswith(ours) or text.endswith(("Dataset", "Grid")))


def _why(path: Path, error: BaseException, kind: str) -> str:
    """The sentence for a file that cannot be imported."""
    if isinstance(error, SyntaxError):
        line = f", line {error.lineno}" if error.lineno else ""
        return f"{kind} {short_path(error.filename or path)}{line}: {error.msg}"
    own = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    place = short_path(path) + (f", line {own[-1]}" if own else "")
    what = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and place_in(path.parent, _first(error.name)):
        what += f"; write `import {error.name}`, which alone looks beside the file"
    return f"{kind} {place}: {what}"


def _first(name: str | None) -> str:
    return (name or "").partition(".")[0]
