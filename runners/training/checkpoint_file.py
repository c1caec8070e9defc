"""A checkpoint of a user's own: the file or folder of a network that somebody else has trained."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ...errors import UserError
from ...plugin_files import short_path

WEIGHTS = ("*.safetensors", "*.bin", "*.index.json")
"""What counts of a folder: the weights, and in which file each of them is."""


@dataclass(frozen=True)
class CheckpointFile:
    """A checkpoint by the `digest` of its bytes, which its key holds.

    It does not hold the `path` at which these lie, nor the `name` by which it is called in tables.
    Make some with `checkpoint_files`.
    """

    kind: ClassVar[str] = "file"

    digest: str
    path: str = field(compare=False)
    name: str = field(compare=False)

    @property
    def seed(self) -> int:
        """A number that stands for the network where those of a grid have their seeds."""
        return int(self.digest[:5], 16)

    def checked(self) -> Path:
        """The path; `UserError` where it holds something else by now, or nothing."""
        path = Path(self.path)
        if not path.exists() or digest_of_checkpoint(path) != self.digest:
            gone = "is gone" if not path.exists() else "has changed"
            raise UserError(f"the checkpoint {short_path(path)} {gone} since this run began")
        return path


def checkpoint_files(paths: Sequence[Path | str]) -> tuple[CheckpointFile, ...]:
    """The checkpoints at some paths, in order, with names that tell them apart.

    Raises `UserError` where one is not there, or is no file of weights, and where two of them hold
    the same network.
    """
    found = [Path(path).expanduser().absolute() for path in paths]
    names = _names(found)
    files = tuple(
        CheckpointFile(digest_of_checkpoint(path), str(path), name)
        for path, name in zip(found, names, strict=True)
    )
    seen: dict[str, CheckpointFile] = {}
    for file in files:
        if (other := seen.setdefault(file.digest, file)) is not file:
            raise UserError(
                f"{short_path(other.path)} and {short_path(file.path)} are the same network: "
                "their bytes are equal"
            )
    return files


def digest_of_checkpoint(path: Path) -> str:
    """16 hex digits of the bytes of a file, or of the weights in a folder."""
    if not path.exists():
        raise UserError(f"there is no checkpoint {short_path(path)}")
    inside = sorted({file for pattern in WEIGHTS for file in path.glob(pattern)})
    if path.is_dir() and not inside:
        raise UserError(f"there are no weights in the folder {short_path(path)}")
    whole = hashlib.sha256()
    for file in inside if path.is_dir() else [path]:
        if path.is_dir():
            whole.update(file.name.encode())
        with file.open("rb") as content:
            whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()[:16]


def _names(paths: Sequence[Path]) -> list[str]:
    """As much of the end of each path, without its suffix, as tells them apart."""
    parts = [path.with_suffix("").parts if path.is_file() else path.parts for path in paths]
    longest = max(map(len, parts), default=1)
    for count in range(1, longest + 1):
        names = ["/".join(own[-count:]) for own in parts]
        if len(set(names)) == len(set(paths)):
            return names
    return [str(path) for path in paths]
