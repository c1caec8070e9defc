"""Methods of your own: from a file, from a folder of files, or from an installed package.

A plug-in's methods are subclasses of `Method` and functions decorated with `method`;
`plugin_files.py` says where plug-ins are looked for.
"""

from inspect import isabstract
from pathlib import Path
from types import ModuleType

from ...plugin_files import load
from ...plugin_things import plugged_classes
from ..base import Method

Methods = dict[str, type[Method]]

PARTS = ("name", "paper")


def plugged_methods() -> Methods:
    """The methods of all plug-ins by their names, those of installed packages first."""
    return plugged_classes(Method, "method", PARTS)


def load_plugin(path: Path) -> Methods:
    """The methods in a file, or in the files of a folder, by their names.

    Raises `UserError` where there is nothing for this package, a file cannot be imported, or what
    it defines cannot be a method.
    """
    return plugged_classes(Method, "method", PARTS, load(path))


def methods_of(module: ModuleType) -> list[type[Method]]:
    """The concrete methods that `module` itself defines."""
    return [
        value
        for value in dict.fromkeys(v for v in vars(module).values() if isinstance(v, type))
        if issubclass(value, Method) and not isabstract(value)
        if value.__module__ == module.__name__
    ]
