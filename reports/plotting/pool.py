"""Where figures become files: in this process, or in several beside it."""

import gc
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from matplotlib.figure import Figure

from ...results.files import write_whole
from .canvas import files

ENDINGS = (".png", ".pdf")

COLLECT_AFTER = 200_000
"""Objects between two looks for garbage: a figure is made of many, which live as long as it."""

P = ParamSpec("P")
T = TypeVar("T")


class FigurePool:
    """A context that draws and saves figures; when it is left, all of them have been written.

    With one process work is done when it is handed over. More take the work as it comes, which
    pays from a dozen figures on: they have to start. As with all of Python's new processes, a
    script that asks for them needs its `if __name__ == "__main__"`.
    """

    def __init__(self, processes: int = 1) -> None:
        self._begun: list[Future] = []
        self._pool = None
        if processes > 1:
            # Not `fork`: this process may have threads by now.
            self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin_drawing)

    def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """What `work` will return; it and its arguments can be pickled. Raises what it raises."""
        if self._pool:
            self._begun.append(self._pool.submit(work, *args, **kwargs))
            return self._begun[-1]
        done: Future[T] = Future()
        done.set_result(work(*args, **kwargs))
        return done

    def save(self, figure: Figure, stem: Path) -> list[Path]:
        """Write `stem.png` and `stem.pdf`; their paths. The figure is not to be used again."""
        self.do(write_figure, figure, stem)
        return paths(stem)

    def finish(self) -> None:
        """Wait for all figures so far; raises `OSError` where one cannot be written."""
        begun, self._begun = self._begun, []
        for each in begun:
            each.result()

    def __enter__(self) -> "FigurePool":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            if self._pool:
                self._pool.shutdown(cancel_futures=True)


def paths(stem: Path) -> list[Path]:
    """The files that a figure becomes: `stem.png` and `stem.pdf`."""
    return [stem.with_name(stem.name + ending) for ending in ENDINGS]


def write_figure(figure: Figure, stem: Path) -> None:
    """Write `stem.png` and `stem.pdf` here and now."""
    content = files(figure)
    for path in paths(stem):
        write_whole(path, content[path.suffix])


def _begin_drawing() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    collect_seldom()


def collect_seldom() -> None:
    """Look for garbage less often, in this process from now on: a fifth of the time of a figure."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
