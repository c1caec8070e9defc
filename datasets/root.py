"""Where data sets lie."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def data_root() -> Path:
    """Where data sets lie: `$BASINBENCH_DATA`, else a folder of the per-user cache."""
    given = os.environ.get("BASINBENCH_DATA")
    return Path(given).expanduser() if given else user_cache_path("basinbench") / "data"
