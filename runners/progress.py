"""What a long run is doing and how much is left, on a terminal; elsewhere nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Display:
    """A progress display that shows nothing: for pipes, logs and programs."""

    def start(self, cells: int) -> None:
        """From now on, `cells` cells are to be done."""

    def doing(self, what: str) -> None:
        """The work that begins now."""

    def advance(self) -> None:
        """One cell is done."""


class TerminalDisplay(Display):
    """A line that says what is being done, cells done, time gone by and time left."""

    def __init__(self, progress: "Progress", task: "TaskID"):
        self._progress = progress
        self._task = task

    def start(self, cells: int) -> None:
        self._progress.update(self._task, total=cells)

    def doing(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def advance(self) -> None:
        self._progress.advance(self._task)


@contextmanager
def display() -> Iterator[Display]:
    """The display for standard error: a live line on a terminal, which is gone at the end."""
    if not sys.stderr.isatty():
        yield Display()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True)),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("cells,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as progress:
        yield TerminalDisplay(progress, progress.add_task("starting", total=None))
