"""Where figures are drawn and written: in this process, or in several beside it."""

import gc
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from matplotlib.figure import Figure

from ...results.files import write_whole
from .canvas import content

COLLECT_AFTER = 200_000
"""Objects between two looks for garbage: a figure is made of many, which live as long as it."""

S = TypeVar("S")
T = TypeVar("T")


class FigurePool:
    """A context in which figures are drawn; when it is left, nothing is under way any more.

    With one process work is done when its result is asked for, more begin at once. As with all of
    Python's new processes, a script that asks for them needs its `if __name__ == "__main__"`.
    """

    def __init__(self, processes: int = 1) -> None:
        # Not `fork`: this process may have threads by now.
        spawn = get_context("spawn")
        self._pool = (
            ProcessPoolExecutor(processes, spawn, _begin_drawing) if processes > 1 else None
        )

    def map(self, work: Callable[[S], T], subjects: Iterable[S]) -> Iterator[T]:
        """What `work` returns of each; all of it can be pickled. Raises what `work` raises."""
        return self._pool.map(work, subjects) if self._pool else map(work, subjects)

    def __enter__(self) -> "FigurePool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def paths(stem: Path, formats: Sequence[str]) -> list[Path]:
    """The files that a figure becomes, one per format: `stem.svg` and so on."""
    return [stem.with_name(f"{stem.name}.{each}") for each in formats]


def write_figure(figure: Figure, stem: Path, formats: Sequence[str]) -> None:
    """Write the files of `paths`. The figure is not to be used again."""
    drawn = content(figure, formats)
    for path, data in zip(paths(stem, formats), drawn, strict=True):
        write_whole(path, data)


def collect_seldom() -> None:
    """Look for garbage less often, in this process from now on: a fifth of the time of a figure."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _begin_drawing() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    collect_seldom()
