"""What the options and arguments for networks of a user's own name: networks, recipes, methods."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from ...errors import UserError
from ...methods.base import Method
from ..finishes import Finish
from ..grids.notation.syntax import split_outside
from ..grids.notation.vocabulary import finishes_of, methods_of, networks_of, recipes_of
from ..networks.base import Architecture
from ..networks.sources.given import FORMS, given_network
from ..training.recipes import GIVEN, Recipe
from .normalisation import Inputs

T = TypeVar("T")

Named = str | T | type[T] | Iterable[str | T | type[T]]
"""What says which methods or finishes are meant: one of them, or several."""


def network_named(text: str, arguments: str = "{}") -> Architecture:
    """The network that `text` names, made with the JSON `arguments`.

    Without a colon it is a network of the benchmark's as its tables name it. Raises `UserError`.
    """
    given = arguments_of(arguments)
    if ":" in text:
        return given_network(text, given)
    if given:
        raise UserError(f"{text!r} takes no --network-args: its sizes stand in its name")
    try:
        (found,) = networks_of(text)
    except ValueError as error:  # of several, or of a name that is not known
        raise UserError(f"{str(error).rstrip('.')}; or write {FORMS}") from error
    if isinstance(found, tuple):
        raise UserError(f"the checkpoints are of one network, not of several: {text!r}")
    return found


def arguments_of(text: str) -> dict[str, Any]:
    """The keyword arguments in the JSON of `--network-args`; `UserError` where it is none."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UserError(f"--network-args is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UserError(f'--network-args is an object such as {{"num_classes": 10}}, not {text}')
    return found


def methods_named(given: Named[Method]) -> tuple[Method, ...]:
    """The methods in `given`, each once: values, classes, or texts that are lists with commas."""
    return _each("method", Method, methods_of, given)


def finishes_named(given: Named[Finish]) -> tuple[Finish, ...]:
    """As `methods_named`, for what follows a merge."""
    return _each("finish", Finish, finishes_of, given)


def one_method(given: str | Method | type[Method]) -> Method:
    """The one method that `given` is or names; `UserError` for anything else."""
    return _one("method", given, methods_named([given]))


def one_finish(given: str | Finish | type[Finish]) -> Finish:
    """As `one_method`, for what follows a merge."""
    return _one("finish", given, finishes_named([given]))


def recipe_named(text: str | None, inputs: Inputs | None) -> Recipe:
    """The recipe that `text` names, `GIVEN` for none, with other `inputs` if there are any."""
    found = GIVEN if text is None else _one("recipe", text, recipes_of(text))
    if isinstance(found, tuple):
        raise UserError(f"the networks have one recipe, not several: {text!r}")
    return found if inputs is None else replace(found, inputs=inputs)


def _each(
    kind: str, form: type[T], named: Callable[[str], tuple[T, ...]], given: Named[T]
) -> tuple[T, ...]:
    found: list[T] = []
    several = (
        [given] if isinstance(given, (str, type)) or not isinstance(given, Iterable) else given
    )
    for one in several:
        if isinstance(one, form):
            found.append(one)
        elif isinstance(one, type) and issubclass(one, form):
            found.append(_made(kind, one))
        elif isinstance(one, str):
            found += (value for name in split_outside(one, ",") for value in named(name))
        else:
            raise UserError(
                f"a {kind} is a name or a {form.__name__}, not {getattr(one, '__name__', one)!r}"
            )
    return tuple(dict.fromkeys(found))


def _made(kind: str, form: type[T]) -> T:
    """The value of a class with its defaults."""
    try:
        return form()
    except TypeError as error:
        raise UserError(
            f"the {kind} {form.__name__} cannot be made without parameters: give a value of it"
        ) from error


def _one(kind: str, given: object, found: tuple[T, ...]) -> T:
    if len(found) != 1:
        raise UserError(f"one {kind} is due, not {len(found)}: {given!r} names so many")
    return found[0]
