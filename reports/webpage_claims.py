"""The claims of the web page: verdicts with their evidence and figures, ready to be written."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import floor, isfinite, log10
from typing import Any, Protocol

from . import numbers
from .statistics import Interval

VERDICTS: Mapping[str, str] = {
    "supported": "✓",
    "refuted": "✕",
    "mixed": "◐",
    "not yet measured": "○",
    "not judged": "–",
}
"""Every verdict with its sign, in the order in which they are counted."""

OUTCOMES: Mapping[str, str] = {"holds": "✓", "fails": "✕", "open": "◐", "missing": "○"}


class Claim(Protocol):
    """Who says what, and where; `group` gathers claims under one heading."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def group(self) -> str: ...


class Evidence(Protocol):
    """One number beside the threshold that was set for it, and whether it `holds`."""

    @property
    def what(self) -> str: ...
    @property
    def found(self) -> Interval: ...
    @property
    def threshold(self) -> str: ...
    @property
    def outcome(self) -> str: ...


class Finding(Protocol):
    """A claim with its verdict; `figure` names a picture, or is `None`."""

    @property
    def claim(self) -> Claim: ...
    @property
    def verdict(self) -> str: ...
    @property
    def evidence(self) -> Sequence[Evidence]: ...
    @property
    def note(self) -> str: ...
    @property
    def figure(self) -> str | None: ...
    @property
    def device(self) -> str: ...


def claims(findings: Iterable[Finding], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """The groups of claims in their order, and how many there are of each verdict.

    `pictures` holds each figure's PNG or SVG by its name. Raises `ValueError`, with one sentence,
    for an unknown verdict or outcome, an identifier that occurs twice, and a missing figure.
    """
    findings = list(findings)
    ids = Counter(finding.claim.id for finding in findings)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise ValueError(f"more than one finding about claim {twice[0]}")
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault(finding.claim.group, []).append(_written(finding, pictures))
    count = Counter(finding.verdict for finding in findings)
    return {
        "groups": groups,
        "count": [(v, sign, count[v]) for v, sign in VERDICTS.items() if count[v]],
    }


def _written(finding: Finding, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    claim = finding.claim
    if finding.verdict not in VERDICTS:
        raise ValueError(f"claim {claim.id} has the unknown verdict {finding.verdict!r}")
    if unknown := [e.outcome for e in finding.evidence if e.outcome not in OUTCOMES]:
        raise ValueError(f"claim {claim.id} has evidence with the unknown outcome {unknown[0]!r}")
    if finding.figure is not None and finding.figure not in pictures:
        raise ValueError(
            f"claim {claim.id} names the figure {finding.figure!r}, which is not drawn"
        )
    return {
        "claim": claim,
        "verdict": finding.verdict,
        "sign": VERDICTS[finding.verdict],
        "evidence": [
            {
                "what": each.what,
                "found": estimate(each.found),
                "n": each.found.n,
                "threshold": each.threshold,
                "outcome": each.outcome,
                "sign": OUTCOMES[each.outcome],
            }
            for each in finding.evidence
        ],
        "note": finding.note,
        "device": finding.device,
        "picture": None if finding.figure is None else _address(pictures[finding.figure]),
    }


def estimate(found: Interval) -> str:
    """The estimate with its interval; three digits where there is none, or one without width."""
    size = abs(found.estimate)
    digits = 2 - floor(log10(size)) if isfinite(size) and size else 0
    most = 4 if found.low < found.high else min(max(digits, 0), 4)
    return numbers.interval(found, 0, most)


def _address(picture: bytes) -> str:
    """A `data:` address that holds the picture itself."""
    kind = "image/png" if picture.startswith(b"\x89PNG") else "image/svg+xml"
    return f"data:{kind};base64,{b64encode(picture).decode()}"
