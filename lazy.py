"""Public names that are loaded when they are first asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules


def lazy(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose public `homes` are name -> module.

    Importing the package imports none of them: `basinbench --help` must not wait for torch. The
    names are the package's `__all__`, so that what reads docstrings finds them.
    """
    modules[package].__all__ = sorted(homes)  # type: ignore[attr-defined]

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name], package), name)
        setattr(modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(modules[package]), *homes})

    return get, names
