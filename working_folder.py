"""The current folder, which relative paths mean, put back after code that may change it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def working_folder_kept(changed: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Within it the current folder may be changed; afterwards it is as before, and `changed` told.

    One that is gone by then cannot be put back.
    """
    before = _current()
    try:
        yield
    finally:
        if before is not None and _current() != before and os.path.isdir(before):
            os.chdir(before)
            changed()


def _current() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None
