"""Records, gathered and read as a grid."""

import pytest

from basinbench.reports.data.grid import read_grid
from basinbench.results.store import gather


@pytest.fixture
def read(tmp_path):
    def gathered(*made):
        gather([each for records in made for each in records], tmp_path)
        return read_grid(tmp_path)

    return gathered
