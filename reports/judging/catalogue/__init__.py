"""The claims by their subjects, the cells that they speak of, and the controls of their tests."""

from .listing import CLAIMS as CLAIMS
from .listing import GRIDS as GRIDS
