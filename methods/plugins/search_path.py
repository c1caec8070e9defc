"""Where plug-ins are looked for: named without importing them, or torch."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...errors import UserError

VARIABLE = "BASINBENCH_PLUGINS"
"""The environment variable with files and folders of plug-ins, separated as PATH is."""


@contextmanager
def plugins(paths: Sequence[Path]) -> Iterator[None]:
    """Within it, `paths` are plug-ins as well, for this process and those that it starts."""
    for path in paths:
        if os.pathsep in str(path):
            raise UserError(f"the path of a plug-in cannot hold {os.pathsep!r}: {path}")
    before = os.environ.get(VARIABLE)
    named = [*filter(None, (before or "").split(os.pathsep)), *(str(p.absolute()) for p in paths)]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys(named))
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
