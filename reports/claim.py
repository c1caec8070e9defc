"""Claims as data: who says what, which numbers settle it, and the bounds fixed beforehand."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Literal

from .statistics import Interval

Outcome = Literal["holds", "fails", "open", "missing"]
Verdict = Literal["supported", "refuted", "mixed", "not yet measured", "not judged"]

Rows = Sequence[Mapping[str, object]]
"""Cells, each with its columns and its series (`reports.evidence.rows`)."""

Results = Mapping[str, Rows]
"""The rows of every grid, by its name."""


class Statistic(ABC):
    """A number with its interval, computed from the results; a concrete one is a dataclass."""

    @abstractmethod
    def of(self, results: Results) -> Interval:
        """The number; `n` is 0 where nothing it needs was measured."""


@dataclass(frozen=True)
class Bound:
    """The range in which a claim's number has to lie, both ends included."""

    low: float = -inf
    high: float = inf
    unit: str = ""

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.low == self.high:
            return f"exactly {self.low:g}{unit}"
        if self.low == -inf:
            return f"at most {self.high:g}{unit}"
        if self.high == inf:
            return f"at least {self.low:g}{unit}"
        return f"from {self.low:g} to {self.high:g}{unit}"

    def judge(self, found: Interval) -> Outcome:
        """Whether all of the interval lies within (holds), all outside (fails), or neither.

        A number without an interval counts by itself.
        """
        if not found.n:
            return "missing"
        if isnan(found.estimate):
            return "fails"
        low, high = (
            (found.estimate, found.estimate) if isnan(found.low) else (found.low, found.high)
        )
        if self.low <= low and high <= self.high:
            return "holds"
        return "fails" if high < self.low or low > self.high else "open"


def at_most(limit: float, unit: str = "") -> Bound:
    """No more than `limit`."""
    return Bound(high=limit, unit=unit)


def at_least(limit: float, unit: str = "") -> Bound:
    """No less than `limit`."""
    return Bound(low=limit, unit=unit)


def within(limit: float, unit: str = "") -> Bound:
    """No further from zero than `limit`."""
    return Bound(-limit, limit, unit)


def exactly(value: float, unit: str = "") -> Bound:
    """`value` and no other."""
    return Bound(value, value, unit)


@dataclass(frozen=True)
class Prediction:
    """One thing that a claim says will be measured: a number, and the bound that confirms it."""

    what: str
    number: Statistic
    bound: Bound


@dataclass(frozen=True)
class Claim:
    """One claim of the papers or of the dispute about them.

    `tests` are what the claim predicts: it is supported where all hold, refuted where all fail,
    mixed between. `note` says what a reader has to know: the scale, what is missing, why a claim
    cannot be judged here. A claim with `judged` False is bibliographic: it is shown, and we give
    no verdict.
    """

    id: str
    source: str
    says: str
    tests: tuple[Prediction, ...] = ()
    note: str = ""
    judged: bool = True


@dataclass(frozen=True)
class Evidence:
    """What one test found."""

    what: str
    found: Interval
    threshold: str
    unit: str
    outcome: Outcome


@dataclass(frozen=True)
class Finding:
    """A claim, its verdict, and the evidence for it."""

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def note(self) -> str:
        """What a reader has to know."""
        return self.claim.note


def find(claim: Claim, results: Results) -> Finding:
    """The claim judged by its tests alone.

    Without any data, or with a test's data missing, it is not yet measured: what is there is
    shown, and no verdict drawn from a part.
    """
    evidence = tuple(_evidence(test, results) for test in claim.tests)
    return Finding(claim, _verdict(claim, [e.outcome for e in evidence]), evidence)


def _evidence(test: Prediction, results: Results) -> Evidence:
    found = test.number.of(results)
    return Evidence(test.what, found, str(test.bound), test.bound.unit, test.bound.judge(found))


def _verdict(claim: Claim, outcomes: Sequence[Outcome]) -> Verdict:
    if not claim.judged:
        return "not judged"
    if not outcomes or "missing" in outcomes:
        return "not yet measured"
    if all(outcome == "holds" for outcome in outcomes):
        return "supported"
    return "refuted" if all(outcome == "fails" for outcome in outcomes) else "mixed"


Quantity = Callable[[Mapping[str, object]], float | None]
"""A number of one cell; `None` where the cell has none."""
