"""Where data sets lie."""

from pathlib import Path

from platformdirs import user_cache_path

from ..environment_variables import folder_named
from ..user_folders import DATA


def data_root() -> Path:
    """Where data sets lie: `$BASINBENCH_DATA`, else a folder of the per-user cache; absolute."""
    return folder_named(DATA) or user_cache_path("basinbench") / "data"
