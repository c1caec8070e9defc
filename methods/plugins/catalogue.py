"""All methods: those of this package, found by looking, and those of plug-ins."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ...plugin_things import join, nearest_known
from ..base import Method
from .loader import methods_of, plugged_methods


@cache
def built_in() -> dict[str, type[Method]]:
    """Every concrete method of this package by its name: a new file here is a new method."""
    package = __name__.rsplit(".", 2)[0]
    modules = [
        import_module(f"{package}.{module.name}")
        for module in iter_modules(import_module(package).__path__)
        if not module.ispkg  # sub-packages hold what methods are made of
    ]
    return {method.name: method for module in modules for method in methods_of(module)}


def methods() -> dict[str, type[Method]]:
    """Every method by its name, in alphabetical order, those of plug-ins among them."""
    found = dict(built_in())
    join(found, plugged_methods(), "method")
    return dict(sorted(found.items()))


def find_method(name: str) -> type[Method]:
    """The method called `name`; `UserError` with the nearest name when there is none."""
    if name in built_in():  # without a look at plug-ins, which may need what is being imported
        return built_in()[name]
    known = methods()
    if name not in known:
        raise nearest_known("method", name, known)
    return known[name]
