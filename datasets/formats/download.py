"""Fetching a data set through torchvision, without waiting for ever and without a traceback."""

import io
import socket
import sys
from collections.abc import Callable
from contextlib import nullcontext, redirect_stderr
from pathlib import Path

TIMEOUT = 10
"""Seconds that a silent server is waited for."""


def fetch(name: str, root: Path, download: Callable[[], object]) -> None:
    """Run `download`, which puts the data set `name` under `root`.

    Raises `FileNotFoundError`, one sentence with the folder, the reason and what to do, whatever
    goes wrong: no network, no torchvision, a folder that cannot be written, a damaged archive.
    """
    before = socket.getdefaulttimeout()
    quiet = nullcontext() if sys.stderr.isatty() else redirect_stderr(io.StringIO())
    try:
        socket.setdefaulttimeout(TIMEOUT)  # urllib, which torchvision uses, would wait for ever
        with quiet:
            download()
    except Exception as error:
        lines = str(error).strip().splitlines()
        reason = lines[-1] if lines else type(error).__name__
        raise FileNotFoundError(
            f"data set {name!r} is not in {root} and cannot be downloaded ({reason}); set the "
            "environment variable BASINBENCH_DATA to a folder that has it."
        ) from error
    finally:
        socket.setdefaulttimeout(before)
