"""Files that are written whole or not at all."""

import contextlib
import os
import uuid
from pathlib import Path


def write_whole(path: Path, data: str | bytes) -> None:
    """Write `data` to `path`, so that a reader sees the old file or the new one, never a part.

    The bytes go to a hidden file beside it, reach the disk, and then take the name; a process
    killed in between leaves the old file, and at worst the hidden one. Folders are made as needed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("xb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # some systems cannot open or sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
