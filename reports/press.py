"""Where figures become files: in this process, or in several beside it."""

import signal
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from matplotlib.figure import Figure

from ..results.files import write_whole
from .canvas import files

ENDINGS = (".png", ".pdf")


class Press:
    """A context that saves figures; when it is left, all of them have been written.

    With one process a figure is saved when it is handed over. More take the figures as they come,
    which pays from a dozen on: the others have to start. As with all of Python's new processes, a
    script that asks for them needs its `if __name__ == "__main__"`.
    """

    def __init__(self, processes: int = 1) -> None:
        self._begun: list[Future[None]] = []
        self._pool = None
        if processes > 1:
            # Not `fork`: this process may have threads by now.
            self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _leave_interrupts)

    def save(self, figure: Figure, stem: Path) -> list[Path]:
        """Write `stem.png` and `stem.pdf`; their paths. The figure is not to be used again."""
        if self._pool:
            self._begun.append(self._pool.submit(_write, figure, stem))
        else:
            _write(figure, stem)
        return [stem.with_name(stem.name + ending) for ending in ENDINGS]

    def finish(self) -> None:
        """Wait for all figures so far; raises `OSError` where one cannot be written."""
        begun, self._begun = self._begun, []
        for each in begun:
            each.result()

    def __enter__(self) -> "Press":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            if self._pool:
                self._pool.shutdown(cancel_futures=True)


def _write(figure: Figure, stem: Path) -> None:
    for ending, data in files(figure).items():
        write_whole(stem.with_name(stem.name + ending), data)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
