"""Every method in every scenario: what its merges achieve, in what time, and who comes first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from statistics import fmean

from .condition import Condition, mean_by_pair
from .families import Sees, sees
from .grid import GridResults
from .machines import machine, on_machine
from .named import Named
from .scenarios import Example, examples, families_of, is_as_released
from .statistics import Interval, Sample, mean, median, paired, simultaneous

SCORE_COLUMN = "test_accuracy_mid"
CHOSEN_COLUMNS = ("validation_accuracy_mid", "train_accuracy_mid")
"""What hyper-parameters are chosen by: the first that was measured. Never test images."""

CHOOSERS = ("pfnm", "cca", "sinkhorn-rebasin", "otfusion-weights", "otfusion-activations")
"""Methods whose authors choose among settings, or whose code has switches without a word on them.
"""

AS_GOOD = 0.005
"""A merge is as good as the best where it lies no more than this share of images below it."""


PLACES = ("ahead", "level", "behind", "undecided")
"""Where a method may lie beside another."""


def place(difference: Interval) -> str:
    """One of `PLACES`, by the difference of accuracy: level where all of its interval is as good.

    Undecided where it reaches to zero and beyond what is as good.
    """
    low, high = difference.reach
    if low >= -AS_GOOD and high <= AS_GOOD:
        return "level"
    return "ahead" if low > 0 else "behind" if high < 0 else "undecided"


@dataclass(frozen=True, order=True)
class Entrant:
    """A method as it is published, or with the best of its settings chosen pair by pair."""

    method: str
    chosen: bool = False


@dataclass(frozen=True, eq=False)
class Score:
    """What an entrant achieves in one example.

    `settings` are the variants that stand behind it: one, or all that were chosen from. `accuracy`
    is the share of test images that the merge gets right, `values` the same of every set of
    networks, `behind` the mean difference to the best entrant with its interval, over the sets that
    both merged (above 0 for one that merged fewer, and did better on these), and `seconds` the
    median of the alignment, of all `settings` together.
    """

    settings: Sequence[Named]
    values: Sample
    accuracy: Interval
    seconds: Interval
    behind: Interval = field(default_factory=lambda: Interval(nan, nan, nan, 0))

    @property
    def is_as_good(self) -> bool:
        """Whether it lies within `AS_GOOD` of the best."""
        return self.behind.estimate >= -AS_GOOD - 1e-12

    @property
    def sees(self) -> Sees:
        """What it looks at of the training data; to choose settings takes labels."""
        found = {sees(method) for method in self.settings}
        many = len(self.settings) > 1 or "labels" in found
        return "labels" if many else "images" if "images" in found else ""


@dataclass(frozen=True, eq=False)
class Column:
    """All entrants of one example, and the networks that they merge.

    `failed` are those some of whose merges failed, which have no mean; they are no entrants.
    """

    example: Example
    scores: Mapping[Entrant, Score]
    networks: Interval
    ensemble: Interval
    chosen_by: str
    failed: Mapping[Entrant, Interval] = field(default_factory=dict)

    @property
    def best(self) -> Entrant:
        """The entrant with the highest mean accuracy over the same networks (`best_of`)."""
        return best_of(self.scores)

    def best_among(self, entrants: Iterable[Entrant]) -> Entrant:
        """The same of some of them."""
        return best_of({e: self.scores[e] for e in entrants})

    def on_fewer_sets(self, entrant: Entrant) -> bool:
        """Whether it merged fewer sets of networks than others did."""
        return len(self.scores[entrant].values) < max(len(s.values) for s in self.scores.values())

    @property
    def as_good(self) -> list[Entrant]:
        """The best and those as good, the fastest first."""
        good = [e for e, score in self.scores.items() if score.is_as_good]
        return sorted(good, key=lambda e: self.scores[e].seconds.estimate)

    @property
    def spread(self) -> float:
        """How far the entrants lie apart, best to worst, plain averaging left out."""
        own = [s.accuracy.estimate for e, s in self.scores.items() if e.method != "identity"]
        return max(own) - min(own) if own else 0.0


@dataclass(frozen=True, eq=False)
class Standings:
    """All scenarios that were measured, and the entrants in the order of their merit.

    First comes who is as good as the best in most of them; of equal ones, who is behind by less.
    """

    columns: Sequence[Column]

    @property
    def everywhere(self) -> list[Entrant]:
        """The entrants of at least half of the scenarios, the best first."""
        return [e for e in self._in_order if 2 * self.count(e) >= len(self.columns)]

    @property
    def elsewhere(self) -> list[Entrant]:
        """The others, the best first."""
        return [e for e in self._in_order if 2 * self.count(e) < len(self.columns)]

    def count(self, entrant: Entrant) -> int:
        """In how many scenarios it was measured."""
        return sum(entrant in column.scores for column in self.columns)

    def as_good(self, entrant: Entrant) -> int:
        """In how many it is as good as the best."""
        return sum(entrant in column.as_good for column in self.columns)

    def is_level(self, one: Entrant, other: Entrant) -> bool:
        """Whether `one` is as good as the best at least as often, where both were measured."""
        there = [c.as_good for c in self.columns if one in c.scores and other in c.scores]
        ours, theirs = (sum(e in good for good in there) for e in (one, other))
        return bool(there) and ours >= theirs

    def behind(self, entrant: Entrant) -> float:
        """Share of images behind the best of each scenario: mean over those where measured."""
        there = [c.scores[entrant].behind.estimate for c in self.columns if entrant in c.scores]
        return fmean(there)

    def column(self, slug: str) -> Column | None:
        """The column of a scenario; `None` where it was not measured."""
        return next((c for c in self.columns if c.example.scenario.slug == slug), None)

    @property
    def timed(self) -> Column | None:
        """The scenario in which most entrants were measured: times of several are no comparison."""
        return max(self.columns, key=lambda c: len(c.scores), default=None)

    @property
    def telling(self) -> list[Column]:
        """The scenarios with several methods, those first in which they lie furthest apart."""
        several = [c for c in self.columns if len(c.scores) > 2]
        return sorted(several, key=lambda c: -c.spread)

    @property
    def most_telling(self) -> Column | None:
        """The first of these, if any."""
        return next(iter(self.telling), None)

    @property
    def _in_order(self) -> list[Entrant]:
        found = sorted({e for column in self.columns for e in column.scores})
        return sorted(found, key=lambda e: (-self.as_good(e), -self.behind(e)))


def standings(grids: Iterable[GridResults]) -> Standings:
    """Every method of the best example of every scenario (`examples`)."""
    return Standings([_column(example) for example in examples(grids)])


def _column(example: Example) -> Column:
    condition, finish = example.condition, example.finish
    scores: dict[Entrant, Score] = {}
    chosen_by = next(c for c in CHOSEN_COLUMNS if _has(condition, c))
    for name, settings in families_of(condition, finish).items():
        published = condition.values(SCORE_COLUMN, finish, settings[0])
        scores[Entrant(name)] = _score(condition, finish, settings[:1], published)
        choices = [m for m in settings if not is_as_released(m)]
        if name in CHOOSERS and len(choices) > 1:
            values = _values_of_best(condition, finish, choices, chosen_by)
            if len(values) >= len(published):
                scores[Entrant(name, chosen=True)] = _score(condition, finish, choices, values)
    return Column(
        example,
        _against_the_best(scores),
        condition.mean("test_accuracy_mean", finish),
        condition.mean("test_ensemble_accuracy", finish),
        chosen_by.partition("_")[0],
        {e: score.accuracy for e, score in scores.items() if score.accuracy.failed},
    )


def best_of(scores: Mapping[Entrant, Score]) -> Entrant:
    """The entrant with the highest mean accuracy, of those that merged the most sets.

    One that merged fewer takes its place where it is ahead on these beyond chance.
    """
    most = max(len(score.values) for score in scores.values())
    whole = [e for e, score in scores.items() if len(score.values) == most]
    first = max(whole, key=lambda e: scores[e].accuracy.estimate)
    others = {
        e: mean(paired(score.values, scores[first].values))
        for e, score in scores.items()
        if e not in whole
    }
    ahead = {e: found.estimate for e, found in others.items() if found.direction == "higher"}
    return max(ahead, key=lambda e: ahead[e], default=first)


def _has(condition: Condition, column: str) -> bool:
    return column in condition.cells and bool(condition.cells[column].notna().any())


def _score(condition: Condition, finish: Named, settings: Sequence[Named], values: Sample) -> Score:
    here = on_machine(condition, *machine(condition))
    times = [here.values("align_seconds", finish, method) for method in settings]
    shared = set.intersection(*(set(found) for found in times))
    total = mean_by_pair((s, sum(found[s] for found in times)) for s in shared)
    return Score(settings, values, mean(values).within(0, 1), median(total))


def _values_of_best(
    condition: Condition, finish: Named, settings: Sequence[Named], column: str
) -> Sample:
    """The test accuracy of the setting whose merge is best by `column`."""
    chosen = {m: condition.values(column, finish, m) for m in settings}
    tested = {m: condition.values(SCORE_COLUMN, finish, m) for m in settings}
    found = {}
    for pair in sorted(set.intersection(*(set(values) for values in chosen.values()))):
        finite = [m for m in settings if isfinite(chosen[m][pair])]
        if finite:
            best = max(finite, key=lambda m: chosen[m][pair])
            found[pair] = tested[best][pair]
    return found


def _against_the_best(scores: Mapping[Entrant, Score]) -> dict[Entrant, Score]:
    """The scores with how far each is behind the best mean, pair by pair."""
    known = [e for e, s in scores.items() if isfinite(s.accuracy.estimate)]
    if not known:
        return dict(scores)
    best = scores[best_of({e: scores[e] for e in known})]
    found = simultaneous({e: paired(scores[e].values, best.values) for e in known})
    return {
        e: Score(s.settings, s.values, s.accuracy, s.seconds, found[e])
        for e, s in scores.items()
        if e in found and isfinite(found[e].estimate)
    }
