"""The claims of the web page: verdicts with their evidence and figures, ready to be written."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..judging.claim import Finding, PredictionOutcome, Verdict
from ..tabulation.verdicts import WORDS, evidence_in_words
from ..wording.numbers import count

SIGNS: Mapping[Verdict, str] = {
    "supported": "✓",
    "refuted": "✕",
    "mixed": "◐",
    "undecided": "≈",
    "by construction": "≡",
    "not yet measured": "○",
    "not judged": "–",
}
"""Every verdict with its sign, in the order in which they are counted."""

_OUTCOME_SIGNS: Mapping[PredictionOutcome, str] = {
    "holds": "✓",
    "fails": "✕",
    "open": "≈",
    "missing": "○",
    "no test": "–",
}


def claims_as_json(findings: Iterable[Finding], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """The groups of claims in their order, and how many there are of each verdict.

    `pictures` holds each figure's SVG by its name. Raises `ValueError`, with one sentence,
    where a claim occurs twice or its figure is missing.
    """
    findings = list(findings)
    ids = Counter(finding.claim.id for finding in findings)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise ValueError(f"more than one finding about claim {twice[0]}")
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault(finding.claim.group, []).append(_claim_as_json(finding, pictures))
    count = Counter(finding.verdict for finding in findings)
    return {
        "groups": groups,
        "count": [(verdict, sign, count[verdict]) for verdict, sign in SIGNS.items()],
    }


def _claim_as_json(finding: Finding, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    claim = finding.claim
    if finding.figure is not None and finding.figure not in pictures:
        raise ValueError(
            f"claim {claim.id} names the figure {finding.figure!r}, which is not drawn"
        )
    return {
        "claim": claim,
        "verdict": finding.verdict,
        "sign": SIGNS[finding.verdict],
        "evidence": [
            {
                "what": each.what,
                "found": evidence_in_words(each),
                "n": count(each.found),
                "threshold": each.threshold,
                "outcome": each.outcome,
                "words": WORDS[each.outcome],
                "sign": _OUTCOME_SIGNS[each.outcome],
            }
            for each in finding.evidence
        ],
        "note": finding.note,
        "device": finding.device,
        "cells": finding.cells,
        "picture": None if finding.figure is None else _address(pictures[finding.figure]),
    }


def _address(picture: bytes) -> str:
    """A `data:` address that holds the picture itself."""
    return f"data:image/svg+xml;base64,{b64encode(picture).decode()}"
