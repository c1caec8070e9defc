"""Reports put in their place: what an earlier one left goes, and nobody else's file is lost."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path

from ..results.files import write_whole

WRITTEN = "written.json"
"""In each folder of a report: the files that it wrote there, with their checksums."""


def publish(made: Path, out: Path) -> list[Path]:
    """Move the files below `made` to their places below `out`; the files, and the list of them.

    A file that an earlier report wrote and this one has not is deleted where it is still as it
    was written. A file that no report wrote, or that was changed since, stays: where ours takes
    its name it is kept beside it as `name.kept.ending`, with a warning that says so.
    """
    before = _written(out)
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    now = {file.as_posix(): _checksum(made / file) for file in files}
    for file in files:
        target = out / file
        if target.is_file() and _checksum(target) not in (
            now[file.as_posix()],
            before.get(str(file)),
        ):
            _keep(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        (made / file).replace(target)
    for name in before.keys() - now.keys():
        left = out / name
        if left.is_file() and _checksum(left) == before[name]:
            left.unlink()
    write_whole(out / WRITTEN, json.dumps(now, indent=1) + "\n")
    return [*(out / file for file in files), out / WRITTEN]


def _written(out: Path) -> Mapping[str, str]:
    """The files of the earlier report by their checksums; none where the list cannot be read."""
    try:
        found = json.loads((out / WRITTEN).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    inside = out.resolve()
    names = found if isinstance(found, dict) else {}
    return {  # a list that somebody changed must not reach beyond the folder
        name: str(checksum)
        for name, checksum in names.items()
        if (out / name).resolve().is_relative_to(inside)
    }


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(path: Path) -> None:
    beside = path.with_name(f"{path.stem}.kept{path.suffix}")
    count = 1
    while beside.exists():
        count += 1
        beside = path.with_name(f"{path.stem}.kept-{count}{path.suffix}")
    path.rename(beside)
    warnings.warn(f"{path} was not written by a report: kept as {beside.name}", stacklevel=3)
