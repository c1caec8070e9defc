"""Findings about claims as a report would have them, one of every verdict."""

from dataclasses import dataclass, replace
from math import nan

from basinbench.reports.statistics import Interval


@dataclass(frozen=True)
class Claim:
    id: str
    source: str = "Someone 2023, section 5"
    says: str = "The barrier is zero."
    group: str = "Paper"


BARRIER = Interval(0.0123, 0.008, 0.0171, 3)


@dataclass(frozen=True)
class Evidence:
    what: str = "Chord barrier of the test loss"
    found: Interval = BARRIER
    threshold: str = "at most 0.02 nats"
    outcome: str = "holds"


@dataclass(frozen=True)
class Finding:
    claim: Claim
    verdict: str = "supported"
    evidence: tuple[Evidence, ...] = (Evidence(),)
    note: str = ""
    figure: str | None = None
    device: str = "A Processor, 2 threads"


NOTHING = Evidence("Fall of the barrier", Interval(nan, nan, nan, 0), "at least 50 %", "missing")
FINDINGS = (
    Finding(Claim("G2"), figure="dots.png", note="Depends on the <learning rate>."),
    Finding(Claim("G3"), "refuted", (replace(Evidence(), outcome="fails"),), figure="line.svg"),
    Finding(Claim("G4"), "mixed", (Evidence(), replace(Evidence(), outcome="open"))),
    Finding(Claim("G22"), "not yet measured", (NOTHING,), note="There is no such data here."),
    Finding(Claim("Q18", group="Comment"), "not judged", (), device=""),
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0L40 20"/></svg>'
