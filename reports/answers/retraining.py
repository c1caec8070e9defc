"""What does retraining change? Merges before it, after one epoch, and after many."""

from collections.abc import Iterable, Sequence

from ..data.condition import Condition
from ..data.families import ALONE, NOTHING, PLAIN
from ..data.grid import GridResults
from ..data.named import Named
from ..data.standings import AS_GOOD, place
from ..data.statistics import Interval, Sample, beyond_chance, mean, paired
from ..wording import numbers
from ..wording.style import family, in_prose
from .answer import Answer, about, counted, in_letters, listed, points

QUESTION = "What does retraining change?"

SCORE = "test_accuracy_mid"


def what_retraining_changes(grids: Sequence[GridResults]) -> Answer | None:
    """The answer; `None` where no merge was retrained."""
    conditions = [c for grid in grids for c in grid.conditions]
    short = max(filter(_one_epoch, conditions), key=_merit, default=None)
    long = longest(conditions)
    sentences = [
        *(_after_one(short) if short else []),
        *(_after_many(*long) if long else []),
    ]
    if not sentences:
        return None
    figures = ("retraining",) if long else ()
    text = _short(short, long)
    return Answer("retraining", QUESTION, text, tuple(sentences), figures=figures)


def longest(conditions: Iterable[Condition]) -> tuple[Condition, Named] | None:
    """The condition that was retrained for the most epochs, and how: of those the real images."""
    found = [
        (condition, finish)
        for condition in conditions
        for finish in condition.finishes
        if finish.name == "retrain"
        and {PLAIN, Named("weight-matching")} <= set(condition.methods(finish))
        and _last_epoch(condition, finish) > 1
    ]
    return max(
        found,
        key=lambda each: (_last_epoch(*each), each[0].has_full_images, each[0].pairs(each[1])),
        default=None,
    )


def _last_epoch(condition: Condition, finish: Named) -> float:
    epochs = condition.epochs(finish, PLAIN, "test", "accuracy").at
    return float(epochs[-1]) if len(epochs) else 0.0


def _one_epoch(condition: Condition) -> bool:
    return condition.networks == 2 and len(_both(condition)) > 2


def _merit(condition: Condition) -> tuple[bool, int, int]:
    return condition.has_full_images, len(_both(condition)), condition.pairs(Named("retrain"))


def _both(condition: Condition) -> list[Named]:
    """The methods that come as they are, with merges as merged and after one epoch."""
    once = Named("retrain")
    return [
        m
        for m in condition.methods(once)
        if m.is_plain
        and m.name != ALONE
        and len(condition.values(SCORE, once, m)) > 1
        and len(condition.values(SCORE, NOTHING, m)) > 1
    ]


def _range(condition: Condition, finish: Named) -> tuple[float, float]:
    means = [condition.mean(SCORE, finish, m).estimate for m in _both(condition)]
    return min(means), max(means)


def _after_one(condition: Condition) -> list[str]:
    """How far methods lie apart before and after one epoch, and how far plain averages."""
    once = Named("retrain")
    before, after = _range(condition, NOTHING), _range(condition, once)
    spread = [high - low for low, high in (before, after)]
    word = "brings them together" if spread[1] < spread[0] / 2 else "leaves them as far apart"
    aligned = [m for m in _both(condition) if m != PLAIN]
    best = max(aligned, key=lambda m: condition.mean(SCORE, once, m).estimate)
    text = (
        f"One epoch after the merge {word}: on {condition.network} ({condition.dataset}) "
        f"{in_letters(len(_both(condition)))} methods lie between {about(before[0])} and "
        f"{about(before[1])} as merged, between {about(after[0])} and {about(after[1])} after it"
    )
    lost = _minus(condition, once, PLAIN, best)
    if lost is None:
        return [f"{text}."]
    return [f"{text}; plain averages are then {_behind(lost)} {_plain(best)} ({points(lost)})."]


def _behind(difference: Interval) -> str:
    words = {"level": "as good as", "ahead": "ahead of", "behind": "behind"}
    return words.get(place(difference), "not known to differ from")


def _plain(method: Named) -> str:
    return in_prose(family(method.name).label)


def _minus(condition: Condition, finish: Named, one: Named, other: Named) -> Interval | None:
    found = paired(condition.values(SCORE, finish, one), condition.values(SCORE, finish, other))
    return mean(found) if len(found) > 1 else None


def _after_many(condition: Condition, finish: Named) -> list[str]:
    """Plain averages beside aligned merges, and these beside a parent and one from scratch."""
    last = _last_epoch(condition, finish)
    epochs = condition.epochs(finish, PLAIN, "test", "accuracy").at
    aligned = Named("weight-matching")
    told = [
        f"{points(mean(lost))} after {epoch:g}"
        for epoch in dict.fromkeys((epochs[0], epochs[1], last))
        if (lost := _against(condition, finish, PLAIN, finish, aligned, float(epoch)))
    ]
    sentences = [
        f"Over {last:g} epochs (on {condition.network}, {condition.dataset}) plain averages minus "
        f"weight matching are {listed(told)}."
    ]
    others = [
        ("one of its parents", finish, Named(ALONE)),
        *(
            ("a network from scratch", f, m)
            for f in condition.finishes
            if f.name == "scratch"
            for m in condition.methods(f)[:1]
        ),
    ]
    against = []
    for words, other_finish, method in others:
        if found := _against(condition, finish, aligned, other_finish, method, last):
            against.append((words, mean(found)))
    if against:
        sentences.append(_gains_on(against))
    return sentences


def _gains_on(against: Sequence[tuple[str, Interval]]) -> str:
    """On which of these networks an aligned merge gains, trained for as long."""
    gained = sum(found.estimate > AS_GOOD for _, found in against)
    verb = "gains on" if gained else "gains nothing over"
    if len(against) == 1:
        ((who, found),) = against
        return f"Trained as long, an aligned merge {verb} {who}: {points(found)}."
    which = f"{counted(gained, against)} of these" if gained else "these"
    words = [f"{points(found)} against {who}" for who, found in against]
    return f"Trained as long, an aligned merge {verb} {which}: {listed(words)}."


def _against(
    condition: Condition, finish: Named, one: Named, other_finish: Named, other: Named, at: float
) -> Sample:
    """Accuracy after the epoch `at`: one method's minus another's, pair by pair, of two or more."""
    found = paired(
        condition.after(at, finish, one, "test", "accuracy"),
        condition.after(at, other_finish, other, "test", "accuracy"),
    )
    return found if len(found) > 1 else {}


def _short(short: Condition | None, long: tuple[Condition, Named] | None) -> str:
    """Whether what alignment gained is left in the end."""
    if long:
        condition, finish = long
        aligned = Named("weight-matching")
        last = _last_epoch(condition, finish)
        if lost := _against(condition, finish, PLAIN, finish, aligned, last):
            gained = -mean(lost).estimate
            kept = numbers.number(100 * gained, 1)
            if gained > AS_GOOD:
                return f"Aligning first is still worth {kept} points after {last:g} epochs."
            if beyond_chance(lost) == "lower":
                return (
                    f"It makes up for nearly all: after {last:g} epochs aligning first is worth "
                    f"{kept} points."
                )
            return (
                f"It makes up for the method: after {last:g} epochs aligning first has gained "
                "nothing beyond chance."
            )
    if short is None:
        return ""
    low, high = _range(short, Named("retrain"))
    return f"After one epoch methods lie {numbers.number(100 * (high - low), 1)} points apart."
