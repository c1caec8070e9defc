"""Standard output is for what was asked for: what code of a user's own prints goes beside it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO

_KEPT: list[tuple[TextIO, int | None]] = []
"""Standard output as it was outside of each `said_on_stderr`: what Python writes to, and a file."""


@contextmanager
def said_on_stderr() -> Iterator[None]:
    """Within it, what is written to standard output comes out on standard error.

    By Python and by compiled code alike; but for `print_document`.
    """
    file = None
    with suppress(OSError, ValueError, AttributeError):  # closed, or no file
        sys.stdout.flush()
        file = os.dup(1)
        os.dup2(2, 1)
    _KEPT.append((sys.stdout, file))
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _KEPT.pop()
        if file is not None:
            os.dup2(file, 1)
            os.close(file)


def say_all_on_stderr() -> None:
    """From now on, for the rest of this process, as within `said_on_stderr`."""
    with suppress(OSError):
        os.dup2(2, 1)
    sys.stdout = sys.stderr


def print_document(text: str) -> None:
    """The text that was asked for, on standard output, the outermost one."""
    stream, file = _KEPT[0] if _KEPT else (sys.stdout, None)
    if file is not None:
        os.dup2(file, 1)
    try:
        print(text, file=stream, flush=True)
    finally:
        if file is not None:
            os.dup2(2, 1)
