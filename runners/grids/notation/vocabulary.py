"""Methods, networks, finishes, recipes, splits and seeds from the words that the tables print."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from itertools import combinations
from typing import TypeVar

from ....datasets import splits
from ....datasets.inventory import known_datasets
from ....datasets.splits import Split
from ....errors import UserError
from ....methods.base import Method
from ....methods.plugins.catalogue import methods
from ....plugin_things import classes_below, join, nearest_known, plugged_classes
from ...finishes import Finish, finishes
from ...networks import Architecture
from ...networks.catalogue import families
from ...networks.short_names import from_short_name
from ...training.recipes import Recipe, recipes
from ..blocks import Seeds
from .syntax import Expression, Term, each_of, read, split_outside
from .values import made, values_of

T = TypeVar("T")

ALL_PAIRS = "all-pairs:"
_DIGITS = 9
"""Of the largest seed."""


def methods_of(text: str) -> tuple[Method, ...]:
    """The method that `text` names, or several where a parameter has several values in `[]`.

    This and the others here raise `UserError` for what is unknown, with the nearest word.
    """
    return _several(text, lambda term: _named("method", term, methods()))


def finishes_of(text: str) -> tuple[Finish, ...]:
    """As `methods_of`, for what follows a merge."""
    return _several(text, lambda term: _named("finish", term, finishes()))


def splits_of(text: str) -> tuple[Split, ...]:
    """As `methods_of`, for how the training images are dealt."""
    return _several(text, lambda term: _named("split", term, all_splits()))


def datasets_of(text: str) -> tuple[str, ...]:
    """The data set called `text`, whether it is at hand or not."""
    if text not in (known := known_datasets()):
        raise nearest_known("data set", text, known)
    return (text,)


def networks_of(text: str) -> tuple[Architecture | tuple[Architecture, ...], ...]:
    """As `methods_of`; several joined by "+" are the networks of one set, in order."""
    return tuple(_of_each(found) for found in _joined(text, _network))


def recipes_of(text: str) -> tuple[Recipe | tuple[Recipe, ...], ...]:
    """As `networks_of`: a known recipe with changes, or a new name with all that it needs."""
    return tuple(_of_each(found) for found in _joined(text, _recipe))


def seeds_of(text: str) -> tuple[Seeds, ...]:
    """The sets of seeds: `0-1` is one, `all-pairs:0-9` is all pairs among ten networks."""
    whole, bare = text.removeprefix(ALL_PAIRS), text.startswith(ALL_PAIRS)
    if not re.fullmatch(r"\d+-\d+" if bare else r"\d+(-\d+)+", whole):
        raise UserError(
            f"{text!r} is no set of seeds; write 0-1 for a pair, 0-1-2 for three networks, "
            f"{ALL_PAIRS}0-9 for all pairs among ten"
        )
    if any(len(seed.lstrip("0")) > _DIGITS for seed in whole.split("-")):
        raise UserError(f"{text!r} is out of range: seeds are 0 to {10**_DIGITS - 1}")
    seeds = tuple(map(int, whole.split("-")))
    if not bare:
        return (seeds,)
    first, last = seeds
    if not 0 < last - first < 1000:
        raise UserError(f"{text!r} names no range of two to a thousand seeds, from low to high")
    return tuple(combinations(range(first, last + 1), 2))


def all_splits() -> dict[str, type[Split]]:
    """Every split by its name, those of plug-ins last."""
    found = {form.name: form for form in classes_below(Split, vars(splits).values())}
    join(found, plugged_classes(Split, "split", ("name",)), "split")
    return found


def _several(text: str, make: Callable[[Term], T]) -> tuple[T, ...]:
    return tuple(make(_term(text, expression)) for expression in each_of(read(text)))


def _joined(text: str, make: Callable[[Term], T]) -> list[tuple[T, ...]]:
    """One set for each choice of sweeps: what stands between "+", in order."""
    found: list[tuple[T, ...]] = [()]
    for part in split_outside(text, "+"):
        found = [(*before, one) for before in found for one in _several(part, make)]
    if found == [()]:
        raise UserError("a name is due, not an empty text")
    return found


def _of_each(found: tuple[T, ...]) -> T | tuple[T, ...]:
    return found[0] if len(found) == 1 else found


def _term(text: str, expression: Expression) -> Term:
    if isinstance(expression, Term):
        return expression
    raise UserError(f"{text!r} is no name with parameters in brackets")


def _named(kind: str, term: Term, known: Mapping[str, type[T]]) -> T:
    if term.name not in known:
        raise nearest_known(kind, term.name, known)
    return made(known[term.name], term)


def _network(term: Term) -> Architecture:
    if not term.parameters and (network := from_short_name(term.name)):
        return network
    if term.name not in (known := families()):
        raise nearest_known(
            "network", term.name, {*known, *(form().name for form in known.values())}
        )
    return made(known[term.name], term)


def _recipe(term: Term) -> Recipe:
    known = recipes()
    given = values_of(Recipe, term)
    if "name" in given:
        raise UserError(f"the name of a recipe stands before the brackets: {given['name']}(...)")
    if term.name in known:
        return replace(known[term.name], **given)
    needed = {f.name for f in fields(Recipe) if f.default is MISSING} - {"name"}
    if lacking := needed - given.keys():
        if not given:
            raise nearest_known("recipe", term.name, known)
        hint = nearest_known("recipe", term.name, known)
        raise UserError(f"{hint} A new one also needs {', '.join(sorted(lacking))}.")
    return Recipe(name=term.name, **given)
