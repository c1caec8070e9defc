"""Grids from TOML files, in the words that the tables print; each error names its line."""

import tomllib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from ....errors import UserError, nearest
from ...finishes import Nothing
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
from .source_lines import Place, SourceLines
from .vocabulary import (
    datasets_of,
    finishes_of,
    methods_of,
    networks_of,
    recipes_of,
    seeds_of,
    splits_of,
)

T = TypeVar("T")

NETWORKS = ("dataset", "network", "recipe", "split", "seeds")
MERGE = (*NETWORKS, "methods", "finishes", "points")
KEYS: Mapping[str, tuple[str, ...]] = {
    "merge": MERGE,
    "transfer": (*MERGE, "by", "elsewhere"),
    "agreement": (*NETWORKS, "methods", "reference"),
    "planted": ("network", "noises", "seeds", "methods"),
    "example": (),
    "fidelity": (),
}
"""Kind of block -> what it may say; `merge` is the one that has no `kind`."""

TOP = ("name", "purpose", "plugins", "block", *MERGE)
"""What stands above the blocks; what a block could say counts for all that do not say it."""


def read_grid(path: Path) -> Grid:
    """The grid in the TOML file `path`; `UserError` with file and line for what it is not."""
    text = path.read_text(encoding="utf-8")
    lines = SourceLines(str(path), text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}") from error
    top = _Table(lines, Place(), data, TOP)
    top.words("plugins", lambda word: (path.parent / word,), [])  # run has loaded them already
    blocks = data.get("block", [{}])
    with lines.blame(Place(), "block"):
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise UserError("write [[block]] above each block, with two brackets")
    read = tuple(block for i, own in enumerate(blocks) for block in _blocks(lines, i, own, top))
    return Grid(top.text("name", path.stem), top.text("purpose", f"The grid of {path.name}."), read)


class _Table:
    """One table of the file: its values by key, each refused with its line."""

    def __init__(
        self,
        lines: SourceLines,
        place: Place,
        data: Mapping[str, Any],
        keys: tuple[str, ...],
        around: "_Table | None" = None,
    ):
        """`around`: the table whose values count where `data` has none, of those among `keys`."""
        self.lines, self.place = lines, place
        for key in data:
            with lines.blame(place, key):
                if key not in keys:
                    raise nearest("key", key, keys)
        outer = {key: at for key, at in around.places.items() if key in keys} if around else {}
        self.places: dict[str, Place] = outer | dict.fromkeys(data, place)
        self.data = {key: data[key] if key in data else around.data[key] for key in self.places}  # type: ignore[union-attr]

    def blame(self, key: str, word: str = "") -> AbstractContextManager[None]:
        """Within it, what is refused is refused with the line of `word` under `key`."""
        return self.lines.blame(self.places.get(key, self.place), key, word)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it has to be there."""
        value = self.data.get(key, default)
        with self.blame(key):
            if value is None:
                raise UserError(f"the block lacks {key!r}")
            if not isinstance(value, str):
                raise UserError(f"{key} is a text in quotes, not {value!r}")
        return value

    def words(
        self, key: str, read: Callable[[str], tuple[T, ...]], default: str | list[str]
    ) -> tuple[T, ...]:
        """What the words under `key` mean, a text or a list of them; they have to be there."""
        given = self.data.get(key, default)
        listed = given if isinstance(given, list) else [given]
        found: list[T] = []
        with self.blame(key):
            if not given and default == "":
                raise UserError(f"the block lacks {key!r}")
        for word in listed:
            with self.blame(key, str(word)):
                if not isinstance(word, str):
                    raise UserError(f"{key} is a text in quotes or a list of texts, not {word!r}")
                found += read(word)
        return tuple(found)

    def only(self, key: str, values: tuple[T, ...]) -> T:
        """The one value under `key`, which is no list."""
        with self.blame(key):
            if len(values) != 1:
                raise UserError(f"{key} is one value here, not {len(values)}")
        return values[0]

    def numbers(self, key: str, whole: bool, default: float) -> tuple[Any, ...]:
        """A list of numbers from 0 on, `whole` or not, or one."""
        given = self.data.get(key, default)
        listed = given if isinstance(given, list) else [given]
        for number in listed:
            with self.blame(key, str(number)):
                fits = isinstance(number, int if whole else (int, float))
                if not fits or isinstance(number, bool) or number < 0:
                    what = "whole numbers" if whole else "numbers"
                    raise UserError(f"{key} holds {what} from 0, not {number!r}")
        return tuple(listed)


def _blocks(
    lines: SourceLines, index: int, own: Mapping[str, Any], top: _Table
) -> tuple[AnyBlock, ...]:
    """The blocks that one block of the file stands for: one for each of its networks, and so on."""
    place = Place(index)
    kind = own.get("kind", "merge")
    with lines.blame(place, "kind"):
        if not isinstance(kind, str) or kind not in KEYS:
            raise nearest("kind of block", str(kind), KEYS)
    table = _Table(lines, place, own, ("kind", *KEYS[kind]), top)
    blocks = tuple(_READERS[kind](table))
    with lines.blame(place):
        for block in blocks:
            block.cells()  # what makes no cell is refused here
    return blocks


def _merge(table: _Table) -> list[Block]:
    methods = table.words("methods", methods_of, "")
    finishes = table.words("finishes", finishes_of, "none")
    points = table.only("points", table.numbers("points", True, 25))
    return [
        Block(dataset, network, recipe, pairs, methods, finishes, split, points)
        for dataset, network, recipe, split, pairs in _networks(table)
    ]


def _networks(table: _Table) -> list[tuple[Any, Any, Any, Any, tuple[Seeds, ...]]]:
    """Data set, network, recipe, split and sets of seeds, for each choice among several."""
    datasets = table.words("dataset", datasets_of, "")
    networks = table.words("network", networks_of, "")
    recipes = table.words("recipe", recipes_of, "")
    splits = table.words("split", splits_of, "shared")
    seeds = table.words("seeds", seeds_of, "")
    for key, several in (("network", networks), ("recipe", recipes)):
        counts = {len(one) for one in several if isinstance(one, tuple)}
        with table.blame(key):
            for pair in seeds:
                if counts - {len(pair)}:
                    words = "-".join(map(str, pair))
                    raise UserError(f"{key} names {min(counts)} networks, the seeds {words} others")
    every = product(datasets, networks, recipes, splits)
    return [(*choice, seeds) for choice in every]


def _transfer(table: _Table) -> list[AnyBlock]:
    inner = table.data.get("elsewhere", {})
    with table.blame("elsewhere"):
        if not isinstance(inner, dict) or not inner:
            raise UserError("a transfer needs [block.elsewhere]: what differs where maps are found")
    place = Place(table.place.block, "elsewhere")
    here, there = _merge(table), _merge(_Table(table.lines, place, inner, MERGE, table))
    by = table.text("by")
    with table.lines.blame(place):
        if len(here) != len(there):
            raise UserError("a transfer's networks elsewhere are as many as its own")
    return [TransferBlock(a, b, by) for a, b in zip(here, there, strict=True)]


def _agreement(table: _Table) -> list[AnyBlock]:
    methods = table.words("methods", methods_of, "")
    reference = table.only("reference", table.words("reference", methods_of, ""))
    return [
        AgreementBlock(
            Block(dataset, network, recipe, pairs, methods, (Nothing(),), split), reference
        )
        for dataset, network, recipe, split, pairs in _networks(table)
    ]


def _planted(table: _Table) -> list[AnyBlock]:
    methods = table.words("methods", methods_of, "")
    noises = table.numbers("noises", False, 0.0)
    seeds = table.numbers("seeds", True, 0)
    found: list[AnyBlock] = []
    for network in table.words("network", networks_of, ""):
        with table.blame("network"):
            if isinstance(network, tuple):
                raise UserError("a permutation is planted in one network, not in several")
        found.append(PlantedBlock(network, noises, seeds, methods))  # type: ignore[arg-type]
    return found


_READERS: Mapping[str, Callable[[_Table], Any]] = {
    "merge": _merge,
    "transfer": _transfer,
    "agreement": _agreement,
    "planted": _planted,
    "example": lambda _: [ExampleBlock()],
    "fidelity": lambda _: [FidelityBlock()],
}
