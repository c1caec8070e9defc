"""`basinbench check`: whether methods and what else plug-ins bring keep the laws, in seconds."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import nearest, printable
from ...plugin_files import Plugin, load, plugins
from ..counting import counted

if TYPE_CHECKING:
    from ...methods.base import Method
    from ..grids.named import Grid
    from ..kind_checks import Check, CheckResult
    from ..laws import Law, LawResult


def main(options: Namespace) -> int:
    """Print a table for each method and each other thing; 0 when all laws are kept, else 1."""
    from ...datasets.catalogue import names
    from ...methods.plugins.catalogue import methods as every_method
    from ..checks import check
    from ..finishes import finishes
    from ..grids.named import grids
    from ..networks.catalogue import families
    from ..training.recipes import recipes

    named, files = _sorted(options.things)
    kept = True
    with plugins(files):
        for catalogue in (every_method, families, names, finishes, recipes, grids):
            catalogue()  # refuses a thing of theirs that takes a name that there is
        methods, others = _found(named, files)
        for method in methods:
            found = check(method, options.align_budget)
            _print_table(method, found)
            kept &= not any(result.fault for row in found.values() for result in row)
        for title, results in others:
            _print_results(title, results)
            kept &= not any(result.fault for result in results)
    return 0 if kept else 1


def _sorted(texts: list[str]) -> tuple[list[str], list[Path]]:
    """The names of methods, and the files and folders."""
    from ...methods.plugins.catalogue import methods

    known = methods()
    files = [Path(t) for t in texts if t not in known and (t.endswith(".py") or Path(t).exists())]
    for text in texts:
        if text not in known and Path(text) not in files:
            raise nearest("method", text, known)
    return [text for text in texts if text in known], files


def _found(
    named: list[str], files: list[Path]
) -> "tuple[list[Method], Iterator[tuple[str, list[CheckResult]]]]":
    """The methods of these names and files, each as it comes, and what else the files bring."""
    from ...methods.plugins.catalogue import methods
    from ...methods.plugins.loader import load_plugin

    loaded = {name: form for file in files for name, form in load_plugin(file).items()}
    chosen = {name: methods()[name] for name in named} | loaded
    plugged = tuple(plugin for file in files for plugin in load(file))
    return [method() for method in chosen.values()], _judged(plugged)


def _judged(plugged: tuple[Plugin, ...]) -> "Iterator[tuple[str, list[CheckResult]]]":
    """What each of the other things is called, and what its checks found."""
    from ...datasets.plugged import plugged_datasets
    from .. import kind_checks
    from ..finishes import plugged_finishes
    from ..grids.plugged import plugged_grids
    from ..networks.catalogue import plugged_families
    from ..training.recipes import plugged_recipes

    for name, form in plugged_families(plugged).items():
        yield f"network {name}", kind_checks.judged(kind_checks.network_checks(form()))
    for name, source in plugged_datasets(plugged).items():
        yield f"data set {name}", kind_checks.judged(kind_checks.dataset_checks(name, source))
    for name, finish in plugged_finishes(plugged).items():
        yield f"finish {name}", kind_checks.judged(kind_checks.finish_checks(finish()))
    for name, recipe in plugged_recipes(plugged).items():
        yield f"recipe {name}", kind_checks.judged(kind_checks.recipe_checks(recipe))
    for name, grid in plugged_grids(plugged).items():
        yield f"grid {name}", kind_checks.judged(_grid_checks(grid))


def _grid_checks(grid: "Grid") -> "Iterator[tuple[str, Check]]":
    """A grid has cells, each of which has a key of its own, and can be written as TOML."""
    from ...errors import UserError
    from ...results.columns import WHAT_IT_IS
    from ..grids.files import check_name
    from ..grids.notation.toml_writer import grid_as_toml
    from ..grids.told_apart import demand_told_apart
    from ..kind_checks import BrokenLawError

    def has_cells() -> str:
        cells = grid.cells()
        if not cells:
            raise BrokenLawError("it has no cells")
        return counted(len(cells), "cell")

    def has_keys() -> None:
        cells = grid.cells()
        if len({cell.key for cell in cells}) < len(cells):
            raise BrokenLawError("two of its cells have one key: their values have one description")

    def told_apart() -> None:
        cells = grid.cells()
        try:
            demand_told_apart(cells)
        except UserError as error:
            raise BrokenLawError(str(error)) from error
        told = (cell.describe() for cell in cells)
        if len({tuple(row.get(name) for name in WHAT_IT_IS) for row in told}) < len(cells):
            raise BrokenLawError("two of its cells have one description in the tables")

    def as_toml() -> str:
        try:
            return counted(len(grid_as_toml(grid).splitlines()), "line")
        except UserError as error:
            return f"no: {error}"

    yield "has a name of its own", lambda: check_name(grid.name)
    yield "has cells", has_cells
    yield "its cells have keys", has_keys
    yield "tables tell its cells apart", told_apart
    yield "can be listed as toml", as_toml


def _print_results(title: str, results: "list[CheckResult]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    table.add_column("law", no_wrap=True)
    table.add_column("found", justify="right")
    for result in results:
        table.add_row(result.law, Text(result.words, "bold red" if result.fault else ""))
    console = Console(highlight=False)
    console.print(table)
    for result in results:
        if result.fault:
            console.print(Text(printable(f"{result.law}: {result.fault}")), soft_wrap=True)


def _print_table(method: "Method", found: "dict[Law, list[LawResult]]") -> None:
    """The table, and below it each broken law with what it says and where it is broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..checks import LAW_NETWORKS
    from ..keys import label_of

    title = Text(f"{label_of(method)} [{method.paper}]")
    table = Table(title=title, title_justify="left", box=box.SIMPLE, collapse_padding=True)
    table.add_column("law", no_wrap=True)
    for name in LAW_NETWORKS:
        table.add_column(name, justify="right", min_width=len(name))
    for law, row in found.items():
        table.add_row(law.name, *(Text(r.words, "bold red" if r.fault else "") for r in row))
    console = Console(highlight=False)
    console.print(table)
    for law, row in found.items():
        faults = {name: r.fault for name, r in zip(LAW_NETWORKS, row, strict=True) if r.fault}
        if faults:
            console.print(Text(f"{law.name}: {law.statement}"), soft_wrap=True)
        for name, fault in faults.items():
            console.print(Text(printable(f"  {name}: {fault}")), soft_wrap=True)
