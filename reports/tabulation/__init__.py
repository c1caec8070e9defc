"""One file per table, and what they share."""

from .barriers import barrier_table as barrier_table
from .catalogue import tables as tables
from .cost import cost_table as cost_table
from .outcomes import outcome_table as outcome_table
from .ranks import rank_table as rank_table
from .recovery import recovery_table as recovery_table
from .retraining import retraining_table as retraining_table
from .scores import score_table as score_table
from .table import Section as Section
from .table import Table as Table
from .verdicts import verdict_table as verdict_table
