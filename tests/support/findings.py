"""Findings about claims as a report has them, one of every verdict."""

from math import nan

from basinbench.reports.data.statistics import Interval
from basinbench.reports.judging.claim import Claim, Evidence, Finding, at_least, at_most

BARRIER = Interval(0.0123, 0.008, 0.0171, 3)
LOW = Evidence("chord barrier of the test loss", BARRIER, at_most(0.02, "nats"), "holds")
HIGH = Evidence("chord barrier of the <b>train</b> loss", BARRIER, at_least(1, "nats"), "fails")
OPEN = Evidence("fall of accuracy", Interval(1, -1, 3, 3), at_most(0, "points"), "open")
NONE = Evidence("fall of the barrier", Interval(nan, nan, nan, 0), at_least(50, "%"), "missing")


def claim(number: str, note: str = "", judged: bool = True) -> Claim:
    return Claim(number, "Someone 2023, section 5", "The barrier is zero.", (), note, judged=judged)


FINDINGS = (
    Finding(claim("G2", "Depends on the <learning rate>."), "supported", (LOW,), "A", "G2"),
    Finding(claim("G3"), "refuted", (HIGH,), "A Processor, 2 threads", "G3"),
    Finding(claim("G4"), "mixed", (LOW, OPEN), "A Processor, 2 threads"),
    Finding(claim("G22", "There is no such data here."), "not yet measured", (NONE,)),
    Finding(claim("Q18", judged=False), "not judged", ()),
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0L40 20"/></svg>'
