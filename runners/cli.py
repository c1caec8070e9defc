"""The command line: `basinbench run`, `compare`, `merge`, `explain`, `report` and others.

Nothing here imports torch before a verb needs it, so that `--help` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from .. import __version__
from ..environment_variables import folders_fixed
from ..errors import UserError, printable
from ..plugin_files import plugins
from ..standard_output import said_on_stderr
from ..user_folders import DATA, HOME
from .commands.grid_file import plugins_of
from .commands.list import KINDS
from .commands.options.option_types import folder, formats, positive, seconds
from .commands.options.own_networks_options import add_own_networks_verbs
from .commands.options.running_options import add_plugin_option, add_running_options
from .errors import say, show_warnings_as_sentences
from .folders import OWN_REPORTS, OWN_RESULTS
from .interrupts import Terminated

OK, FAILED, MISUSED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
"""Exit codes: all well; cells failed; bad input; broken off by Ctrl-C or by SIGTERM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error is one line on stderr."""
    try:
        options = parser().parse_args(arguments)
        show_warnings_as_sentences()
        _fix_folders(options)
        apart = said_on_stderr() if getattr(options, "json", False) else nullcontext()
        with apart, folders_fixed(HOME, DATA), plugins(_plugins(options)):
            return import_module(f".commands.{options.verb}", __package__).main(options)
    except (UserError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `basinbench list | head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        say(str(error))
        return MISUSED
    except KeyboardInterrupt as stop:
        say("interrupted; run the same command again to go on")
        terminated = isinstance(stop.__cause__ or stop, Terminated)
        return TERMINATED if terminated else INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage above them."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"basinbench: {printable(message)}; see {self.prog} --help\n")

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        """All arguments, so that the verb that does not know one points to its own help."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs; `verb` in its result names the module that does the work."""
    top = _Parser(prog="basinbench", description=_DESCRIPTION, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"basinbench {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    run = _verb(verbs, "run", "run the cells of a grid that are missing, and gather its tables")
    run.add_argument("grid", nargs="?", metavar="GRID", help="default: quick")
    run.add_argument(
        "--grid",
        dest="grid_file",
        type=Path,
        metavar="FILE",
        help="a grid of your own instead: a TOML file, as `basinbench list --grid quick --as toml` "
        "prints one, or a Python file that makes a basinbench.Grid",
    )
    run.add_argument(
        "--name",
        metavar="NAME",
        help="of the table; default: the grid's, or GRID-own where filters add cells to it",
    )
    chosen = run.add_argument_group("filters", _ABOUT_FILTERS)
    for name, meaning in _FILTERS.items():
        chosen.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=meaning)
    add_plugin_option(run)
    run.add_argument(
        "--looks",
        type=positive,
        default=1,
        metavar="N",
        help="at most so many looks of a grid that has several: after each, more networks are "
        "measured for those claims that are still undecided; default: 1",
    )
    add_running_options(run)

    add_own_networks_verbs(lambda name, help: _verb(verbs, name, help))

    gather = _verb(verbs, "gather", "bring the tables that other machines have made to one's own")
    gather.add_argument(
        "folders",
        nargs="+",
        type=folder,
        metavar="FOLDER",
        help="the --results of a run elsewhere, or the tables of one grid in it",
    )
    gather.add_argument(
        "--results",
        type=folder,
        default=OWN_RESULTS,
        metavar="FOLDER",
        help=f"where their rows go: of a cell that is there too the later stands; default: "
        f"./{OWN_RESULTS}",
    )

    report = _verb(verbs, "report", "tables and figures from the results of finished grids")
    report.add_argument("grids", nargs="*", metavar="GRID", help="default: all that have results")
    report.add_argument(
        "--results",
        type=folder,
        metavar="FOLDER",
        help=f"default: ./{OWN_RESULTS}, and those that came with the package beside them",
    )
    report.add_argument(
        "--out",
        type=folder,
        default=OWN_REPORTS,
        metavar="FOLDER",
        help=f"default: ./{OWN_REPORTS}",
    )
    report.add_argument(
        "--format",
        type=formats,
        default=(),
        metavar="FORMAT,...",
        help="also write figures as pdf or png; they are always written as svg",
    )

    check = _verb(verbs, "check", "judge methods and plug-ins in seconds: laws that all must keep")
    check.add_argument(
        "things",
        nargs="+",
        metavar="METHOD|FILE",
        help="a method by its name, or a file or folder with methods, networks, data sets, "
        "recipes, finishes or grids of your own",
    )
    add_plugin_option(check)
    check.add_argument(
        "--align-budget",
        type=seconds,
        default=60.0,
        metavar="TIME",
        help="an alignment that takes longer fails; default: 60s",
    )

    data = _verb(verbs, "data", "which data sets there are; prepare makes one from another")
    add_plugin_option(data)
    data.add_argument("action", nargs="?", choices=("prepare",), help="default: list them")
    data.add_argument("name", nargs="?", metavar="NAME", help="what to prepare: cifar10-jpeg")

    show = _verb(verbs, "list", "what there is to choose from")
    add_plugin_option(show)
    show.add_argument(
        "--grid",
        dest="shown_grid",
        metavar="GRID",
        help="what this grid, or that of a file, holds: its methods, networks, seeds, ...",
    )
    show.add_argument(
        "--as",
        dest="form",
        choices=("text", "toml"),
        default="text",
        help="toml: as a file for `basinbench run --grid FILE`; needs --grid",
    )
    show.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}; default: all")
    return top


_DESCRIPTION = """
Compare the methods that bring independently trained neural networks into one basis so that
their weights can be averaged: train the networks, align them, walk the line between them.
"""

_ABOUT_FILTERS = """
run a part of the grid; may be given several times, or with commas. What the grid does not have is
added: a new method, network, data set, recipe, finish or set of seeds takes the place of those in
the blocks that the other filters leave. [0.2, 0.5] in the place of one value means each.
"""

_FILTERS = {
    "method": "a method, or a variant as the tables name it: zipit(until=0.5)",
    "network": "a network, or a family of them: mlp-1024x3, mlp(widths=(64, 32)), vgg, resnet20",
    "dataset": "a data set",
    "recipe": "how the networks are trained: mnist-short(epochs=3)",
    "finish": "what follows the merge: retrain(epochs=5)",
    "seed": "networks by their seeds: 0-1, all-pairs:0-9, or 0 for every cell with that network",
}


def _verb(verbs: argparse._SubParsersAction, name: str, help: str) -> argparse.ArgumentParser:
    return verbs.add_parser(name, help=help, description=help.capitalize(), allow_abbrev=False)


def _fix_folders(options: argparse.Namespace) -> None:
    """Make every path to which something is written absolute, before any code of a plug-in runs."""
    for name, value in vars(options).items() if "plugin" in options else ():
        if isinstance(value, Path) and name != "grid_file":  # which is read at once
            setattr(options, name, value.absolute())


def _plugins(options: argparse.Namespace) -> list[Path]:
    """The plug-ins that the options name, and those that a grid file brings."""
    file = getattr(options, "grid_file", None) or Path(getattr(options, "shown_grid", None) or "")
    return [*getattr(options, "plugin", ()), *plugins_of(file)]
