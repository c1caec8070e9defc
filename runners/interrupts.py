"""A run that is told to stop: by Ctrl-C, or by SIGTERM as a queue or a container sends it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import NoReturn


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is answered as Ctrl-C is."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, SIGTERM raises `Terminated` instead of ending the process at once."""
    if current_thread() is not main_thread():  # nobody else hears signals
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def pass_on_orders(error: BaseException) -> None:
    """Raise `error` again where it tells this process to stop.

    Where Ctrl-C is not heard, as in the processes of a pool, a `KeyboardInterrupt` is nobody's
    order but the fault of the code that raised it.
    """
    if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        raise error


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    raise Terminated
