"""The claims of the web page: verdicts with their evidence and figures, ready to be written."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

from ..judging.claim import Checked, Claim, Evidence, Finding, PredictionOutcome, Verdict
from ..judging.speakers import GROUPS
from ..tabulation.verdicts import (
    WORDS,
    control_in_words,
    evidence_in_words,
    in_words,
    measured_on,
)
from ..wording.numbers import count
from .packing import packed_picture

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

BY_CONSTRUCTION: Verdict = "by construction"

APART = "True by construction: definitions and theorems that a run can only illustrate, not counted"
"""The heading of claims that are shown by themselves, whoever made them."""

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
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    apart: list[dict[str, Any]] = []
    for finding in findings:
        shown = _claim_as_json(finding, pictures)
        constructed = finding.verdict == BY_CONSTRUCTION
        (apart if constructed else groups[finding.claim.group]).append(shown)
    number = Counter(finding.verdict for finding in findings)
    groups[APART] = apart
    return {
        "groups": {name: shown for name, shown in groups.items() if shown},
        "count": [(v, sign, number[v]) for v, sign in SIGNS.items() if v != BY_CONSTRUCTION],
    }


def _claim_as_json(finding: Finding, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    claim = finding.claim
    if finding.figure is not None and finding.figure not in pictures:
        raise ValueError(
            f"claim {claim.id} names the figure {finding.figure!r}, which is not drawn"
        )
    return {
        "claim": claim,
        "cited": cited(claim),
        "look": _look(finding),
        "verdict": finding.verdict,
        "sign": SIGNS[finding.verdict],
        "evidence": [
            {
                "what": each.what,
                "found": evidence_in_words(each),
                "n": count(each.found) if each.found.n else "",
                "threshold": each.threshold,
                "controls": [_control(checked) for checked in each.controls],
                "images": _from_images(each),
                "outcome": each.outcome,
                "words": WORDS[each.outcome],
                "sign": _OUTCOME_SIGNS[each.outcome],
            }
            for each in finding.evidence
        ],
        "note": finding.note,
        "device": measured_on([finding]),
        "cells": finding.cells,
        "picture": packed_picture(pictures.get(finding.figure or "")),
    }


def cited(claim: Claim) -> str:
    """Who says it, and where its quote stands, if there is one: nothing of that twice."""
    if claim.quote is None:
        return claim.source
    place = claim.quote.place
    if _is_within(place, claim.source):
        return claim.source
    work = claim.source.partition(", ")[0]
    if _YEAR.search(place):
        return f"{claim.source}; the words are those of {place}"
    return f"{work if _YEAR.search(work) else claim.source}, {place}"


def _is_within(place: str, source: str) -> bool:
    """Whether the source says the place already: `section 5` is not in `section 5.1`."""
    return bool(re.search(rf"\b{re.escape(place.removeprefix('the '))}(?!\.?\w)", source))


_YEAR = re.compile(r"\b(?:19|20)\d\d\b|arXiv")
"""What a work is told by."""


def _look(finding: Finding) -> str:
    """At which look the verdict stands, and how many cells it lacks; empty where there is none."""
    told = []
    if finding.look is not None:
        told.append(f"Stands at {finding.look}; it may err in {finding.look.wrong:.2%} of cases.")
    if finding.left_out:
        told.append(f"{finding.left_out} cells failed and are left out.")
    return " ".join(told)


def _control(checked: Checked) -> str:
    """What a control found: whether this could have passed at all."""
    found = in_words(checked.found, checked.bound)
    verb = control_in_words(checked)
    return f"Control: {checked.what}: {found} ({checked.bound}): {verb}"


def _from_images(evidence: Evidence) -> str:
    """The standard error that the choice of the test images adds, where it is known."""
    if isnan(evidence.from_images):
        return ""
    unit = f" {evidence.bound.unit}" if evidence.bound.unit else ""
    return f"± {evidence.from_images:.2g}{unit} (standard error) by the test images"
