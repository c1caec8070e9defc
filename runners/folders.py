"""Where things are kept, and whether they can be."""

import tempfile
from pathlib import Path

from ..errors import UserError
from ..plugin_files import short_path

OWN_RESULTS, OWN_REPORTS = Path("my-results"), Path("my-reports")
"""Where a user's own runs go, beside the results that come with the package and not over them."""


def shipped_results() -> Path:
    """The tables that came with the package: in a checkout those that are committed."""
    return Path(__file__).parents[1] / "results"


def check_folder(kind: str, folder: Path) -> None:
    """`UserError` where something else than a folder is there, or on the way to it."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if not there.is_dir():
        raise UserError(
            f"the {kind} folder {short_path(folder)} cannot be: {short_path(there)} is no folder"
        )


def check_writable(kind: str, folder: Path) -> None:
    """Make `folder` and write to it, before hours of work; `UserError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"cannot write to the {kind} folder {short_path(folder)} ({error.strerror}); "
            f"choose another with --{kind}"
        ) from error
