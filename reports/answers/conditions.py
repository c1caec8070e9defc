"""When does merging work at all? Width, training, norm and finish, each by what was measured."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..data.condition import BARRIER, Condition
from ..data.families import NOTHING
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import Interval, Sample, mean, paired
from ..data.sweeps import Sweep, sweeps
from ..wording import numbers
from ..wording.style import family, in_prose
from .answer import Answer, about, capital, counted, listed, nats, points

QUESTION = "When does merging work at all?"

WM, AM, BEST, PLAIN_AVERAGE = (
    Named(name) for name in ("weight-matching", "activation-matching", "best-of", "identity")
)
CLEAR = 0.1
"""A barrier changes where it does by more than this share of the greater one."""


@dataclass(frozen=True)
class _Course:
    """A method's barrier at the first and the last place of a sweep."""

    sweep: Sweep
    first: Interval
    last: Interval

    @property
    def falls(self) -> bool:
        return self.last.estimate < (1 - CLEAR) * self.first.estimate

    @property
    def verb(self) -> str:
        """What the barrier does."""
        if self.falls:
            return "falls"
        rises = self.first.estimate < (1 - CLEAR) * self.last.estimate
        return "rises" if rises else "hardly changes"


def when_it_works(grids: Sequence[GridResults]) -> Answer | None:
    """The answer; `None` where there is neither a sweep nor a finish."""
    there = chosen_sweeps(grids)
    widths = [c for s in there if s.over == "width" and (c := _course(s, WM))]
    courses = [c for s in there if s.over == "epochs" and (c := _course(s, WM))]
    finishes = [
        *_of_finish(grids, "reset", "Statistics of batch norm taken anew after the merge"),
        *_of_finish(grids, "repair", "REPAIR"),
    ]
    sentences = [
        *_width(widths),
        *_left_over(widths),
        *_weights_against_activations(widths),
        *_training(courses),
    ]
    told = (*sentences, *finishes)
    if not told:
        return None
    return Answer(
        "conditions",
        QUESTION,
        _short(widths, courses, finishes),
        told,
        figures=("families", "sweeps"),
    )


def chosen_sweeps(grids: Iterable[GridResults]) -> list[Sweep]:
    """One sweep over the width of every architecture, then those over training.

    Off the digits where there is one, whose images are the smallest; else the longest.
    """
    found: dict[tuple[str, str, str], Sweep] = {}
    for grid in grids:
        for sweep in [] if grid.is_planted else sweeps(grid):
            first = sweep.members[0]
            norm = _norm(first)
            key = (sweep.over, first.facts["network_family"], norm)
            if key not in found or _weight(found[key]) < _weight(sweep):
                found[key] = sweep
    return sorted(found.values(), key=lambda s: s.over != "width")


def _weight(sweep: Sweep) -> tuple[bool, int]:
    return sweep.members[0].has_full_images, len(sweep.members)


def _norm(condition: Condition) -> str:
    params = json.loads(condition.facts["network_params"] or "{}")
    return str(params.get("norm", "")) if isinstance(params, dict) else ""


def _course(sweep: Sweep, method: Named) -> _Course | None:
    """The ends of a sweep; untrained networks are no end, since they have no barrier to lose."""
    found = [
        member.mean(BARRIER, NOTHING, method)
        for value, member in zip(sweep.values, sweep.members, strict=True)
        if value > 0 and member.values(BARRIER, NOTHING, method)
    ]
    return _Course(sweep, found[0], found[-1]) if len(found) > 1 else None


def _short(widths: Sequence[_Course], courses: Sequence[_Course], finishes: Sequence[str]) -> str:
    """What helps, of what was measured."""
    helps = []
    if widths and all(c.falls for c in widths):
        helps.append("when networks are wide")
    elif any(c.falls for c in widths):
        helps.append("mostly when networks are wide")
    if courses and all(c.falls for c in courses):
        helps.append("when they are trained long enough")
    if finishes:
        helps.append("when the statistics of norms are put right after the merge")
    return f"{capital(listed(helps))}." if helps else "None of what was varied decides it."


def _width(widths: Sequence[_Course]) -> list[str]:
    if not widths:
        return []
    falling = [c for c in widths if c.falls]
    told = []
    if falling:
        told = [
            f"most on {_ladder(max(falling, key=lambda c: c.first.estimate - c.last.estimate))}"
        ]
    told += [f"it {c.verb} on {_ladder(c)}" for c in widths if not c.falls]
    return [
        f"In {counted(len(falling), widths)} ladders of width the barrier of weight matching falls "
        f"from the narrowest networks to the widest: {listed(told)}."
    ]


def _ladder(course: _Course) -> str:
    """A ladder with the barriers at its ends."""
    return (
        f"{course.sweep.range} ({course.sweep.members[0].dataset}), from "
        f"{numbers.number(course.first.estimate, 2)} to {nats(course.last)}"
    )


def _left_over(widths: Sequence[_Course]) -> list[str]:
    """Which share of the barrier of plain averages weight matching leaves at the widest."""
    found = []
    for course in widths:
        plain = _course(course.sweep, PLAIN_AVERAGE)
        if plain is not None and plain.last.estimate > 0:
            left = max(course.last.estimate, 0) / plain.last.estimate
            found.append((left, course.sweep.members[-1].network))
    if len(found) < 2:
        return []
    words = [f"{numbers.number(100 * left, 0)} % on {network}" for left, network in sorted(found)]
    return [
        f"At the widest weight matching leaves, of the barrier of plain averages, {listed(words)}."
    ]


def _weights_against_activations(widths: Sequence[_Course]) -> list[str]:
    """Whether what weights lose to activations is a matter of width and of more starts.

    Told of the ladder on which weights lose most at its narrow end.
    """
    told = []
    for course in widths:
        both = [c for c in course.sweep.members if _above_activations(c, WM)]
        if len(both) < 2:
            continue
        narrow, wide = both[0], both[-1]
        lost = {(c, m): _above_activations(c, m) for c in (narrow, wide) for m in (WM, BEST)}
        first, last = lost[narrow, WM], lost[wide, WM]
        if first is None or last is None or first.estimate <= 0:
            continue
        starts = [lost[narrow, BEST], lost[wide, BEST]]
        causes = ["of width"] if last.estimate < first.estimate / 2 else []
        if starts[0] is not None and starts[0].estimate < first.estimate / 2:
            causes.append("of its one start")
        verdict = (
            f"mostly a matter {listed(causes)}"
            if causes
            else "neither a matter of width nor of starts"
        )
        text = (
            f"What weight matching loses to activation matching is {verdict}: "
            f"{_lost(first, starts[0])} at {narrow.network}, {_lost(last, starts[1])} at "
            f"{wide.network}."
        )
        told.append((first.estimate, text))
    return [max(told)[1]] if told else []


def _lost(found: Interval, starts: Interval | None) -> str:
    text = nats(found)
    if starts is None:
        return text
    return f"{text}, {numbers.number(starts.estimate, 2)} with the best of several starts,"


def _above_activations(condition: Condition, method: Named) -> Interval | None:
    """How much higher a method's barrier is than that of activation matching, pair by pair."""
    found = paired(
        condition.values(BARRIER, NOTHING, method), condition.values(BARRIER, NOTHING, AM)
    )
    return mean(found) if len(found) > 1 else None


def _training(courses: Sequence[_Course]) -> list[str]:
    told = []
    for c in courses:
        first = next(v for v in c.sweep.values if v > 0)
        text = (
            f"In the course of training, from {first:g} to {c.sweep.values[-1]:g} epochs, the "
            f"barrier of weight matching {c.verb}, {numbers.number(c.first.estimate, 2)} to "
            f"{nats(c.last)}"
        )
        if plain := _course(c.sweep, PLAIN_AVERAGE):
            text += (
                f"; of plain averages it {plain.verb} ({numbers.number(plain.first.estimate, 2)} "
                f"to {numbers.number(plain.last.estimate, 2)})"
            )
        told.append(f"{text}.")
    return told[:1]


def _of_finish(grids: Iterable[GridResults], name: str, what: str) -> list[str]:
    """What a finish gives to the merge that gains most of those with most pairs."""
    found: list[tuple[float, Condition, Named, Sample]] = []
    for grid in grids:
        for condition in grid.conditions:
            for finish in (f for f in condition.finishes if f.name == name and f.is_plain):
                for method in (m for m in condition.methods(finish) if m.is_plain):
                    gains = paired(
                        condition.values("test_accuracy_mid", finish, method),
                        condition.values("test_accuracy_mid", NOTHING, method),
                    )
                    if len(gains) > 1:
                        found.append((mean(gains).estimate, condition, method, gains))
    if not found:
        return []
    gain, condition, method, gains = max(found, key=lambda each: each[0])
    helped = sum(each[0] > 0 for each in found)
    before = condition.mean("test_accuracy_mid", NOTHING, method)
    verb = "raises" if name == "repair" else "raise"
    most = "at most" if gain > 0 else "at best"
    return [
        f"{what} {verb} the accuracy in {helped} of {len(found)} cases (a method on a network), "
        f"{most} {points(mean(gains))} from {about(before.estimate)} ({condition.network} on "
        f"{condition.dataset}, {in_prose(family(method.name).label)})."
    ]
