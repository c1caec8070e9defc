"""Every claim that the report judges: one list, in the order of their numbers."""

import re

from . import baselines, basin, matchers, merging, novelty
from .claim import Claim


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
            *basin.CLAIMS,
            *merging.CLAIMS,
            *novelty.CLAIMS,
            *baselines.CLAIMS,
        ),
        key=_claim_order,
    )
)

GRIDS = ("claims", "recovery", "paper")
"""The grids whose results they need."""
