"""Every claim that the report judges: one list, in the order of their numbers."""

import re

from . import claims_basin, claims_evidence, claims_matchers, claims_merge, claims_novelty
from .claim import Claim


def _order(claim: Claim) -> tuple[str, int, str]:
    """G2 before G10 before G10b, and these before Q1."""
    found = re.fullmatch(r"([A-Z])(\d+)(\w*)", claim.id)
    if found is None:
        raise ValueError(f"a claim is numbered like G10b, not {claim.id!r}")
    return found[1], int(found[2]), found[3]


CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *claims_matchers.CLAIMS,
            *claims_basin.CLAIMS,
            *claims_merge.CLAIMS,
            *claims_novelty.CLAIMS,
            *claims_evidence.CLAIMS,
        ),
        key=_order,
    )
)

GRIDS = ("claims", "recovery", "paper")
"""The grids whose results they need."""
