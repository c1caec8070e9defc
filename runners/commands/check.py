"""`basinbench check`: whether methods and what else plug-ins bring keep the laws, in seconds."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from ...environment_variables import environment_kept
from ...errors import UserError, printable
from ...plugin_files import load, plugins
from ...plugin_things import nearest_known
from ..counting import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ...methods.base import Method
    from ..grids.named import Grid
    from ..kind_checks import Check, CheckResult
    from ..laws import Law, LawResult


def main(options: Namespace) -> int:
    """Print a table for each method and each other thing; 0 when all laws are kept, else 1.

    Code of plug-ins runs in processes of its own: one that ends its process has failed.
    """
    from ..checks import check, check_apart
    from ..execution.apart import each_apart

    kept = True
    named, files = _sorted(options.things)
    with plugins(files):
        _demand_loadable(files)
        _know_all()
        for method in _methods(named, files):
            of_plugin = bool(type(method).digest)
            found = (check_apart if of_plugin else check)(method, options.align_budget)
            _print_table(method, found)
            kept &= not any(result.fault for row in found.values() for result in row)
        titles = tuple(_others(files))
        found = each_apart(titles, partial(_judged, files), _ended)
        for title, results in zip(titles, found, strict=True):
            _print_results(title, results)
            kept &= not any(result.fault for result in results)
    return 0 if kept else 1


def _demand_loadable(files: list[Path]) -> None:
    """`UserError` where the files cannot be loaded, or end the process that tries."""
    from ..execution.apart import apart

    if files:
        list(apart(partial(_loaded, files)))


def _loaded(files: list[Path]) -> list[str]:
    with catch_warnings():
        simplefilter("ignore")  # they are said where they are loaded to be tried
        _know_all()
        return list(_others(files))


def _know_all() -> None:
    """Refuses a thing of a plug-in that takes a name that there is."""
    from ...datasets.catalogue import names
    from ...methods.plugins.catalogue import methods
    from ..finishes import finishes
    from ..grids.named import grids
    from ..networks.catalogue import families
    from ..training.recipes import recipes

    for catalogue in (methods, families, names, finishes, recipes, grids):
        catalogue()


def _sorted(texts: list[str]) -> tuple[list[str], list[Path]]:
    """The names of methods, and the files and folders."""
    from ...methods.plugins.catalogue import methods

    known = methods()
    files = [Path(t) for t in texts if t not in known and (t.endswith(".py") or Path(t).exists())]
    for text in texts:
        if text not in known and Path(text) not in files:
            raise nearest_known("method", text, known)
    return [text for text in texts if text in known], files


def _methods(named: list[str], files: list[Path]) -> "list[Method]":
    """The methods of these names and files, as they come."""
    from ...methods.plugins.catalogue import methods
    from ...methods.plugins.loader import load_plugin

    loaded = {name: form for file in files for name, form in load_plugin(file).items()}
    chosen = {name: methods()[name] for name in named} | loaded
    return [method() for method in chosen.values()]


def _others(files: list[Path]) -> "dict[str, Callable[[], Iterator[tuple[str, Check]]]]":
    """What the files bring besides methods: what each thing is called, and what it is asked."""
    from ...datasets.plugged import plugged_datasets
    from .. import kind_checks as kinds
    from ..finishes import plugged_finishes
    from ..grids.plugged import plugged_grids
    from ..networks.catalogue import plugged_families
    from ..training.recipes import plugged_recipes

    plugged = tuple(plugin for file in files for plugin in load(file))
    found: dict[str, Callable[[], Iterator[tuple[str, Check]]]] = {}
    for name, form in plugged_families(plugged).items():
        found[f"network {name}"] = lambda form=form: kinds.network_checks(form())
    for name, source in plugged_datasets(plugged).items():
        found[f"data set {name}"] = partial(kinds.dataset_checks, name, source)
    for name, finish in plugged_finishes(plugged).items():
        found[f"finish {name}"] = lambda finish=finish: kinds.finish_checks(finish())
    for name, recipe in plugged_recipes(plugged).items():
        found[f"recipe {name}"] = partial(kinds.recipe_checks, recipe)
    for name, grid in plugged_grids(plugged).items():
        found[f"grid {name}"] = partial(_grid_checks, grid)
    return found


def _judged(files: list[Path], titles: tuple[str, ...]) -> "Iterator[list[CheckResult]]":
    """What the checks of each of these things found."""
    from ..kind_checks import judged

    others = _others(files)
    for title in titles:
        with environment_kept():
            found = judged(others[title]())
        yield found


def _ended(error: UserError) -> "list[CheckResult]":
    from ..kind_checks import CheckResult

    return [CheckResult("can be tried", "failed", str(error))]


def _grid_checks(grid: "Grid") -> "Iterator[tuple[str, Check]]":
    """A grid has cells, each of which has a key of its own, and can be written as TOML."""
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


def _print_whole(table: "Table") -> "Console":
    """Print the table as wide as it is, even where that is wider than the terminal.

    What is cut off of a number is another number.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    wide = console.options.update(width=10_000)
    needed = console.measure(table, options=wide).maximum
    title = table.title.cell_len if isinstance(table.title, Text) else 0
    console.width = max(console.width, needed, title)
    console.print(table)
    return console


def _print_results(title: str, results: "list[CheckResult]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    table.add_column("law", no_wrap=True)
    table.add_column("found", justify="right")
    for result in results:
        table.add_row(result.law, Text(result.words, "bold red" if result.fault else ""))
    console = _print_whole(table)
    for result in results:
        if result.fault:
            console.print(Text(printable(f"{result.law}: {result.fault}")), soft_wrap=True)


def _print_table(method: "Method", found: "dict[Law, list[LawResult]]") -> None:
    """The table, and below it each broken law with what it says and where it is broken."""
    from rich import box
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
    console = _print_whole(table)
    for law, row in found.items():
        faults = {name: r.fault for name, r in zip(LAW_NETWORKS, row, strict=True) if r.fault}
        if faults:
            console.print(Text(f"{law.name}: {law.statement}"), soft_wrap=True)
        for name, fault in faults.items():
            console.print(Text(printable(f"  {name}: {fault}")), soft_wrap=True)
