"""What a folder of tables holds: the rows and the hash of each file, in `tables.json`."""

import csv
import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

CONTENTS = "tables.json"
_TRIES, _PAUSE = 3, 0.1
"""A run may write the tables while a report reads them: so often, and after so many seconds."""


def contents(files: Mapping[str, tuple[int, bytes]]) -> str:
    """The text of `tables.json`: for each table by its name, its rows and the hash of its bytes."""
    stated = {
        name: {"rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
        for name, (rows, content) in files.items()
    }
    return json.dumps(stated, indent=1) + "\n"


def is_stated(path: Path) -> bool:
    """Whether the `tables.json` beside a table speaks of it; a table without is older."""
    return path.name in (_stated(path.parent) or {})


def sound_bytes(path: Path) -> bytes:
    """The table at `path`, which is the one that was written, where that can be told.

    Raises `FileNotFoundError` where there is none, and `ValueError` where it was changed since:
    cut, edited, or put there from elsewhere. The text is one sentence.
    """
    stated, content = {}, b""
    for left in reversed(range(_TRIES)):
        stated = _stated(path.parent)
        if not path.is_file():
            raise FileNotFoundError(f"no results: {path} does not exist")
        content = path.read_bytes()
        if stated is None:
            return content
        if stated.get(path.name, {}).get("sha256") == hashlib.sha256(content).hexdigest():
            return content
        if left:
            time.sleep(_PAUSE)
    change = _change(stated.get(path.name), content)
    raise ValueError(
        f"{path} is not the table that was written there: {change}; "
        f"restore it, or delete {CONTENTS} if the change is your own"
    )


def _change(stated: Mapping[str, object] | None, content: bytes) -> str:
    """What tells that it is another one."""
    rows = stated.get("rows") if stated else None
    with suppress(ValueError, csv.Error):
        found = sum(1 for _ in csv.reader(content.decode().splitlines(keepends=True))) - 1
        if isinstance(rows, int) and found != rows:
            return f"it has {found} rows, not {rows}"
    return f"its checksum is not the one in {CONTENTS}"


def _stated(folder: Path) -> Mapping[str, Mapping[str, object]] | None:
    path = folder / CONTENTS
    try:
        found = json.loads(path.read_bytes())
        if not all(isinstance(each, dict) for each in [found, *found.values()]):
            raise ValueError("it is no object of objects")
    except FileNotFoundError:
        return None
    except (ValueError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged; restore it, or delete it if the tables beside it are your own"
        ) from error
    return found
