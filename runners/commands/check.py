"""`basinbench check`: whether a method keeps the laws, in seconds and without data."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import nearest

if TYPE_CHECKING:
    from ...methods.base import Method
    from ..checks import LawResult


def main(options: Namespace) -> int:
    """Print a table for each method; 0 when all laws are kept, 1 otherwise."""
    from ..checks import check

    kept = True
    for method in _find(options.methods):
        found = check(method, options.align_budget)
        _print_table(method, found)
        kept &= not any(finding.fault for row in found.values() for finding in row)
    return 0 if kept else 1


def _find(texts: list[str]) -> "list[Method]":
    """The methods of these names, files and folders, each as it comes."""
    from ...methods.catalogue import methods
    from ...methods.plugins.loader import join, load_plugin

    known = methods()
    chosen: dict[str, type[Method]] = {}
    for text in texts:
        if text in known:
            chosen[text] = known[text]
        elif text.endswith(".py") or Path(text).exists():
            loaded = load_plugin(Path(text))
            join(known, loaded)  # it may not take a name that there is
            chosen |= loaded
        else:
            raise nearest("method", text, known)
    return [method() for method in chosen.values()]


def _print_table(method: "Method", found: "dict[str, list[LawResult]]") -> None:
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
        table.add_row(law, *(Text(f.words, "bold red" if f.fault else "") for f in row))
    console = Console(highlight=False)
    console.print(table)
    for law, row in found.items():
        for name, finding in zip(LAW_NETWORKS, row, strict=True):
            if finding.fault:
                console.print(Text(f"{law}, {name}: {finding.fault}"), soft_wrap=True)
