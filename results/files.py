"""Files that are written whole or not at all."""

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import UserError


class UnwritableError(UserError, OSError):
    """A file that cannot be written: a full disk, no permission, a folder that is none."""

    def __init__(self, path: Path, error: OSError):
        why = error.strerror or type(error).__name__
        super().__init__(f"cannot write {path}: {why}")
        self.errno, self.strerror = error.errno, why

    def __str__(self) -> str:
        return str(self.args[0])  # not the system's form, with its number


def write_whole(path: Path, data: str | bytes) -> None:
    """Write `data` to `path`, so that a reader sees the old file or the new one, never a part.

    The bytes go to a hidden file beside it, reach the disk, and then take the name; a process
    killed in between leaves the old file, and at worst the hidden one. Folders are made as needed.
    Raises `UnwritableError`, one sentence with the path, where that cannot be.
    """
    with _named(path):
        part = _written_beside(path, data)
        try:
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def write_together(files: Mapping[Path, bytes], last: Path, text: str) -> None:
    """Write `files` of one folder and `last`, which vouches for them: never for others.

    All bytes reach the disk before the first file takes its name; `last` is away meanwhile.
    Raises `UnwritableError` as `write_whole`; until the names are taken all is as it was.
    """
    parts: dict[Path, Path] = {}
    try:
        for path, data in {**files, last: text}.items():
            with _named(path):
                parts[path] = _written_beside(path, data)
        with _named(last):
            last.unlink(missing_ok=True)
        for path, part in parts.items():
            with _named(path):
                part.replace(path)
    except BaseException:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    _sync_folder(last.parent)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """The system's errors say what failed, and seldom where."""
    try:
        yield
    except OSError as error:
        raise UnwritableError(path, error) from error


def _written_beside(path: Path, data: str | bytes) -> Path:
    """A hidden file beside `path` with the data on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:200]}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("xb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):  # where the folder is none, neither is the file
            part.unlink(missing_ok=True)
        raise
    return part


def _sync_folder(path: Path) -> None:
    with contextlib.suppress(OSError):  # some systems cannot open or sync a folder
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
