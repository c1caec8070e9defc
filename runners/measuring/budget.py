"""Limits of time: of a whole run, which stops between cells, and of one alignment, cut off."""

import signal
import threading
import time
import warnings
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import NoReturn, TypeVar

from ...errors import UserError

T = TypeVar("T")


def announce(seconds: float) -> None:
    """Told how long what begins now may take, infinity where there is no limit.

    A process that has somebody to end it puts in place of this what tells them.
    """
    del seconds


class Budget:
    """The seconds that a run may take from now on, and those that each alignment may.

    An alignment has no more time than the whole run: nothing else would end an endless loop.
    """

    def __init__(self, whole: float = inf, alignment: float = inf):
        self._end = time.monotonic() + whole
        self.alignment = min(whole, alignment)

    @property
    def left(self) -> float:
        """The seconds until the time of the run is up; below zero when it has been."""
        return self._end - time.monotonic()

    @property
    def spent(self) -> bool:
        """Whether the time of the run is up."""
        return self.left <= 0


class _TimeIsUp(BaseException):
    """No `Exception`: a method that catches all of these would go on for ever."""


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns; `UserError` where it takes longer than `seconds`.

    It is broken off between two of its Python instructions: a single call into compiled code is
    waited for, unless somebody who was told (`announce`) ends the whole process. Only the main
    thread of a system with interval timers (Linux, macOS) can do so; elsewhere there is a warning,
    and no limit.
    """
    if seconds == inf:
        return work()
    announce(seconds)
    try:
        return _interrupted(seconds, work)
    finally:
        announce(inf)


def _interrupted(seconds: float, work: Callable[[], T]) -> T:
    if not _can_interrupt():
        warnings.warn("the time of an alignment cannot be limited here", stacklevel=2)
        return work()
    before = signal.signal(signal.SIGALRM, _time_is_up)
    try:
        try:
            # Again every second: whatever swallows the first alarm meets another.
            signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeIsUp as error:
        raise UserError(f"did not finish within {seconds:g} s") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm may have kept it from the first stop
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


def _can_interrupt() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer")


def _time_is_up(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    raise _TimeIsUp
