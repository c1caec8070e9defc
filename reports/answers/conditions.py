"""When does merging work at all? Width, training, norm and finish, each by what was measured."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..data.condition import BARRIER, Condition
from ..data.families import NOTHING
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import Interval, Sample, beyond_chance, mean, paired
from ..data.sweeps import Sweep, sweeps
from ..wording import numbers
from ..wording.differences import NATS_DIGITS
from .answer import Answer, capital, counted, listed
from .gains import Gains, gains_of

QUESTION = "When does merging work at all?"

WM, AM, BEST, PLAIN_AVERAGE = (
    Named(name) for name in ("weight-matching", "activation-matching", "best-of", "identity")
)
CLEAR = 0.1
"""A change of a barrier within this share of the greater one is hardly any."""


@dataclass(frozen=True)
class _Course:
    """A method's barrier at the first and the last place of a sweep, and by how much it rises.

    All are of the same networks, by their seeds.
    """

    sweep: Sweep
    first: Interval
    last: Interval
    rise: Sample

    @property
    def falls(self) -> bool:
        return self.verb == "falls"

    @property
    def verb(self) -> str:
        """What the barrier does, as far as chance tells."""
        most = CLEAR * max(self.first.estimate, self.last.estimate)
        low, high = mean(self.rise).reach
        if low >= -most and high <= most:
            return "hardly changes"
        words = {"higher": "rises", "lower": "falls", "": "is not known to change"}
        return words[beyond_chance(self.rise)]

    def __str__(self) -> str:
        return _from_to(self.first, self.last, self.rise)


def when_it_works(grids: Sequence[GridResults]) -> Answer | None:
    """The answer; `None` where there is neither a sweep nor a finish."""
    there = chosen_sweeps(grids)
    widths = [c for s in there if s.over == "width" and (c := _course(s, WM))]
    courses = [c for s in there if s.over == "epochs" and (c := _course(s, WM))]
    finishes = [
        gains
        for name, what in (
            ("reset", "Statistics of batch norm taken anew after the merge raise"),
            ("repair", "REPAIR raises"),
        )
        if (gains := gains_of(grids, name, what))
    ]
    told = (
        *_width(widths),
        *_left_over(widths),
        *_weights_against_activations(grids),
        *_training(courses),
        *(gains.sentence for gains in finishes),
    )
    if not told:
        return None
    short = _short(widths, courses, finishes)
    return Answer("conditions", QUESTION, short, told, figures=("families", "sweeps"))


def chosen_sweeps(grids: Iterable[GridResults]) -> list[Sweep]:
    """One sweep over the width of every architecture, then those over training.

    Off the digits where there is one, whose images are the smallest; else the longest.
    """
    found: dict[tuple[str, str, str], Sweep] = {}
    for sweep in all_sweeps(grids):
        first = sweep.members[0]
        key = (sweep.over, first.facts["network_family"], _norm(first))
        if key not in found or _weight(found[key]) < _weight(sweep):
            found[key] = sweep
    return sorted(found.values(), key=lambda s: s.over != "width")


def all_sweeps(grids: Iterable[GridResults]) -> Iterator[Sweep]:
    """Every sweep of trained networks."""
    for grid in grids:
        yield from [] if grid.is_planted else sweeps(grid)


def _weight(sweep: Sweep) -> tuple[bool, int]:
    return sweep.members[0].has_full_images, len(sweep.members)


def _norm(condition: Condition) -> str:
    params = json.loads(condition.facts["network_params"] or "{}")
    return str(params.get("norm", "")) if isinstance(params, dict) else ""


def _course(sweep: Sweep, method: Named) -> _Course | None:
    """The ends of a sweep; untrained networks are no end, since they have no barrier to lose."""
    found = [
        values
        for value, member in zip(sweep.values, sweep.members, strict=True)
        if value > 0 and (values := member.values(BARRIER, NOTHING, method))
    ]
    if len(found) < 2:
        return None
    return _course_of(sweep, found[0], found[-1])


def _course_of(sweep: Sweep, first: Sample, last: Sample) -> _Course | None:
    both = [pair for pair in first if pair in last]
    if not both:
        return None
    begins, ends = (mean({pair: values[pair] for pair in both}) for values in (first, last))
    return _Course(sweep, begins, ends, paired(last, first))


def _from_to(first: Interval, last: Interval, rise: Sample) -> str:
    """`2.16 to 0.03 nats (−2.13 [−2.63, −1.63])`: the change has the interval that is judged."""
    change = numbers.interval(mean(rise), *NATS_DIGITS, signed=True)
    ends = (numbers.number(each.estimate, 2) for each in (first, last))
    return f"{' to '.join(ends)} nats ({change})"


def _short(widths: Sequence[_Course], courses: Sequence[_Course], finishes: Sequence[Gains]) -> str:
    """What helps, of what was measured."""
    helps, falling = [], sum(c.falls for c in widths)
    if 2 * falling > len(widths):
        often = "" if falling == len(widths) else "mostly "
        helps.append(f"{often}when networks are wide")
    if courses and all(c.falls for c in courses):
        helps.append("when they are trained long enough")
    if any(2 * gains.helped > gains.cases for gains in finishes):
        helps.append("when the statistics of norms are put right after the merge")
    return f"{capital(listed(helps))}." if helps else "None of what was varied decides it."


def _width(widths: Sequence[_Course]) -> list[str]:
    if not widths:
        return []
    falling = [c for c in widths if c.falls]
    ladders = counted(len(falling), widths, "ladder")
    each = ", one for each architecture," if len(widths) > 1 else ""
    told = (
        f"In {ladders} of width{each} the barrier of weight matching falls beyond chance from the "
        "narrowest networks to the widest"
    )
    if falling:
        steepest = max(falling, key=lambda c: c.first.estimate - c.last.estimate)
        told += f", most on {_ladder(steepest)}"
    others: dict[str, list[str]] = {}
    for course in widths:
        if not course.falls:
            others.setdefault(course.verb, []).append(_ladder(course))
    rest = "".join(f" It {verb} on {listed(where)}." for verb, where in others.items())
    return [f"{told}.{rest}"]


def _ladder(course: _Course) -> str:
    """A ladder with the barriers at its ends."""
    return f"{course.sweep.range} ({course.sweep.members[0].dataset}), from {course}"


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


def _weights_against_activations(grids: Sequence[GridResults]) -> list[str]:
    """Whether what weights lose to activations is less in wide networks, ladder by ladder.

    Of all ladders that have both methods at both ends, and a loss beyond chance at the narrow one.
    """
    told = []
    for sweep in all_sweeps(grids):
        both = [c for c in sweep.members if _above_activations(c, WM)]
        if sweep.over != "width" or len(both) < 2:
            continue
        narrow, wide = (_above_activations(c, WM) for c in (both[0], both[-1]))
        loss = _course_of(sweep, narrow, wide)
        if loss is not None and beyond_chance(narrow) == "higher":
            text = (
                f"{both[0].network} to {both[-1].network} ({both[0].dataset}), from {loss}"
                f"{_with_starts(both[-1])}"
            )
            told.append((beyond_chance(loss.rise) == "lower", loss.first.estimate, text))
    if not told:
        return []
    shrinks = sum(less for less, *_ in told)
    words = (text for *_, text in sorted(told, key=lambda lost: lost[1]))
    return [
        "What weight matching loses to activation matching, where narrow networks show it beyond "
        "chance, is less in wide ones beyond chance "
        f"in {counted(shrinks, told, 'ladder')} of width: {listed(words)}."
    ]


def _with_starts(condition: Condition) -> str:
    """The same for the best of several starts, where it was measured."""
    starts = _above_activations(condition, BEST)
    if not starts:
        return ""
    return f" (the best of several starts {numbers.number(mean(starts).estimate, 2)})"


def _above_activations(condition: Condition, method: Named) -> Sample:
    """How much higher a method's barrier is than that of activation matching, pair by pair."""
    ours, theirs = (condition.values(BARRIER, NOTHING, m) for m in (method, AM))
    found = paired(ours, theirs)
    return found if len(found) > 1 else {}


def _training(courses: Sequence[_Course]) -> list[str]:
    told = []
    for c in courses:
        first = next(v for v in c.sweep.values if v > 0)
        text = (
            f"In the course of training, from {first:g} to {c.sweep.values[-1]:g} epochs, the "
            f"barrier of weight matching {c.verb}, {c}"
        )
        if plain := _course(c.sweep, PLAIN_AVERAGE):
            text += (
                f"; of plain averages it {plain.verb} ({numbers.number(plain.first.estimate, 2)} "
                f"to {numbers.number(plain.last.estimate, 2)})"
            )
        told.append(f"{text}.")
    return told[:1]
