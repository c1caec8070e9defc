"""`basinbench list`: what there is to choose from, and what a grid holds."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UserError, nearest, printable
from ..counting import counted

if TYPE_CHECKING:
    from ..grids.named import Grid

Listing = Iterable[tuple[str, str]]
"""Names, and a line about each."""


def main(options: Namespace) -> int:
    """Print names and a line about each, for the kinds asked for or for all, or one grid."""
    if options.shown_grid is not None:
        if options.kinds:
            raise UserError(f"list a grid, or {' and '.join(options.kinds)}, not both")
        _print_grid(options.shown_grid, options.form)
        return 0
    if options.form == "toml":
        raise UserError("only a grid can be listed as toml: name one with --grid")
    for kind in options.kinds:
        if kind not in KINDS:
            raise nearest("kind", kind, KINDS)
    kinds = options.kinds or KINDS
    for kind in kinds:
        if len(kinds) > 1:
            print(f"{kind}:")
        _print_rows(list(_LISTS[kind]()))
    return 0


def _print_rows(rows: list[tuple[str, str]]) -> None:
    width = min(max((len(name) for name, _ in rows), default=0), 40)
    for name, line in rows:
        print(printable(f"  {name:{width}}  {line}".rstrip()))


def _print_grid(name: str, form: str) -> None:
    """One grid: as a TOML file, or the words that choose among its cells, with their numbers."""
    from ..grids.contents import contents
    from ..grids.notation.toml_writer import grid_as_toml

    grid = _grid(name)
    if form == "toml":
        print(grid_as_toml(grid), end="")
        return
    print(printable(f"{grid.name}: {grid.purpose} {counted(len(grid.cells()), 'cell')}."))
    for kind, words in contents(grid).items():
        print(f"{kind}:")
        _print_rows([(word, counted(count, "cell")) for word, count in words.items()])


def _grid(name: str) -> "Grid":
    from ..grids.files import grid_in
    from ..grids.named import grid

    return grid_in(Path(name)) if Path(name).suffix in (".toml", ".py") else grid(name)


def _list_methods() -> Listing:
    from ...methods.plugins.catalogue import methods

    return ((name, f"{_about(method)} [{method.paper}]") for name, method in methods().items())


def _list_networks() -> Listing:
    """Every family as it comes, then every network of a grid."""
    from ..grids.contents import uses
    from ..networks.catalogue import families

    own = {form().name: f"{form.__name__}: {_about(form)}" for form in families().values()}
    return (own | {n: f"in {used}" for n, used in uses("network").items() if n not in own}).items()


def _list_datasets() -> Listing:
    from ...datasets.inventory import inventory

    return ((found.name, found.state) for found in inventory())


def _list_grids() -> Listing:
    from ..grids.named import grids

    return ((g.name, f"{g.purpose} {counted(len(g.cells()), 'cell')}.") for g in grids().values())


def _list_variants() -> Listing:
    """Every method of a grid that has other parameters than its defaults."""
    from ..grids.contents import uses

    return ((name, f"in {used}") for name, used in uses("method").items() if "(" in name)


def _list_finishes() -> Listing:
    from ..finishes import finishes

    return ((name, _about(finish)) for name, finish in finishes().items())


def _list_recipes() -> Listing:
    from ..training.recipes import recipes

    return (
        (
            r.name,
            f"{r.optimiser}, {r.schedule}, {counted(r.epochs, 'epoch')} in batches of {r.batch}",
        )
        for r in recipes().values()
    )


def _list_splits() -> Listing:
    from ..grids.notation.vocabulary import all_splits

    return ((name, _about(split)) for name, split in all_splits().items())


def _about(value: type) -> str:
    """The first line of its docstring."""
    return (value.__doc__ or "").partition("\n")[0]


_LISTS: dict[str, Callable[[], Listing]] = {
    "methods": _list_methods,
    "variants": _list_variants,
    "networks": _list_networks,
    "datasets": _list_datasets,
    "grids": _list_grids,
    "finishes": _list_finishes,
    "recipes": _list_recipes,
    "splits": _list_splits,
}

KINDS = tuple(_LISTS)
