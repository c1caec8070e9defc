"""What plug-ins bring: the classes, values and functions of one kind, by their names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from inspect import isabstract, isfunction
from typing import TypeVar, get_type_hints

from .errors import UserError, nearest
from .plugin_files import Plugin, home_of, plugged_in

T = TypeVar("T")

NAME = r"[a-z0-9][a-z0-9-]*"


def plugged_classes(
    base: type[T], what: str, parts: Sequence[str], of: Iterable[Plugin] | None = None
) -> dict[str, type[T]]:
    """The concrete classes below `base` in plug-ins (default: all), by their first of `parts`.

    `parts` are the class variables that each has, texts: the first is its name. Raises `UserError`
    for a class that cannot stand in a grid, and where two are called alike. `what` is what one is.
    """
    return dict(_classes(base, what, tuple(parts), _among(of)))


@cache
def _classes(
    base: type[T], what: str, parts: tuple[str, ...], of: tuple[Plugin, ...]
) -> dict[str, type[T]]:
    found: dict[str, type[T]] = {}
    for plugin in of:
        classes = classes_below(base, plugin.own.values())
        concrete = [form for form in classes if not isabstract(form)]
        for form in concrete:
            if fault := _fault(form, parts):
                raise UserError(f"plug-in {home_of(form)}: {form.__name__} {fault}")
            join(found, {getattr(form, parts[0]): form}, what)
        if classes and not concrete:
            unfinished = classes[0]
            lacking = ", ".join(sorted(unfinished.__abstractmethods__))  # type: ignore[attr-defined]
            raise UserError(
                f"plug-in {home_of(unfinished)}: {unfinished.__name__} is no {what} yet: "
                f"it lacks {lacking}"
            )
    return found


def classes_below(base: type[T], values: Iterable[object]) -> list[type[T]]:
    """The classes among `values` that are below `base`, each once."""
    classes = dict.fromkeys(value for value in values if isinstance(value, type))
    return [form for form in classes if issubclass(form, base) and form is not base]


def plugged_values(form: type[T], what: str, of: Iterable[Plugin] | None = None) -> dict[str, T]:
    """The values of the class `form` that plug-ins make, by their own `name`."""
    found: dict[str, T] = {}
    for plugin in _among(of):
        for value in plugin.own.values():
            if isinstance(value, form):
                join(found, {str(getattr(value, "name", "")): value}, what)
    return found


def plugged_functions(
    form: type[T], what: str, of: Iterable[Plugin] | None = None
) -> dict[str, Callable[[], T]]:
    """The functions of plug-ins that say they return a `form`, by their names with dashes."""
    return dict(_functions(form, what, _among(of)))


@cache
def _functions(form: type[T], what: str, of: tuple[Plugin, ...]) -> dict[str, Callable[[], T]]:
    found: dict[str, Callable[[], T]] = {}
    for plugin in of:
        for name, value in plugin.own.items():
            if isfunction(value) and not name.startswith("_") and _returned(value) is form:
                join(found, {name.replace("_", "-"): value}, what)
    return found


def join(known: dict[str, T], more: Mapping[str, T], what: str) -> None:
    """Add `more` to what is `known`, in place; `UserError` where two have one name."""
    for name, value in more.items():
        if known.setdefault(name, value) is not value:
            homes = " and in ".join(dict.fromkeys((home_of(known[name]), home_of(value))))
            several = f"{what}es" if what.endswith("sh") else f"{what}s"
            raise UserError(f"two {several} are called {name!r}: in {homes}")


def nearest_known(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for an unknown `name`, which tells first what plug-ins have brought."""
    return nearest(kind, name, known, frozenset(_names_brought()))


def _names_brought() -> Iterator[str]:
    """The names by which anything in plug-ins may be known."""
    for plugin in plugged_in():
        for name, value in plugin.own.items():
            yield name.replace("_", "-")
            named = (getattr(value, part, None) for part in ("name", "kind"))
            yield from (each for each in named if isinstance(each, str))


def is_plain(value: object) -> bool:
    """Whether a field may have this value: it is hashed, stored and compared."""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    if is_dataclass(value) and not isinstance(value, type):
        return all(is_plain(getattr(value, f.name)) for f in fields(value))
    return value is None or isinstance(value, (bool, int, float, str, Enum))


def _among(of: Iterable[Plugin] | None) -> tuple[Plugin, ...]:
    """These plug-ins, or all; what follows from them is found once for each state of the files."""
    return plugged_in() if of is None else tuple(of)


def _returned(function: Callable[..., object]) -> object:
    """The class that a function says it returns; `None` where it does not, or not plainly."""
    try:
        return get_type_hints(function).get("return")
    except (NameError, TypeError, AttributeError):
        return None


def _fault(form: type, parts: Sequence[str]) -> str | None:
    """Why a class cannot stand in a grid, as the rest of a sentence; `None` when it can."""
    for part in parts:
        if not isinstance(getattr(form, part, None), str):
            return f"has no `{part}`: give it a class variable `{part}: ClassVar[str]`"
    name = getattr(form, parts[0])
    if not re.fullmatch(NAME, name):
        return f"has the name {name!r}; take small letters, digits and dashes"
    if not is_dataclass(form) or not form.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return "is no frozen dataclass: put @dataclass(frozen=True) before it"
    try:
        value = form()
    except Exception as error:
        return f"cannot be made without arguments, as the grids do: {error}"
    if not is_plain(value):
        return "has a field whose default is not a number, a string, a boolean, None or a tuple"
    return None
