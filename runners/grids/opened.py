"""Blocks with other values put in their place: how a grid gets cells that it does not have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...results.labels import label
from ..cells.merge import Cell
from ..cells.transfer import AnyCell
from ..keys import kind_of, label_of, params
from ..networks import Architecture
from ..training.recipes import Recipe
from .blocks import Block, Grid, PlantedBlock, Seeds
from .notation.vocabulary import (
    datasets_of,
    finishes_of,
    methods_of,
    networks_of,
    recipes_of,
    seeds_of,
)


@dataclass(frozen=True)
class Axis:
    """One thing that a block varies: how its values are got, put, called and read."""

    get: Callable[[Block], tuple[Any, ...]]
    put: Callable[[Block, tuple[Any, ...]], list[Block]]
    words: Callable[[Any], set[str]]
    read: Callable[[str], tuple[Any, ...]]


@dataclass(frozen=True)
class Choice:
    """What one filter chooses: cells of the grid by `words`, and `values` that it does not have."""

    words: frozenset[str]
    values: tuple[Any, ...] = ()


def opened_cells(grid: Grid, chosen: Mapping[str, Choice]) -> list[AnyCell]:
    """The cells of the blocks of `grid` that the `chosen` words leave, with the new values there.

    Each block is a template: of each axis it keeps the values that the words name, or all where
    nothing is chosen, and has the new ones besides. New sets of seeds go where sets of as many
    networks are; if such are nowhere, wherever there are sets. Of cells that differ in the number
    of points alone the first is taken. Blocks other than merges and planted permutations are no
    templates.
    """
    found = _cells(grid, chosen, alike=True)
    return found or _cells(grid, chosen, alike=False)


def _cells(grid: Grid, chosen: Mapping[str, Choice], alike: bool) -> list[AnyCell]:
    cells: dict[object, AnyCell] = {}
    for block in grid.blocks:
        if isinstance(block, Block):
            made: list[AnyCell] = [c for b in _variants(block, chosen, alike) for c in b.cells()]
        elif isinstance(block, PlantedBlock):
            made = [c for b in _planted(block, chosen) for c in b.cells()]
        else:
            continue
        for cell in made:
            known = (cell.endpoints, cell.method, cell.finish) if isinstance(cell, Cell) else cell
            cells.setdefault(known, cell)
    return list(cells.values())


def _variants(block: Block, chosen: Mapping[str, Choice], alike: bool) -> list[Block]:
    blocks = [block]
    for name, choice in chosen.items():
        axis, found = AXES[name], list[Block]()
        for one in blocks:
            present = axis.get(one)
            new = choice.values
            if name == "seed" and alike:
                new = tuple(v for v in new if len(v) in {len(pair) for pair in present})
            values = (*(v for v in present if axis.words(v) & choice.words), *new)
            found += axis.put(one, tuple(dict.fromkeys(values))) if values else []
        blocks = found
    return [fitting for one in blocks if (fitting := _fitting(one)).pairs]


def _fitting(block: Block) -> Block:
    """The block without sets of seeds that are not as many as its networks or recipes."""
    counts = {len(v) for v in (block.network, block.recipe) if isinstance(v, tuple)}
    return replace(block, pairs=tuple(p for p in block.pairs if counts <= {len(p)}))


def _planted(block: PlantedBlock, chosen: Mapping[str, Choice]) -> list[PlantedBlock]:
    """Planted permutations in other networks or by other methods; the rest is chosen alone."""
    blocks = [block]
    for name, choice in chosen.items():
        if name == "method":
            kept = (m for m in block.methods if _method_words(m) & choice.words)
            methods = tuple(dict.fromkeys((*kept, *choice.values)))
            blocks = [replace(one, methods=methods) for one in blocks]
        elif name == "network":
            kept = block.network if _network_words(block.network) & choice.words else None
            networks = [kept, *(v for v in choice.values if isinstance(v, Architecture))]
            blocks = [replace(one, network=n) for one in blocks for n in networks if n]
        elif name == "seed":
            seeds = tuple(s for s in block.seeds if str(s) in choice.words)
            blocks = [replace(one, seeds=seeds) for one in blocks]
        elif not {"dataset": {"planted"}, "finish": {"none"}}.get(name, set()) & choice.words:
            return []
    return blocks


def _method_words(value: Any) -> set[str]:
    return {kind_of(value), label_of(value)}


def _network_words(value: Architecture | tuple[Architecture, ...]) -> set[str]:
    networks = value if isinstance(value, tuple) else (value,)
    families = set().union(*(network.families for network in networks))
    return {"+".join(dict.fromkeys(network.name for network in networks)), *families}


def _recipe_words(value: Recipe | tuple[Recipe, ...]) -> set[str]:
    recipes = value if isinstance(value, tuple) else (value,)
    labels = [recipe.label for recipe in recipes]
    return {"+".join(dict.fromkeys(labels)), *labels, *(recipe.name for recipe in recipes)}


def seed_words(seeds: Seeds) -> set[str]:
    """The words under which a set of seeds is chosen: itself, and each of its networks."""
    return {"-".join(map(str, seeds)), *map(str, seeds)}


AXES: Mapping[str, Axis] = {
    "method": Axis(
        lambda b: b.methods,
        lambda b, values: [replace(b, methods=values)],
        _method_words,
        methods_of,
    ),
    "network": Axis(
        lambda b: (b.network,),
        lambda b, values: [replace(b, network=value) for value in values],
        _network_words,
        networks_of,
    ),
    "dataset": Axis(
        lambda b: (b.dataset,),
        lambda b, values: [replace(b, dataset=value) for value in values],
        lambda value: {value},
        datasets_of,
    ),
    "recipe": Axis(
        lambda b: (b.recipe,),
        lambda b, values: [replace(b, recipe=value) for value in values],
        _recipe_words,
        recipes_of,
    ),
    "finish": Axis(
        lambda b: b.finishes,
        lambda b, values: [replace(b, finishes=values)],
        _method_words,
        finishes_of,
    ),
    "seed": Axis(
        lambda b: b.pairs,
        lambda b, values: [replace(b, pairs=values)],
        seed_words,
        seeds_of,
    ),
}
"""Name of a filter -> the axis of blocks that it opens."""


def word_of(value: Any) -> str:
    """What a value of an axis is called where it is chosen by its whole name."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ("-" if isinstance(value[0], int) else "+").join(map(word_of, value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Architecture):
        return value.name
    return value.label if isinstance(value, Recipe) else label(kind_of(value), params(value))
