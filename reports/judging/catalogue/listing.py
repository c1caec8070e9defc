"""Every claim that the report judges: one list, in the order of their numbers."""

import re

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
    several,
    since,
)


def _claim_order(claim: Claim) -> tuple[str, int, str]:
    """G2 before G10 before G10b, and these before Q1."""
    found = re.fullmatch(r"([A-Z])(\d+)(\w*)", claim.id)
    if found is None:
        raise ValueError(f"a claim is numbered like G10b, not {claim.id!r}")
    return found[1], int(found[2]), found[3]


CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
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
        ),
        key=_claim_order,
    )
)

GRIDS = ("mnist", "claims", "recovery", "paper")
"""The grids whose results they need."""
