"""The part of a grid that filters choose, and the cells that they add to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...datasets.inventory import known_datasets
from ...errors import UserError
from ...methods.plugins.catalogue import methods
from ...plugin_things import nearest_known
from ..cells.transfer import AnyCell
from ..finishes import finishes
from ..grids.named import Grid, grids
from ..grids.notation.syntax import split_outside
from ..grids.notation.vocabulary import ALL_PAIRS
from ..grids.opened import AXES, Choice, opened_cells, word_of
from ..keys import label_of
from ..training.recipes import recipes


@dataclass(frozen=True)
class Filter:
    """A way to choose cells: the names under which a cell is found, and those known elsewhere."""

    kind: str
    of: Callable[[AnyCell], set[str]]
    elsewhere: Callable[[], Iterable[str]] = lambda: ()


FILTERS: Mapping[str, Filter] = {
    "method": Filter("method", lambda c: {c.method.name, label_of(c.method)}, methods),
    "network": Filter(
        "network",
        lambda c: {c.network, *c.families},
        lambda: {n for g in grids().values() for c in g.cells() for n in (c.network, *c.families)},
    ),
    "dataset": Filter("data set", lambda c: {c.dataset}, known_datasets),
    "recipe": Filter(
        "recipe",
        lambda c: {word for e in c.endpoints for word in (e.recipe.name, e.recipe.label)},
        recipes,
    ),
    "finish": Filter("finish", lambda c: {c.finish.name, label_of(c.finish)}, finishes),
    "seed": Filter("seed", lambda c: {c.seeds, *c.seeds.split("-")}),
}


def select_cells(grid: Grid, wanted: Mapping[str, Sequence[str]]) -> list[AnyCell]:
    """The cells that have one of the `wanted` names in every filter that has any.

    A name that no cell of `grid` has is read as a value, which is put into the grid's blocks
    (`opened_cells`); so is, where no cell matches all filters, what can be put there. Raises
    `UserError` for a name that is neither, and where nothing matches even so.
    """
    here = grid.cells()
    chosen = {
        option: _choice(grid, here, option, split_list(texts))
        for option, texts in wanted.items()
        if texts
    }
    matching = [
        cell
        for cell in here
        if all(FILTERS[option].of(cell) & choice.words for option, choice in chosen.items())
    ]
    if any(choice.values for choice in chosen.values()):
        return _with(matching, opened_cells(grid, chosen), grid)
    for option in _OPENED_FIRST if not matching else ():
        if option in chosen and (values := _whole_values(option, chosen[option].words)):
            moved = chosen | {option: Choice(frozenset(), values)}
            if cells := opened_cells(grid, moved):
                return _with([], cells, grid)
    return _with(matching, [], grid)


def split_list(texts: Iterable[str]) -> list[str]:
    """The names in lists with commas; commas within brackets belong to a name."""
    return [name for text in texts for name in split_outside(text, ",")]


_OPENED_FIRST = ("finish", "method", "seed", "recipe", "dataset", "network")
"""Where all names are the grid's own and no cell has them together: what is put elsewhere first."""


def _with(matching: list[AnyCell], more: list[AnyCell], grid: Grid) -> list[AnyCell]:
    cells = list(dict.fromkeys((*matching, *more)))
    if not cells:
        raise UserError(f"no cell of grid {grid.name!r} matches all filters together")
    return cells


def _choice(grid: Grid, cells: Sequence[AnyCell], option: str, names: list[str]) -> Choice:
    """What `names` choose: words that a cell of the grid has, and values that none has."""
    here = set().union(*(FILTERS[option].of(cell) for cell in cells))
    words: set[str] = set()
    values: dict[object, None] = {}
    for name in names:
        if name in here:
            words.add(name)
            continue
        for value in _read(grid, option, name, here):
            word = word_of(value)
            if word in here:
                words.add(word)
            else:
                values[value] = None
    return Choice(frozenset(words), tuple(values))


def _read(grid: Grid, option: str, name: str, here: set[str]) -> tuple[object, ...]:
    """The values that `name` means; `UserError` with the nearest name where it means none."""
    filter_ = FILTERS[option]
    try:
        return AXES[option].read(name)
    except UserError:
        seeds = option == "seed" and "-" in name and name.replace("-", "").isdecimal()
        if "(" in name or name.startswith(ALL_PAIRS) or seeds:  # its own words say what is wrong
            raise
        if name in (elsewhere := set(filter_.elsewhere())):
            raise UserError(
                f"grid {grid.name!r} has no cell with {filter_.kind} {name!r}, "
                "and that is only a part of a name: give the whole one"
            ) from None
        raise nearest_known(filter_.kind, name, here | elsewhere) from None


def _whole_values(option: str, words: frozenset[str]) -> tuple[object, ...]:
    """The values that `words` name in full: a family is none of them."""
    found: list[object] = []
    for word in sorted(words):
        try:
            found += [v for v in AXES[option].read(word) if word_of(v) == word]
        except UserError:
            continue
    return tuple(found)
