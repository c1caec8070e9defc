"""What a long run is doing and how much is left: a live line, or lines now and then in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .counting import counted
from .errors import say
from .times import duration

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

BETWEEN_LINES = 30.0
"""Seconds between two lines in a log."""


class Display:
    """Counts what is done and shows nothing: for programs; others show it.

    `expected` is what everything may take in seconds, 0 where that is not known.
    """

    def __init__(self) -> None:
        self.cells = self.networks = self.all_cells = self.all_networks = 0
        self._expected = 0.0
        self._begun = time.monotonic()

    def start(self, cells: int, networks: int = 0, expected: float = 0.0) -> None:
        """From now on, `cells` cells are to be done, and `networks` are to be trained for them."""
        self.all_cells, self.all_networks, self._expected = cells, networks, expected
        self._begun = time.monotonic()
        self.show()

    def doing(self, what: str) -> None:
        """The work that begins now."""

    def trained(self) -> None:
        """One network is there."""
        self.networks += 1
        self.show()

    def advance(self) -> None:
        """One cell is done."""
        self.cells += 1
        self.show()

    def show(self) -> None:
        """The counts have changed."""

    @property
    def counts(self) -> str:
        """Such as `3/6 networks, 12/365 cells, about 4 min left`."""
        networks = f"{self.networks}/{counted(self.all_networks, 'network')}, "
        left = f", about {duration(self.left)} left" if self.left > 0 else ""
        cells = f"{self.cells}/{counted(self.all_cells, 'cell')}"
        return f"{networks if self.all_networks else ''}{cells}{left}"

    @property
    def left(self) -> float:
        """Seconds: at first what was expected, then more and more what this run's own pace says."""
        gone = time.monotonic() - self._begun
        share = self.cells / self.all_cells if self.all_cells else 1.0
        paced = gone * (1 - share) / share if share else 0.0
        if not self._expected:
            return paced
        return share * paced + (1 - share) * max(self._expected - gone, 0.0)


class TerminalDisplay(Display):
    """A line that says what is being done, networks and cells done, and time left."""

    def __init__(self, progress: "Progress", task: "TaskID"):
        super().__init__()
        self._progress = progress
        self._task = task

    def doing(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def show(self) -> None:
        self._progress.update(self._task, counts=self.counts)


class LogDisplay(Display):
    """A sentence now and then, for a pipe or a file; none in the first seconds."""

    def __init__(
        self,
        tell: Callable[[str], None] = say,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self._tell = tell
        self._clock = clock
        self._last = clock()

    def show(self) -> None:
        if self.cells < self.all_cells and self._clock() - self._last >= BETWEEN_LINES:
            self._last = self._clock()
            self._tell(self.counts)


@contextmanager
def display() -> Iterator[Display]:
    """The display for standard error: a live line on a terminal, which is gone at the end."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield LogDisplay()
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(*columns(), console=console, transient=True, expand=True) as progress:
        yield TerminalDisplay(progress, progress.add_task("starting", total=None, counts=""))


def columns() -> "list[ProgressColumn]":
    """What is being done, as much as there is room for, and the counts, whole."""
    from rich.progress import SpinnerColumn, TextColumn
    from rich.table import Column

    room = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    counts = Column(no_wrap=True, justify="right")
    return [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=room),
        TextColumn("{task.fields[counts]}", table_column=counts),
    ]
