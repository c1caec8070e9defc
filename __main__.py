"""`python -m basinbench` is the command `basinbench`."""

import os
import sys
from pathlib import Path

from .runners.cli import main

if __name__ == "__main__":
    # Python puts the current folder first on its path, where each library would find the user's
    # files: the command `basinbench` does not either.
    if sys.path[:1] == [os.getcwd()] and Path(__file__).parents[1] != Path.cwd():
        del sys.path[0]
    sys.exit(main())
