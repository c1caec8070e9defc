"""Every claim that the report judges: one list, in the order of their numbers."""

import re
from dataclasses import replace

from ..claim import Claim
from . import (
    baselines,
    basin,
    earlier_methods,
    matchers,
    merging,
    novelty,
    reach,
    searching,
    sequences,
    several,
    since,
)
from .history import HISTORY


def _claim_order(claim: Claim) -> tuple[str, int, str]:
    """G2 before G10 before G10b, and these before Q1."""
    found = re.fullmatch(r"([A-Z])(\d+)(\w*)", claim.id)
    if found is None:
        raise ValueError(f"a claim is numbered like G10b, not {claim.id!r}")
    return found[1], int(found[2]), found[3]


_EVERY = (
    *matchers.CLAIMS,
    *searching.CLAIMS,
    *basin.CLAIMS,
    *reach.CLAIMS,
    *merging.CLAIMS,
    *novelty.CLAIMS,
    *earlier_methods.CLAIMS,
    *baselines.CLAIMS,
    *since.CLAIMS,
    *several.CLAIMS,
    *sequences.CLAIMS,
)

CLAIMS: tuple[Claim, ...] = tuple(
    replace(claim, history=HISTORY.get(claim.id, ())) for claim in sorted(_EVERY, key=_claim_order)
)

GRIDS = ("mnist", "claims", "recovery", "paper", "sequences", "cifar")
"""The grids whose results they need."""
