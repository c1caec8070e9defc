"""Table: every claim with its verdict, and the evidence behind it."""

from collections.abc import Iterator, Sequence
from math import isnan

import pandas as pd

from ..data.statistics import Interval
from ..judging.claim import Bound, Checked, Evidence, Finding
from ..wording.captions import mixed_code
from ..wording.numbers import DASH, MINUS, count, interval
from .table import Section, Table

WORDS = {
    "holds": "within",
    "fails": "outside",
    "open": "undecided",
    "missing": "not measured",
    "no test": "no test",
}


def verdict_table(findings: Sequence[Finding], about: str) -> Table:
    """The overview first, then a section per claim that has predictions; `about` is the device.

    What is true by construction is listed apart: a run can only illustrate it.
    """
    made = [f for f in findings if f.verdict == "by construction"]
    counted = [f for f in findings if f.verdict != "by construction"]
    sections = [Section("", "Verdicts", _overview(counted), about)]
    if made:
        sections.append(Section("", "True by construction", _overview(made), _NOT_COUNTED))
    sections += [_claim_section(finding) for finding in findings if finding.evidence]
    numbers = pd.DataFrame(
        [
            _evidence_columns(finding, evidence)
            for finding in findings
            for evidence in finding.evidence
        ]
    )
    return Table("verdicts", "Claims and verdicts", sections, numbers)


_NOT_COUNTED = "Definitions and theorems: a run can only illustrate them, and none is counted."


def _overview(findings: Sequence[Finding]) -> pd.DataFrame:
    rows = [
        {
            "": finding.claim.id,
            "Claim": finding.claim.says,
            "Who": finding.claim.source,
            "Verdict": finding.verdict,
        }
        | ({"Stands at": str(finding.look or "")} if any(f.look for f in findings) else {})
        for finding in findings
    ]
    return pd.DataFrame(rows)


def _claim_section(finding: Finding) -> Section:
    rows = []
    for evidence in finding.evidence:
        rows.append(
            {
                "Prediction": evidence.what,
                "Found": evidence_in_words(evidence),
                **({"Test images": _from_images(evidence)} if _has_images(finding) else {}),
                "Bound": evidence.threshold,
                "n": count(evidence.found) if evidence.found.n else DASH,
                "Outcome": WORDS[evidence.outcome],
            }
        )
        rows += [
            {
                "Prediction": f"Control of this: {control.what}",
                "Found": in_words(control.found, control.bound),
                **({"Test images": ""} if _has_images(finding) else {}),
                "Bound": str(control.bound),
                "n": count(control.found) if control.found.n else DASH,
                "Outcome": control_in_words(control),
            }
            for control in evidence.controls
        ]
    heading = f"{finding.claim.id}: {finding.verdict}"
    return Section(finding.claim.id, heading, pd.DataFrame(rows), " ".join(_about(finding)))


def _about(finding: Finding) -> Iterator[str]:
    """What stands under the evidence, sentence by sentence."""
    claim = finding.claim
    yield f"{claim.says} ({claim.source})"
    if claim.quote:
        yield f"“{claim.quote.text}” ({claim.quote.place})"
    if finding.note:
        yield finding.note
    if finding.cells:
        yield f"Measured on {finding.cells}."
    if finding.look:
        yield f"Stands at: {finding.look}."
    if finding.left_out:
        yield f"{finding.left_out} cell{'s' * (finding.left_out > 1)} of these failed."
    for earlier in claim.history:
        yield f"Earlier: {earlier.verdict} ({earlier.rule}). {earlier.why}"


def measured_on(findings: Sequence[Finding]) -> str:
    """The devices of all these together, and by how many states of its code each method was run."""
    devices = sorted({device for finding in findings for device in finding.devices})
    mixed = mixed_code(frozenset[tuple[str, str]]().union(*(f.code for f in findings)))
    return "; ".join([*devices, *([f"not all by one state of the code: {mixed}"] if mixed else [])])


def control_in_words(control: Checked) -> str:
    """Whether it passed, and so whether its prediction is a test."""
    if not control.found.n:
        return WORDS["missing"]
    return "passed" if control.passed else "failed"


def _has_images(finding: Finding) -> bool:
    return any(not isnan(evidence.from_images) for evidence in finding.evidence)


def _from_images(evidence: Evidence) -> str:
    error = evidence.from_images
    return DASH if isnan(error) else f"± {error:.2g}"


def evidence_in_words(evidence: Evidence) -> str:
    """The number with its interval and its unit."""
    return in_words(evidence.found, evidence.bound)


def in_words(found: Interval, bound: Bound) -> str:
    """A number with its interval, in the unit of its bound."""
    if not found.n:
        return DASH
    if found.failed:
        return interval(found, 2, 4)
    spread = found.low < found.high or found.values
    text = interval(found, 2, 4) if spread else _alone(found.estimate)
    return f"{text} {bound.unit}".rstrip()


def _alone(value: float) -> str:
    """A number without an interval: whole ones as they are, others with three digits."""
    return f"{value:.{6 if value == round(value) else 3}g}".replace("-", MINUS)


def _evidence_columns(finding: Finding, evidence: Evidence) -> dict[str, object]:
    return {
        "claim": finding.claim.id,
        "verdict": finding.verdict,
        "prediction": evidence.what,
        "estimate": evidence.found.estimate,
        "low": evidence.found.low,
        "high": evidence.found.high,
        "n": evidence.found.n,
        "networks": evidence.found.networks,
        "level": evidence.found.level,
        "from_images": evidence.from_images,
        "bound_low": evidence.bound.low,
        "bound_high": evidence.bound.high,
        "unit": evidence.bound.unit,
        "outcome": evidence.outcome,
        "look": str(finding.look or ""),
    }
