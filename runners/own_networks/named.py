"""What the options and arguments for networks of a user's own name: networks, recipes, methods."""

import json
from dataclasses import replace
from typing import Any

from ...errors import UserError
from ...methods.base import Method
from ..finishes import Finish
from ..grids.notation.syntax import split_outside
from ..grids.notation.vocabulary import finishes_of, methods_of, networks_of, recipes_of
from ..networks.base import Architecture
from ..networks.sources.given import FORMS, given_network
from ..training.recipes import GIVEN, Recipe
from .normalisation import Inputs


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


def methods_named(texts: list[str]) -> tuple[Method, ...]:
    """The methods in some lists with commas, each once."""
    names = [name for text in texts for name in split_outside(text, ",")]
    return tuple(dict.fromkeys(method for name in names for method in methods_of(name)))


def finishes_named(texts: list[str]) -> tuple[Finish, ...]:
    """The finishes in some lists with commas, each once."""
    names = [name for text in texts for name in split_outside(text, ",")]
    return tuple(dict.fromkeys(finish for name in names for finish in finishes_of(name)))


def one_method(text: str) -> Method:
    """The one method that `text` names."""
    return _one("method", text, methods_named([text]))


def one_finish(text: str) -> Finish:
    """The one finish that `text` names."""
    return _one("finish", text, finishes_named([text]))


def recipe_named(text: str | None, inputs: Inputs | None) -> Recipe:
    """The recipe that `text` names, `GIVEN` for none, with other `inputs` if there are any."""
    found = GIVEN if text is None else _one("recipe", text, recipes_of(text))
    if isinstance(found, tuple):
        raise UserError(f"the networks have one recipe, not several: {text!r}")
    return found if inputs is None else replace(found, inputs=inputs)


def _one(kind: str, text: str, found: tuple[Any, ...]) -> Any:
    if len(found) != 1:
        raise UserError(f"one {kind} is due, not {len(found)}: {text!r}")
    return found[0]
