"""Findings about claims as a report has them, one of every verdict."""

from math import nan

from basinbench.reports.data.statistics import Interval
from basinbench.reports.judging.claim import (
    Checked,
    Claim,
    Earlier,
    Evidence,
    Finding,
    Look,
    Quote,
    at_least,
    at_most,
)

BARRIER = Interval(0.0123, 0.008, 0.0171, 3)
LOW = Evidence("chord barrier of the test loss", BARRIER, at_most(0.02, "nats"), "holds")
HIGH = Evidence("chord barrier of the <b>train</b> loss", BARRIER, at_least(1, "nats"), "fails")
OPEN = Evidence("fall of accuracy", Interval(1, -1, 3, 3), at_most(0, "points"), "open")
NONE = Evidence("fall of the barrier", Interval(nan, nan, nan, 0), at_least(50, "%"), "missing")


def claim(number: str, note: str = "", judged: bool = True) -> Claim:
    return Claim(number, "Someone 2023, section 5", "The barrier is zero.", (), note, judged=judged)


TOLD = Claim(
    "Q1",
    "Someone else 2024",
    "All of it was there before.",
    quote=Quote("It is <all> there.", "page 6"),
    history=(Earlier("refuted", "one of two was enough", "The sentence is about both."),),
)
CHECKED = Checked("barrier under the best map known", BARRIER, at_most(0.5, "nats"), passed=True)
FAILED = Checked("accuracy above a linear model", BARRIER, at_least(1, "points"), passed=False)
UNTESTED = Evidence(
    "rise of the loss",
    BARRIER,
    at_most(0.02, "nats"),
    "no test",
    controls=(CHECKED, FAILED),
    from_images=0.0031,
)

FINDINGS = (
    Finding(claim("G2", "Depends on the <learning rate>."), "supported", (LOW,), ("A",), "G2"),
    Finding(claim("G3"), "refuted", (HIGH,), ("A Processor, 2 threads",), "G3"),
    Finding(claim("G4"), "mixed", (LOW, OPEN), ("A Processor, 2 threads",)),
    Finding(claim("G22", "There is no such data here."), "not yet measured", (NONE,)),
    Finding(claim("G11"), "by construction", (LOW,), ("A Processor, 2 threads",)),
    Finding(TOLD, "undecided", (OPEN, UNTESTED), look=Look(1, 3, 10, 0.025, 20), left_out=2),
    Finding(claim("Q18", judged=False), "not judged", ()),
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0L40 20"/></svg>'
