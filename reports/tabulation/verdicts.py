"""Table: every claim with its verdict, and the evidence behind it."""

from collections.abc import Sequence

import pandas as pd

from ..data.statistics import Interval
from ..judging.claim import Bound, Evidence, Finding
from ..wording.numbers import DASH, MINUS, interval
from .table import Section, Table

WORDS = {
    "holds": "within",
    "fails": "outside",
    "open": "undecided",
    "missing": "not measured",
    "no test": "no test",
}


def verdict_table(findings: Sequence[Finding], about: str) -> Table:
    """The overview first, then a section per claim that has predictions; `about` is the device."""
    overview = pd.DataFrame(
        [
            {
                "": finding.claim.id,
                "Claim": finding.claim.says,
                "Who": finding.claim.source,
                "Verdict": finding.verdict,
            }
            for finding in findings
        ]
    )
    sections = [Section("", "Verdicts", overview, about)]
    sections += [_claim_section(finding) for finding in findings if finding.evidence]
    numbers = pd.DataFrame(
        [
            _evidence_columns(finding, evidence)
            for finding in findings
            for evidence in finding.evidence
        ]
    )
    return Table("verdicts", "Claims and verdicts", sections, numbers)


def _claim_section(finding: Finding) -> Section:
    rows = pd.DataFrame(
        [
            {
                "Prediction": evidence.what,
                "Found": evidence_in_words(evidence),
                "Bound": evidence.threshold,
                "n": str(evidence.found.n or DASH),
                "Outcome": WORDS[evidence.outcome],
            }
            for evidence in finding.evidence
        ]
    )
    claim = finding.claim
    heading = f"{claim.id}: {finding.verdict}"
    where = f"Measured on {finding.cells}." if finding.cells else ""
    said = f"{claim.says} ({claim.source})"
    caption = " ".join(part for part in (said, finding.note, where) if part)
    return Section(claim.id, heading, rows, caption)


def evidence_in_words(evidence: Evidence) -> str:
    """The number with its interval and its unit."""
    return number_in_words(evidence.found, evidence.bound)


def number_in_words(found: Interval, bound: Bound) -> str:
    """A number with its interval, and in the unit of its bound."""
    if not found.n:
        return DASH
    if found.diverged:
        return interval(found, 2, 4)
    text = interval(found, 2, 4) if found.low < found.high else _alone(found.estimate)
    return f"{text} {bound.unit}".rstrip()


def _alone(value: float) -> str:
    """A number without an interval: whole ones as they are, others with three digits."""
    return f"{value:.6g}" if value == round(value) else f"{value:.3g}".replace("-", MINUS)


def _evidence_columns(finding: Finding, evidence: Evidence) -> dict[str, object]:
    return {
        "claim": finding.claim.id,
        "verdict": finding.verdict,
        "prediction": evidence.what,
        "estimate": evidence.found.estimate,
        "low": evidence.found.low,
        "high": evidence.found.high,
        "n": evidence.found.n,
        "bound_low": evidence.bound.low,
        "bound_high": evidence.bound.high,
        "unit": evidence.bound.unit,
        "outcome": evidence.outcome,
    }
