"""Imports by files of a user's own: the files beside them serve them, and nobody else.

Their folder is never on Python's path, where any library that looks for a module of some name
would find it. What they import from it has a name of its own among the modules, by the folder and
the state of the code: two folders may each have a `helper.py`, and one that was edited is another.
Code runs only as it was counted (`code_digest.py`).
"""

import builtins
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from .code_digest import CodeState, code_state, hash_of, imported
from .errors import UserError
from .module_places import is_library, is_loose, lies_in_library, place_in

BESIDE = "basinbench_beside_"
"""Of the packages that stand for a user's folders; a hash of its path and a digest follow."""

ITSELF = __file__
"""Which stands in the traceback of every import that fails."""


class FolderImports:
    """What the files of `code`, which import each other, may import from `folder`."""

    def __init__(self, folder: Path, code: CodeState):
        self._folder = folder
        self._code = code
        self._packages: dict[str, str | None] = {}
        self.builtins = {**vars(builtins), "__import__": self._import}
        for file in code.files:
            if file.is_relative_to(folder):
                for level, name in imported(file.read_bytes()):
                    if not level:
                        self._place(name, short=file.name)

    def run(self, path: Path, name: str) -> ModuleType:
        """The module in the file `path`, under `name`; raises whatever its code does.

        Python's path is afterwards what it was. Raises `UserError` where it imported code of the
        user's own that does not count, whose edits would go unseen.
        """
        loader = _CountedLoader(name, str(path), self)
        spec = ModuleSpec(name, loader, origin=str(path))
        spec.has_location = True
        with _path_kept(), self._all_counted():
            module = sys.modules[name] = module_from_spec(spec)
            try:
                loader.exec_module(module)
            except BaseException:
                del sys.modules[name]
                raise
        return module

    def module(self, name: str) -> ModuleType:
        """The module `name`, which may have dots, of the folder."""
        package = self._package(name.partition(".")[0])
        if package is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        with _path_kept(), self._all_counted(), _own_names(package):
            return import_module(f"{package}.{name}")

    def demand_counted(self, path: Path, found: str) -> None:
        """`UserError` unless the file, whose hash is `found`, counts and is as it was then."""
        if path not in self._code.files:
            raise UserError(_uncounted(path.name, path))
        if found != self._code.files[path]:
            raise UserError(f"{path} was edited since this run began; run it again")

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__` of every file of the folder."""
        first = name.partition(".")[0]
        package = None if level else self._package(first)
        if package is None:
            found = builtins.__import__(name, globals, locals, fromlist or (), level)
            if not level and first not in self._packages:
                self._demand_counted_modules({first, name})
                self._packages[first] = None
            return found
        with _own_names(package):
            if fromlist:
                return builtins.__import__(f"{package}.{name}", globals, locals, fromlist, 0)
            import_module(f"{package}.{name}")
        return sys.modules[f"{package}.{first}"]

    def _place(self, name: str, short: str = "") -> Path | None:
        """Where the folder has the module `name`, unless it is a library's alone.

        `UserError` where it is both: nobody knows which is meant. `short`: of the file that asks.
        """
        place = place_in(self._folder, name)
        if place is None or not is_library(name):
            return place
        if is_loose(place):
            return None
        raise UserError(
            f"{short or 'a file'} in {self._folder} imports {name!r}, which is an installed module "
            f"and {place.name} beside it as well: rename {place.name}"
        )

    def _package(self, name: str) -> str | None:
        """The package that stands for the folder where `name` is imported; `None` elsewhere."""
        if name in self._packages:
            return self._packages[name]
        place = self._place(name)
        if place is None:
            return None
        code = self._code if is_loose(place) else code_state(place, root=self._folder)
        for file, found in code.files.items():
            self.demand_counted(file, found)
        where = hashlib.sha256(str(self._folder).encode()).hexdigest()[:8]
        package = self._packages[name] = f"{BESIDE}{where}_{code.digest}"
        if package not in _FOLDERS:
            _FOLDERS[package] = self
            _PLACES[package] = place
            spec = ModuleSpec(package, None, is_package=True)
            spec.submodule_search_locations = [str(self._folder)]
            sys.modules[package] = module_from_spec(spec)
        return package

    @contextmanager
    def _all_counted(self) -> Iterator[None]:
        """`UserError` at its end where a module came that does not count; it goes again."""
        before = set(sys.modules)
        try:
            yield
            self._demand_counted_modules(set(sys.modules) - before)
        except BaseException:
            for name in filter(_own_file, set(sys.modules) - before):
                sys.modules.pop(name, None)
            raise

    def _demand_counted_modules(self, names: set[str]) -> None:
        for name in sorted(names):
            file = _own_file(name)
            if file is not None and file not in self._code.files:
                raise UserError(_uncounted(name, file))


class _CountedLoader(SourceFileLoader):
    """Runs the code that was counted, with the imports of its folder; keeps no compiled code."""

    def __init__(self, name: str, path: str, folder: FolderImports):
        super().__init__(name, path)
        self._folder = folder

    def get_code(self, fullname: str):  # type: ignore[override]
        path = self.get_filename(fullname)
        content = self.get_data(path)
        self._folder.demand_counted(Path(path), hash_of(content))
        return self.source_to_code(content, path)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._folder.builtins
        super().exec_module(module)
        if module.__name__.startswith(BESIDE):
            mark(module, module.__name__.partition(".")[0].rpartition("_")[2])


class _Finder:
    """Finds the modules of the packages that stand for folders."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del target
        package, _, name = fullname.rpartition(".")
        folder = _FOLDERS.get(package.partition(".")[0])
        if folder is None:
            return None
        places = (place_in(Path(each), name) for each in path or ())
        place = next(filter(None, places), None)
        if place is None:
            return None
        if is_loose(place):
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(place)]
            return spec
        inside = [str(place)] if place.is_dir() else None
        file = place / "__init__.py" if inside else place
        if file.suffix == ".py":
            loader = _CountedLoader(fullname, str(file), folder)
        else:
            folder.demand_counted(file, hash_of(file.read_bytes()))
            loader = ExtensionFileLoader(fullname, str(file))
        return spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=inside
        )


_FOLDERS: dict[str, FolderImports] = {}
"""Packages that stand for folders, and by whose code their files count."""

_PLACES: dict[str, Path] = {}
"""Packages that stand for folders, and what was imported from there first."""

sys.meta_path.insert(0, _Finder)  # the usual ones would find the files as well, and run any code


def mark(module: ModuleType, digest: str) -> None:
    """Every class of values that `module` defines has the digest, which then stands in its keys."""
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == module.__name__ and is_ours(value):
            names = {f.name for f in fields(value)} if is_dataclass(value) else set()
            if "digest" not in names:
                value.digest = digest  # type: ignore[attr-defined]


def is_current(module: str) -> bool:
    """Whether the code beside a plug-in that is the module of that name is still what it was."""
    package = module.partition(".")[0]
    place = _PLACES.get(package)
    if place is None or is_loose(place):
        return True
    return place.exists() and package.endswith(code_state(place, root=place.parent).digest)


@contextmanager
def _path_kept() -> Iterator[None]:
    before = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _own_names(package: str) -> Iterator[None]:
    """A module that is not found is called as the user does."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(f"{package}."):
            raise
        name = str(error.name).removeprefix(f"{package}.")
        raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None


def _own_file(name: str) -> Path | None:
    """The file of the module, where it is code of the user's own on Python's path."""
    if name.partition(".")[0] in (__package__, "__main__", "__mp_main__"):
        return None
    if name.startswith(f"{__package__}_"):  # counted as they are run
        return None
    file = getattr(sys.modules.get(name), "__file__", None)
    path = Path(file) if isinstance(file, str) else None
    if path is None or path.suffix != ".py" or not path.is_file():
        return None
    return None if lies_in_library(path) else path


def is_ours(form: type) -> bool:
    """Whether the class is below one of this package's."""
    return any(base.__module__.startswith(f"{__package__}.") for base in form.__mro__)


def _uncounted(name: str, file: Path) -> str:
    return (
        f"imports {name} from {file}, an edit of which would go unnoticed: put it beside the file "
        "that imports it and write an import statement, without a change of sys.path"
    )
