"""What follows from numbers: the outcome of every prediction of a claim, and its verdict.

- A claim that needs all of its predictions is an intersection-union test: each is tested one-sided
  at its own 5 %, and no correction is due, since a wrong verdict needs every one of them. Bounds
  with two ends are two such tests (TOST), so that the intervals are those of 90 %. It is refuted in
  the same way, where all fail.
- That some of several predictions fail is corrected for their number (Holm 1979): this refutes a
  claim about each of many, and makes another one mixed.
- A prediction of one exact value, or about the worst cell, is judged by counterexample: no interval
  has anything to add to it.
- A claim with looks spends its error in parts; each look is at the level of its own.
- A prediction whose control fails is no test, and does not count.
- One whose rows rest on several states of a data set is not measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

from ..data.statistics import Interval
from .cells import mixed_data
from .claim import (
    WRONG,
    Checked,
    Claim,
    Control,
    Evidence,
    Prediction,
    PredictionOutcome,
    Results,
    Verdict,
)
from .observed import Observed
from .statistics import OverPairs

DECIDED: tuple[Verdict, ...] = ("supported", "refuted", "mixed")
"""Verdicts that no more networks are needed for."""


@dataclass(frozen=True)
class Test:
    """A prediction beside what was measured: of every pair, or else one number of all cells."""

    prediction: Prediction
    pairs: Observed | None
    one: Interval
    controls: tuple[Checked, ...] = ()
    remark: str = ""

    @property
    def trained(self) -> int | None:
        """Of how many networks the numbers are; `None` where that is not what they depend on."""
        return self.pairs.trained if self.pairs else None

    @property
    def exact(self) -> bool:
        """Whether it asks for one value and no other."""
        return self.prediction.bound.low == self.prediction.bound.high

    def first(self, networks: int) -> "Test":
        """The same of the first so many networks alone."""
        return replace(self, pairs=self.pairs.first(networks)) if self.pairs else self

    def found(self, wrong: float = WRONG) -> Interval:
        """The number, with the interval of one-sided tests that err so often."""
        number = self.prediction.number
        if self.pairs is None or not isinstance(number, OverPairs):
            return self.one
        found = number.summary(self.pairs, 1 - 2 * wrong)
        return replace(found, low=nan, high=nan, values=(), differ=False) if self.exact else found

    def outcome(self, wrong: float = WRONG) -> PredictionOutcome:
        """What it says by itself, if it may err so often."""
        if not all(control.passed for control in self.controls if control.found.n):
            return "no test"
        if not all(control.found.n for control in self.controls):
            return "missing"
        found, bound = self.found(wrong), self.prediction.bound
        if self.pairs is None or not found.n or found.failed:
            return bound.judge(found)
        if self.exact and not all(map(bound.has, self.pairs.values)):
            return "fails"
        if found.n == 1:
            return "open"  # one pair decides nothing
        return "holds" if self.exact else bound.judge(found)


def tests(claim: Claim, results: Results) -> list[Test]:
    """The predictions of a claim with what was measured of each."""
    return [_test(p, results) for p in claim.predictions]


def _test(p: Prediction, results: Results) -> Test:
    """The prediction with what was measured of it; nothing where that is of several data sets.

    Numbers of single cells stand for themselves, whatever data the others rest on.
    """
    numbers = (p.number, *(control.number for control in p.controls))
    mixed = mixed_data(tuple(n for n in numbers if isinstance(n, OverPairs)), results)
    known = {} if mixed else results
    return Test(
        p,
        p.number.sample(known) if isinstance(p.number, OverPairs) else None,
        p.number.of(known),
        tuple(_checked(control, known) for control in p.controls),
        mixed or p.number.remark(known),
    )


def evidence(claim: Claim, made: Sequence[Test], wrong: float = WRONG) -> tuple[Evidence, ...]:
    """What each test found, together erring so often."""
    return tuple(
        Evidence(
            test.prediction.what,
            test.found(wrong),
            test.prediction.bound,
            outcome,
            test.controls,
            remark=test.remark,
        )
        for test, outcome in zip(made, outcomes(claim, made, wrong), strict=True)
    )


def outcomes(claim: Claim, made: Sequence[Test], wrong: float = WRONG) -> list[PredictionOutcome]:
    """What the tests say together: one that fails alone is corrected for their number."""
    alone: list[PredictionOutcome] = [test.outcome(wrong) for test in made]
    counted = [
        place for place, outcome in enumerate(alone) if outcome not in ("no test", "missing")
    ]
    if claim.rule == "all" and {alone[place] for place in counted} == {"fails"}:
        return alone
    failing: set[int] = set()
    while len(failing) < len(counted):
        own = wrong / (len(counted) - len(failing))
        more = {p for p in counted if p not in failing and made[p].outcome(own) == "fails"}
        if not more:
            break
        failing |= more
    for place, outcome in enumerate(alone):
        if outcome == "fails" and place not in failing:
            alone[place] = "open"
    return alone


def verdict(claim: Claim, found: Sequence[PredictionOutcome]) -> Verdict:
    """What the outcomes come to by the claim's rule."""
    if not claim.judged:
        return "not judged"
    if claim.rule == "construction":
        return "by construction"
    if not found or "missing" in found:
        return "not yet measured"
    counted = {outcome for outcome in found if outcome != "no test"}
    if not counted:
        return "not judged"
    if counted == {"holds"}:
        return "supported"
    if counted == {"fails"} or (claim.rule == "each" and "fails" in counted):
        return "refuted"
    return "mixed" if "fails" in counted else "undecided"


def _checked(control: Control, results: Results) -> Checked:
    """A control is decided by its estimate: it says what the networks are, and is no test."""
    found = control.number.of(results)
    passed = bool(found.n) and not found.failed and control.passes.has(found.estimate)
    return Checked(control.what, found, control.passes, passed)
