"""One file per figure, and what they share."""

from .barriers import draw_barriers as draw_barriers
from .calibration import draw_calibration as draw_calibration
from .catalogue import FigureEntry as FigureEntry
from .catalogue import figure_entries as figure_entries
from .cost import draw_cost as draw_cost
from .curves import draw_curves as draw_curves
from .ladder import draw_ladder as draw_ladder
from .pool import FigurePool as FigurePool
from .recovery import draw_recovery as draw_recovery
from .retraining import draw_retraining as draw_retraining
from .sweeps import draw_sweep as draw_sweep
from .verdicts import draw_evidence as draw_evidence
