"""What tables and figures are made of: results read, grouped, ranked and averaged."""

from .condition import Condition as Condition
from .grid import GridResults as GridResults
from .grid import read_grid as read_grid
from .named import Named as Named
from .quantities import Quantity as Quantity
from .ranking import Ranks as Ranks
from .ranking import ranked as ranked
from .statistics import Interval as Interval
from .sweeps import Sweep as Sweep
