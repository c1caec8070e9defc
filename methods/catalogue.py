"""The methods that come with the package, found by looking: a new file here is a new method."""

from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

from .base import Method
from .errors import nearest


@cache
def methods() -> dict[str, type[Method]]:
    """Every concrete method of this package by its name, in alphabetical order."""
    package = __name__.rpartition(".")[0]
    modules = [
        import_module(f"{package}.{module.name}")
        for module in iter_modules(import_module(package).__path__)
    ]
    found = {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Method)
        and not isabstract(value)
        and value.__module__ == module.__name__
    }
    return dict(sorted(found.items()))


def method(name: str) -> type[Method]:
    """The method called `name`; `UserError` with the nearest name when there is none."""
    known = methods()
    if name not in known:
        raise nearest("method", name, known)
    return known[name]
