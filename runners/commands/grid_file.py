"""The plug-ins that a grid file brings with it, found without importing torch."""

import tomllib
from pathlib import Path

from ...errors import UserError


def plugins_of(path: Path) -> list[Path]:
    """A Python file itself; the files that a TOML file lists under `plugins`, beside it.

    A file that is not there or no TOML is left to what reads the grid.
    """
    if path.suffix == ".py":
        return [path] if path.is_file() else []
    if path.suffix != ".toml":
        return []
    try:
        named = tomllib.loads(path.read_text(encoding="utf-8")).get("plugins", [])
    except (OSError, ValueError):
        return []
    listed = named if isinstance(named, list) else [named]
    for file in listed:
        if not isinstance(file, str) or not (path.parent / file).exists():
            raise UserError(f"{path}: there is no plug-in {file} beside it, which it names")
    return [path.parent / file for file in listed]
