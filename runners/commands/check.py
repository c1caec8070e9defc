"""`basinbench check`: whether a method keeps the laws, in seconds and without data."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import nearest

if TYPE_CHECKING:
    from ...methods.base import Method
    from ..laws import Law, LawResult


def main(options: Namespace) -> int:
    """Print a table for each method; 0 when all laws are kept, 1 otherwise."""
    from ..checks import check

    kept = True
    for method in _find(options.methods):
        found = check(method, options.align_budget)
        _print_table(method, found)
        kept &= not any(result.fault for row in found.values() for result in row)
    return 0 if kept else 1


def _find(texts: list[str]) -> "list[Method]":
    """The methods of these names, files and folders, each as it comes."""
    from ...methods.plugins.catalogue import methods
    from ...methods.plugins.loader import load_plugin
    from ...plugin_things import join

    known = methods()
    chosen: dict[str, type[Method]] = {}
    for text in texts:
        if text in known:
            chosen[text] = known[text]
        elif text.endswith(".py") or Path(text).exists():
            loaded = load_plugin(Path(text))
            join(known, loaded, "method")  # it may not take a name that there is
            chosen |= loaded
        else:
            raise nearest("method", text, known)
    return [method() for method in chosen.values()]


def _print_table(method: "Method", found: "dict[Law, list[LawResult]]") -> None:
    """The table, and below it each broken law with what it says and where it is broken."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..checks import LAW_NETWORKS
    from ..keys import label_of

    title = Text(f"{label_of(method)} [{method.paper}]")
    table = Table(title=title, title_justify="left")
    table.add_column("law", no_wrap=True)
    for name in LAW_NETWORKS:
        table.add_column(name, justify="right")
    for law, row in found.items():
        table.add_row(law.name, *(Text(r.words, "bold red" if r.fault else "") for r in row))
    console = Console(highlight=False)
    console.print(table)
    for law, row in found.items():
        faults = {name: r.fault for name, r in zip(LAW_NETWORKS, row, strict=True) if r.fault}
        if faults:
            console.print(Text(f"{law.name}: {law.statement}"), soft_wrap=True)
        for name, fault in faults.items():
            console.print(Text(f"  {name}: {fault}"), soft_wrap=True)
