"""Grids as TOML files, in the words that the tables print; `toml_reader.py` reads them back."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace

from ....datasets.splits import Shared
from ....errors import UserError
from ...finishes import Nothing
from ...keys import label_of
from ...networks import Architecture
from ...training.recipes import Recipe
from ..blocks import (
    AgreementBlock,
    AnyBlock,
    Block,
    ExampleBlock,
    FidelityBlock,
    Grid,
    PlantedBlock,
    Seeds,
    TransferBlock,
)
from .vocabulary import finishes_of, methods_of, networks_of, recipes_of, splits_of

WIDTH = 100

Pairs = list[tuple[str, object]]
"""Keys and values of a table: a text, a number or a list of them."""


def grid_as_toml(grid: Grid) -> str:
    """A file whose grid has exactly the cells of `grid`, under a name of its own.

    Raises `UserError` for a block of another kind than this package's.
    """
    head: Pairs = [("name", f"{grid.name}-own"), ("purpose", grid.purpose)]
    parts = [_table(head), *(_block(block) for block in grid.blocks)]
    return "\n".join(parts)


def _block(block: AnyBlock) -> str:
    if isinstance(block, Block):
        return "[[block]]\n" + _table(_merge(block))
    if isinstance(block, TransferBlock):
        own: Pairs = [("kind", "transfer"), *_merge(block.block), ("by", block.by)]
        here, there = _networks(block.block), _networks(_aligned(block))
        differing = [pair for pair in there if pair not in here] or there
        return f"[[block]]\n{_table(own)}\n[block.elsewhere]\n{_table(differing)}"
    if isinstance(block, AgreementBlock):
        own = [
            ("kind", "agreement"),
            *_networks(block.block),
            ("methods", _words(block.block.methods, methods_of)),
            ("reference", _words([block.reference], methods_of)[0]),
        ]
        return "[[block]]\n" + _table(own)
    if isinstance(block, PlantedBlock):
        own = [
            ("kind", "planted"),
            ("network", _network(block.network)),
            ("noises", list(block.noises)),
            ("seeds", list(block.seeds)),
            ("methods", _words(block.methods, methods_of)),
        ]
        return "[[block]]\n" + _table(own)
    if isinstance(block, ExampleBlock):
        return "[[block]]\n" + _table([("kind", "example")])
    if isinstance(block, FidelityBlock):
        return "[[block]]\n" + _table([("kind", "fidelity")])
    raise UserError(f"a {type(block).__name__} has no form in TOML; write the grid in Python")


def _aligned(block: TransferBlock) -> Block:
    """Where the maps are found; how many points a line has is nothing to it."""
    return replace(block.elsewhere, points=block.block.points)


def _merge(block: Block) -> Pairs:
    finishes = [] if block.finishes == (Nothing(),) else _words(block.finishes, finishes_of)
    points = [("points", block.points)] if block.points != 25 else []
    return [
        *_networks(block),
        ("methods", _words(block.methods, methods_of)),
        *([("finishes", finishes)] if finishes else []),
        *points,
    ]


def _networks(block: Block) -> Pairs:
    networks = block.network if isinstance(block.network, tuple) else (block.network,)
    recipes = block.recipe if isinstance(block.recipe, tuple) else (block.recipe,)
    split = [] if block.split == Shared() else [("split", _words([block.split], splits_of)[0])]
    return [
        ("dataset", block.dataset),
        ("network", "+".join(map(_network, networks))),
        ("recipe", "+".join(map(_recipe, recipes))),
        *split,
        ("seeds", [_seeds(pair) for pair in block.pairs]),
    ]


def _words(values: Iterable[object], read: Callable[[str], tuple[object, ...]]) -> list[str]:
    return [_checked(label_of(value), value, read) for value in values]


def _network(network: Architecture) -> str:
    return _checked(network.name, network, networks_of)


def _recipe(recipe: Recipe) -> str:
    return _checked(recipe.label, recipe, recipes_of)


def _checked(word: str, value: object, read: Callable[[str], tuple[object, ...]]) -> str:
    """The word, if it means the value; `UserError` where it does not: the file would be another."""
    if read(word) != (value,):
        raise UserError(f"{word!r} does not say all of it; write the grid in Python")
    return word


def _seeds(pair: Seeds) -> str:
    return "-".join(map(str, pair))


def _table(pairs: Pairs) -> str:
    return "".join(f"{key} = {_value(key, value)}\n" for key, value in pairs)


def _value(key: str, value: object) -> str:
    """Texts and numbers are written in TOML as in JSON."""
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    items = [json.dumps(item, ensure_ascii=False) for item in value]
    line = f"[{', '.join(items)}]"
    if len(key) + 3 + len(line) <= WIDTH:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"
