"""Folders of a user's that the environment names: they are absolute, wherever one stands."""

from pathlib import Path

from .environment_variables import folder_named

HOME = "BASINBENCH_HOME"
"""The variable that names where trained networks, finished cells and decoded data sets lie."""

DATA = "BASINBENCH_DATA"
"""The variable that names where data sets lie."""


def default_home() -> Path:
    """$BASINBENCH_HOME, else a cache folder of the user's."""
    if named := folder_named(HOME):
        return named
    from platformdirs import user_cache_path

    return user_cache_path("basinbench")
