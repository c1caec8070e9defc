"""Verdicts that claims had before, by which rule, and why that changed.

Rules of the first runs (25 November 2026) judged means without intervals. Those of the review a day
later judged five disjoint pairs by intervals that were widened for the number of predictions, and
called undecided what had failed in part. An audit found both wanting; what each claim was asked
beside these, and is no longer, stands here.
"""

from collections.abc import Mapping

from ...claim import Earlier
from .of_the_dispute import DISPUTE
from .of_the_paper import PAPER

HISTORY: Mapping[str, tuple[Earlier, ...]] = {**PAPER, **DISPUTE}
