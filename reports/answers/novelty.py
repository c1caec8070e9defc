"""Is it new? Which of Git Re-Basin's three methods equals what, and what nobody had before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..data.agreements import EARLIER, THREE, Agreement, agreements, twins
from ..data.clustered import Networks
from ..data.families import NOTHING
from ..data.grid import GridResults
from ..data.named import Named
from ..data.standings import AS_GOOD, PLACES, Column, Entrant, Standings, place
from ..data.statistics import LEVEL, Interval, mean, paired
from ..judging.claim import Finding, Verdict
from ..judging.speakers import CRITICS, GIT_RE_BASIN
from ..wording import numbers
from ..wording.style import family, in_prose, in_words, variant
from .answer import Answer, about, capital, counted, in_letters, listed, points, share

QUESTION = "Is it new?"

NO_BARRIER = 0.02
"""A barrier in nats that counts as none (`reports.judging.selections.ZERO`)."""

CLAIMS = ("Q1", "Q1b", "Q3", "Q5", "Q6", "Q7", "G2", "G6")
"""The claims that say more of it."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """What the answer is made of."""

    compared: Sequence[Agreement]
    standings: Standings
    grids: Sequence[GridResults]
    findings: Sequence[Finding]


def is_it_new(
    grids: Sequence[GridResults], found: Standings, findings: Sequence[Finding]
) -> Answer | None:
    """The answer; `None` where no two methods were compared."""
    seen = _Seen(agreements(grids), found, grids, findings)
    if not seen.compared and found.column("perceptron") is None:
        return None
    sentences = [
        *_activations(seen),
        *_correlations(seen),
        *_weights(seen),
        *_straight_through(seen),
        *_barriers(seen),
        *_counts(findings),
    ]
    return Answer("novelty", QUESTION, _short(seen), tuple(sentences), _known(findings))


def _known(findings: Iterable[Finding]) -> tuple[str, ...]:
    ids = {finding.claim.id for finding in findings}
    return tuple(name for name in CLAIMS if name in ids)


def _short(seen: _Seen) -> str:
    """How many of the three methods are an earlier one under some switches."""
    old = [m for m in THREE if any(each.is_same for _, each in twins(m, seen.compared))]
    new = [m for m in THREE if m not in old]
    if not seen.compared:
        return "Not measured: no two methods were compared unit by unit."
    if not old:
        return "Yes, as far as measured: none of the three methods is an earlier one."
    names = listed(_plain(m) for m in old)
    verb = "is an earlier method" if len(old) == 1 else "are earlier methods"
    if not new:
        return f"No: {names} {verb} under other names."
    others = listed(_plain(m) for m in new)
    not_so = "is not" if len(new) == 1 else "are not"
    return f"In part: {names} {verb} under another name, {others} {not_so}."


def _plain(method: str) -> str:
    return in_prose(family(method).label)


def _activations(seen: _Seen) -> list[str]:
    """Activation matching beside OTFusion: under which switches they are one."""
    found = [(m, e) for m, e in twins("activation-matching", seen.compared) if "otf" in m.name]
    if not found:
        return []
    closest, agreed = found[0]
    told = f"{_percent(agreed)} of the units ({_where(agreed)})"
    if agreed.is_same:
        sentence = (
            f"Activation matching is {_plain(closest.name)} with these switches: "
            f"{variant(closest)}; both give the same partner to {told}."
        )
    else:
        sentence = (
            f"Activation matching is no setting of {_plain(closest.name)} that was measured: the "
            f"closest ({variant(closest)}) gives the same partner to {told}."
        )
    furthest, least = found[-1]
    if least is agreed:
        return [sentence]
    lost = _merged_apart(seen, furthest, Named("activation-matching"))
    by = f", and the merge differs by {points(lost)} of accuracy" if lost else ""
    return [
        sentence,
        f"With the switches furthest from it ({variant(furthest)}) they agree on "
        f"{_percent(least)}{by}.",
    ]


def _correlations(seen: _Seen) -> list[str]:
    """Matching by correlation, beside the one that was there before."""
    found = [
        each
        for each in seen.compared
        if "correlation" in (each.method.name, each.other.name)
        and "activation-matching" in (each.method.name, each.other.name)
    ]
    if not found:
        return []
    best = max(found, key=lambda each: each.mean)
    own, other = sorted((best.method, best.other), key=lambda m: m.name)
    verb = "is" if best.is_same else "is not quite" if best.mean > 0.9 else "is not"
    return [
        f"{capital(in_prose(in_words(own)))} {verb} Tatro et al.'s {in_prose(in_words(other))}: "
        f"the same partner for {_percent(best)}."
    ]


def _weights(seen: _Seen) -> list[str]:
    """Weight matching beside earlier methods that look at weights alone, scenario by scenario."""
    results = [
        (column, best, against)
        for column in seen.standings.columns
        if (best := _best_earlier(column)) is not None
        and (against := _difference(column, Entrant("weight-matching"), best)) is not None
    ]
    if not results:
        return []
    places = Counter(place(against) for *_, against in results)
    twin = any(each.is_same for _, each in twins("weight-matching", seen.compared))
    lead = (
        "Weight matching is an earlier method"
        if twin
        else "No earlier method was found to be weight matching"
    )
    sentence = (
        f"{lead}; beside the best earlier method on weights it lies "
        f"{_tally(places)} in {_number(len(results), 'situation')} (within "
        f"{100 * AS_GOOD:g} points counts as equal, at {LEVEL:.0%})."
    )
    first = next((r for r in results if r[0].example.scenario.slug == "perceptron"), results[0])
    furthest = max(results, key=lambda r: abs(r[2].estimate))
    sides = []
    for column, best, against in dict.fromkeys((first, furthest)):
        sides.append(
            f"{points(against)} against {_plain(best.method)} on {column.example.scenario.phrase}"
        )
    return [sentence, f"Its accuracy: {listed(sides)}."]


def _tally(places: Counter[str]) -> str:
    return listed(f"{word} in {in_letters(places[word])}" for word in PLACES if places[word])


def _number(count: int, noun: str) -> str:
    return f"{in_letters(count)} {noun}{'s' * (count != 1)}"


def _best_earlier(column: Column) -> Entrant | None:
    """The best earlier method that looks at weights alone, as published."""
    there = [
        e
        for e, score in column.scores.items()
        if e.method in EARLIER and not e.chosen and not score.sees
    ]
    return column.best_among(there) if there else None


def _difference(column: Column, one: Entrant, other: Entrant) -> Interval | None:
    """The accuracy of one entrant minus that of another, over the networks of both."""
    if one not in column.scores or other not in column.scores:
        return None
    return mean(paired(column.scores[one].values, column.scores[other].values))


def _straight_through(seen: _Seen) -> list[str]:
    """Whether the estimator retrains, and what it gains over weight matching in what time."""
    cells = [grid.cells for grid in seen.grids if not grid.is_planted]
    aligned = [
        own[
            (own["method"] == "straight-through")
            & (own["finish"] == NOTHING.name)  # what follows a merge is no other alignment
            & own["permutation"].notna()
        ]
        for own in cells
    ]
    reordered = [bool(value) for own in aligned for value in own["permutation"]]
    if not reordered:
        return []
    pure = sum(reordered) / len(reordered)
    kept = "all" if pure == 1 else about(pure, 0)
    verdict = "no retraining: it only reorders units" if pure == 1 else "more than a reordering"
    share_of = f"{kept} of {len(reordered)} alignments"
    sentence = f"The straight-through estimator is {verdict} in {share_of}"
    column = seen.standings.column("perceptron")
    one, other = Entrant("straight-through"), Entrant("weight-matching")
    against = _difference(column, one, other) if column else None
    if column is None or against is None:
        return [f"{sentence}."]
    times = column.scores[one].seconds.estimate / column.scores[other].seconds.estimate
    words = {"ahead": "gains", "behind": "loses", "level": "changes little"}
    word = words.get(place(against), "may change something")
    return [
        f"{sentence}; on {column.example.scenario.phrase} it {word} ({points(against)} against "
        f"weight matching) for {numbers.number(times, 0)} times the time."
    ]


def _barriers(seen: _Seen) -> list[str]:
    """Who else connects the paper's networks without a barrier, and what of wide ResNets."""
    column = seen.standings.column("perceptron")
    if column is None:
        return []
    condition, finish = column.example.condition, column.example.finish
    barriers: Mapping[str, float] = {
        e.method: condition.mean("test_barrier_chord_loss", finish, score.settings[0]).estimate
        for e, score in column.scores.items()
        if e.method in (*EARLIER, "weight-matching") and not e.chosen
    }
    earlier = {m: b for m, b in barriers.items() if m in EARLIER}
    if not earlier:
        return []
    free = sum(b <= NO_BARRIER for b in earlier.values())
    sentence = (
        f"On {column.example.scenario.phrase} ({condition.network} on {condition.dataset}) "
        f"{counted(free, earlier)} earlier methods, as they come, leave no barrier either (at most "
        f"{NO_BARRIER:g} nats)"
    )
    if "weight-matching" in barriers and barriers["weight-matching"] > NO_BARRIER:
        sentence = sentence.replace(" either", "") + ", and weight matching leaves one"
    wide = next((f for f in seen.findings if f.claim.id == "G6"), None)
    if wide is None:
        return [f"{sentence}."]
    return [
        f"{sentence}; what was not shown before, wide ResNets without a barrier, is "
        f"{wide.verdict} here."
    ]


_ORDER: tuple[Verdict, ...] = ("supported", "refuted", "mixed", "undecided")


def _counts(findings: Sequence[Finding]) -> list[str]:
    """How the claims of each side were judged."""
    told = []
    for group, who in ((GIT_RE_BASIN, GIT_RE_BASIN), (CRITICS, "the comment against it")):
        own = [f.verdict for f in findings if f.claim.group == group]
        judged = [v for v in own if v in _ORDER]
        if judged:
            words = [f"{judged.count(v)} {v}" for v in _ORDER if judged.count(v)]
            plural = "s" * (len(judged) != 1)
            left = own.count("not yet measured")
            more = f" ({in_letters(left)} more not yet measured)" if left else ""
            told.append(f"of {len(judged)} claim{plural} of {who} {listed(words)}{more}")
    return [f"{capital(listed(told))}."] if told else []


def _merged_apart(seen: _Seen, one: Named, other: Named) -> Interval | None:
    """How far the accuracies of two methods' merges lie apart, where most pairs have both."""
    found: list[dict[Networks, float]] = []
    for grid in seen.grids:
        for condition in grid.conditions:
            if condition.networks == 2 and condition.split == "shared":
                ours, theirs = (
                    condition.values("test_accuracy_mid", Named("none"), m) for m in (one, other)
                )
                if values := paired(ours, theirs):
                    found.append(values)
    best = max(found, key=len, default=None)
    return mean(best) if best and len(best) > 1 else None


def _percent(agreed: Agreement) -> str:
    return "100 %" if agreed.mean == 1 else share(agreed.interval)


def _where(agreed: Agreement) -> str:
    return f"{agreed.network} on {agreed.dataset}, {len(agreed.values)} pairs"
