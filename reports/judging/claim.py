"""Claims as data: who says what, which numbers settle it, and the bounds fixed beforehand."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Literal

from ..data.statistics import Interval

PredictionOutcome = Literal["holds", "fails", "open", "missing"]
Verdict = Literal["supported", "refuted", "mixed", "undecided", "not yet measured", "not judged"]

Rows = Sequence[Mapping[str, object]]
"""Cells, each with its columns and its series (`reports.judging.statistics.rows`)."""

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

    def judge(self, found: Interval) -> PredictionOutcome:
        """Whether all of the interval lies within (holds), all outside (fails), or neither.

        A number without an interval counts by itself. One that cannot be had, since a merge
        diverged, is not within.
        """
        if not found.n:
            return "missing"
        if found.diverged:
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


GROUPS = {
    "G": "Git Re-Basin and its press",
    "Q": "The comment on Git Re-Basin, by the authors of OTFusion",
}


@dataclass(frozen=True)
class Claim:
    """One claim of the papers or of the dispute about them.

    It is supported where all of its `predictions` hold, and refuted where all fail, or where one
    does of a claim that is `universal`: that says something of every one of them. It is mixed where
    some hold and some fail, and undecided where intervals leave it open. `note` says what a reader
    has to know: the scale, what is missing, why a claim cannot be judged here. A claim with
    `judged` False is bibliographic: it is shown, and we give no verdict.
    """

    id: str
    source: str
    says: str
    predictions: tuple[Prediction, ...] = ()
    note: str = ""
    universal: bool = False
    judged: bool = True

    @property
    def group(self) -> str:
        """Whose claims these are, by the letter of their number."""
        return GROUPS[self.id[0]]


@dataclass(frozen=True)
class Evidence:
    """What one test found."""

    what: str
    found: Interval
    bound: Bound
    outcome: PredictionOutcome

    @property
    def threshold(self) -> str:
        """The bound in words."""
        return str(self.bound)


@dataclass(frozen=True)
class Finding:
    """A claim, its verdict, the evidence for it, and the devices that it was measured on.

    `cells` says in words on which data sets and networks. `figure` names the picture of the
    evidence, where there is one.
    """

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    device: str = ""
    figure: str | None = None
    cells: str = ""

    @property
    def note(self) -> str:
        """What a reader has to know."""
        return self.claim.note
