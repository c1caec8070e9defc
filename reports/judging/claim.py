"""Claims as data: who says what, which numbers settle it, and the bounds fixed beforehand."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, isnan, nan
from typing import Literal

from ..data.statistics import Interval
from .speakers import who_says

PredictionOutcome = Literal["holds", "fails", "open", "missing", "no test"]
Verdict = Literal[
    "supported",
    "refuted",
    "mixed",
    "undecided",
    "by construction",
    "not yet measured",
    "not judged",
]
Rule = Literal["all", "each", "construction"]
"""What a claim says: a conjunction, something of each of many, or what is true by construction."""

Rows = Sequence[Mapping[str, object]]
"""Cells, each with its columns and its series (`reports.judging.statistics.rows`)."""

Results = Mapping[str, Rows]
"""The rows of every grid, by its name."""


class Statistic(ABC):
    """A number with its interval, computed from the results; a concrete one is a dataclass."""

    @abstractmethod
    def of(self, results: Results) -> Interval:
        """The number; `n` is 0 where nothing it needs was measured."""

    def remark(self, results: Results) -> str:  # noqa: ARG002
        """A sentence on rows that it leaves out; empty where there are none."""
        return ""


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

        A number without an interval counts by itself, but not one of values that differ. One that
        cannot be had, since a merge failed, is not within.
        """
        if not found.n:
            return "missing"
        if found.failed:
            return "fails"
        if found.is_open:
            return "open"
        low, high = (
            (found.estimate, found.estimate) if isnan(found.low) else (found.low, found.high)
        )
        if self.has(low) and self.has(high):
            return "holds"
        return "fails" if self._misses(low, high) else "open"

    def has(self, value: float) -> bool:
        """Whether the value is within, or no further from an edge than rounding explains."""
        return self.low - _rounding(self.low) <= value <= self.high + _rounding(self.high)

    def _misses(self, low: float, high: float) -> bool:
        return high < self.low - _rounding(self.low) or low > self.high + _rounding(self.high)


def _rounding(edge: float) -> float:
    """What floating point may add to a number that lies on the edge: 1e-9 of it, 1e-12 of 0."""
    return max(1e-9 * abs(edge), 1e-12) if isfinite(edge) else 0.0


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
class Control:
    """What has to hold for a prediction to be a test at all: that networks could have passed it."""

    what: str
    number: Statistic
    passes: Bound


@dataclass(frozen=True)
class Prediction:
    """One thing that a claim says will be measured: a number, and the bound that confirms it.

    One whose control fails is not judged: no method could have passed, or none could have failed.
    """

    what: str
    number: Statistic
    bound: Bound
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True)
class Quote:
    """A source's own sentence, and where in it the sentence stands."""

    text: str
    place: str


@dataclass(frozen=True)
class Earlier:
    """A verdict that the claim had before, by which rule, and why it changed."""

    verdict: Verdict
    rule: str
    why: str


WRONG = 0.05
"""How often a claim may be found supported, or refuted, that is not."""


@dataclass(frozen=True)
class Looks:
    """So many networks are looked at, in turn, until the claim is decided or looks run out.

    Each look may err with its part of the 5 % (`spending`; Bonferroni over the looks, which is
    valid however they depend on one another).
    """

    networks: tuple[int, ...] = (10, 20, 40)
    spending: tuple[float, ...] = (0.025, 0.0125, 0.0125)

    def __post_init__(self) -> None:
        if len(self.networks) != len(self.spending) or not self.networks:
            raise ValueError("looks need one part of the error for each number of networks")
        if any(b <= a for a, b in pairwise(self.networks)):
            raise ValueError(f"looks are at more and more networks, not at {self.networks}")
        if min(self.spending) <= 0 or sum(self.spending) > WRONG + 1e-12:
            raise ValueError(f"looks may spend {WRONG:g} in all, not {sum(self.spending):g}")


@dataclass(frozen=True)
class Claim:
    """One claim of the papers or of the dispute about them.

    By its `rule` it is a conjunction (`all`: supported where all predictions hold, refuted where
    all fail, mixed where some do), says something of each of many (`each`: one failure refutes it),
    or is true by `construction`: a definition or a theorem that a run can only illustrate, shown
    apart and not counted. It is undecided where intervals leave it open. `note` says what a reader
    has to know: the scale, what is missing, why a claim cannot be judged here. `history` are the
    verdicts that it had before. A claim with `judged` False is bibliographic: it is shown, and we
    give no verdict.
    """

    id: str
    source: str
    says: str
    predictions: tuple[Prediction, ...] = ()
    note: str = ""
    quote: Quote | None = None
    rule: Rule = "all"
    looks: Looks | None = None
    history: tuple[Earlier, ...] = ()
    judged: bool = True

    @property
    def group(self) -> str:
        """Who says it, by its source; its number says beside which claims it stands."""
        return who_says(self.source)


@dataclass(frozen=True)
class Checked:
    """What a control found, and whether its estimate lies within its bound."""

    what: str
    found: Interval
    bound: Bound
    passed: bool


@dataclass(frozen=True)
class Evidence:
    """What one test found, and its controls.

    The interval is at the level of the test: one-sided at 5 % (or at the part of it that a look may
    spend) is an interval of 90 %. `from_images` is the standard error that the choice of the test
    images adds, NaN where it is not known; the interval is about the networks alone. `remark` is a
    sentence on rows that are in none of its numbers, empty where there are no such rows.
    """

    what: str
    found: Interval
    bound: Bound
    outcome: PredictionOutcome
    controls: tuple[Checked, ...] = ()
    from_images: float = nan
    remark: str = ""

    @property
    def threshold(self) -> str:
        """The bound in words."""
        return str(self.bound)


@dataclass(frozen=True)
class Look:
    """At which look a verdict stands: the `number`-th of `of`, at so many `networks`.

    `number` is 0 before the first look. `wrong` is the part of the error that it spends, `next`
    the networks of the look that follows; `None` once the claim is decided, or out of looks.
    """

    number: int
    of: int
    networks: int
    wrong: float
    next: int | None

    def __str__(self) -> str:
        nth = f"look {self.number} of {self.of}" if self.number else "before the first look"
        then = f", next at {self.next}" if self.next else ""
        return f"{nth}, {self.networks} networks{then}"


@dataclass(frozen=True)
class Finding:
    """A claim, its verdict, the evidence for it, and the devices that it was measured on.

    `devices` are told with their threads and processes; `code` holds every method with the digest
    of each state of its code that the claim's cells were measured by. `cells` says in words on
    which data sets and networks. `figure` names the picture of the evidence, where there is one.
    `look` is `None` of a claim that is looked at once. `left_out` is how many cells that the claim
    speaks of failed, and are in none of its numbers.
    """

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    devices: tuple[str, ...] = ()
    figure: str | None = None
    cells: str = ""
    look: Look | None = None
    left_out: int = 0
    code: frozenset[tuple[str, str]] = frozenset()

    @property
    def note(self) -> str:
        """What a reader has to know: of the claim, and of rows that are in none of its numbers."""
        remarks = (f"{each.what}: {each.remark}" for each in self.evidence if each.remark)
        return " ".join(text for text in (self.claim.note, *remarks) if text)
