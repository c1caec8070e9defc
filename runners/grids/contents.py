"""What grids hold, in the words by which cells are chosen."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ..cells.transfer import AnyCell
from ..keys import label_of
from .blocks import Grid
from .named import grids

WORDS: Mapping[str, Callable[[AnyCell], str]] = {
    "dataset": lambda c: c.dataset,
    "network": lambda c: c.network,
    "recipe": lambda c: "+".join(dict.fromkeys(e.recipe.label for e in c.endpoints)),
    "split": lambda c: "+".join(dict.fromkeys(label_of(e.split) for e in c.endpoints)),
    "method": lambda c: label_of(c.method),
    "finish": lambda c: label_of(c.finish),
    "seed": lambda c: c.seeds,
}
"""What a cell is chosen by -> its word for that; empty where it has none."""


def contents(grid: Grid) -> dict[str, dict[str, int]]:
    """What cells are chosen by -> each word that a cell of `grid` has -> how many have it."""
    cells = grid.cells()
    return {kind: _counted(kind, cells) for kind in WORDS}


def uses(kind: str) -> dict[str, str]:
    """Each word of that kind -> the names of the grids that have it."""
    found: dict[str, list[str]] = {}
    for grid in grids().values():
        for word in _counted(kind, grid.cells()):
            found.setdefault(word, []).append(grid.name)
    return {word: ", ".join(names) for word, names in found.items()}


def _counted(kind: str, cells: Sequence[AnyCell]) -> dict[str, int]:
    return {word: n for word, n in Counter(map(WORDS[kind], cells)).items() if word}
