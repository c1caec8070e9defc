"""Which method should I use? The best of every scenario, the fastest as good, and without data."""

from collections.abc import Sequence

from ..data.families import PLAIN
from ..data.standings import AS_GOOD, Column, Entrant, Standings
from ..wording import numbers
from ..wording.style import entrant_in_words, in_prose
from .answer import Answer, about, capital, counted, in_letters, listed, share

QUESTION = "Which method should I use?"

FEW = 3
"""Up to so many entrants as good as the best are named one by one."""

FAR = 0.05
"""A merge that lies further below its networks, as a share of images, is of little use."""


def which_method(found: Standings) -> Answer | None:
    """The answer; `None` where nothing was measured."""
    if not found.columns:
        return None
    sentences = [
        _leader(found),
        _telling(found),
        _perceptron(found),
        _without_data(found),
        _limits(found),
    ]
    told = tuple(sentence for sentence in sentences if sentence)
    return Answer("choice", QUESTION, _short(found), told, figures=("methods",))


def _short(found: Standings) -> str:
    """The first of the ranking, and the first of those that need no data."""
    leaders = _first(found, [*found.everywhere, *found.elsewhere])
    blind = [e for e in leaders if _is_blind(found, e)]
    first = capital(_either(leaders))
    if blind == leaders:
        return f"{first}, which need{'s' * (len(blind) == 1)} no data."
    if blind:
        return f"{first}; {listed(map(_prose, blind))} need{'s' * (len(blind) == 1)} no data."
    others = [e for e in found.everywhere if _is_blind(found, e)]
    if not others:
        return f"{first}."
    without = _either(_first(found, others))
    return f"{first} where training images are at hand, {without} where none are."


def _first(found: Standings, ordered: Sequence[Entrant]) -> list[Entrant]:
    """The first, and those that are level with it wherever both were measured."""
    first, *others = ordered
    at_hand = [e for e in others if e.method != PLAIN.name and e in found.everywhere]
    return [first, *(e for e in at_hand if found.is_level(e, first))]


def _either(entrants: Sequence[Entrant]) -> str:
    return listed(map(_prose, entrants), "or")


def _prose(entrant: Entrant) -> str:
    return in_prose(entrant_in_words(entrant))


def _leading(found: Standings) -> Entrant:
    return [*found.everywhere, *found.elsewhere][0]


def _is_blind(found: Standings, entrant: Entrant) -> bool:
    """Whether it looks at no data wherever it was measured."""
    return all(not c.scores[entrant].sees for c in found.columns if entrant in c.scores)


def _leader(found: Standings) -> str:
    leader = _leading(found)
    methods, situations = len(found.everywhere), len(found.columns)
    where = f"at least half of {in_letters(situations)} situations"
    where = where if situations > 1 else "the one situation that there is"
    among = f"Of {in_letters(methods)} methods that were measured in {where}"
    text = (
        f"{among}, {_prose(leader)} is as good as the best (no more than {100 * AS_GOOD:g} points "
        f"below) in {_of(found, leader)}"
    )
    others = [e for e in found.everywhere if e != leader][:2]
    words = [f"{_prose(e)} in {_of(found, e)}" for e in others]
    return f"{', '.join([text, *words])}."


def _of(found: Standings, entrant: Entrant) -> str:
    return counted(found.as_good(entrant), found.count(entrant))


def _telling(found: Standings) -> str:
    """Where methods differ most: the first of them with their accuracy."""
    column = found.most_telling
    if column is None:
        return ""
    order = sorted(column.scores, key=lambda e: -column.scores[e].accuracy.estimate)
    shown = [e for e in order if e.method != "identity"][:4]
    words = [f"{_name(column, e)} {share(column.scores[e].accuracy)}" for e in shown]
    plain = column.scores.get(Entrant("identity"))
    against = f", plain averages {about(plain.accuracy.estimate)}" if plain else ""
    return (
        f"They differ most on {_place(column)}: {listed(words)}{against}, where the networks have "
        f"{about(column.networks.estimate)}."
    )


def _perceptron(found: Standings) -> str:
    """The network that most of the field is about: whether the choice matters there at all."""
    column = found.column("perceptron")
    if column is None:
        return ""
    good = column.as_good
    if len(good) <= FEW:
        names = listed(_name(column, e) for e in good)
        verb = "is" if len(good) == 1 else "are"
        return f"On {_place(column)} only {names} {verb} as good as the best."
    low, high = (find(column.scores[e].accuracy.estimate for e in good) for find in (min, max))
    return (
        f"On {_place(column)} the choice hardly matters: {counted(len(good), column.scores)} lie "
        f"between {about(low, 2)} and {about(high, 2)}, and {_name(column, good[0])} takes "
        f"{numbers.duration(column.scores[good[0]].seconds)}."
    )


def _without_data(found: Standings) -> str:
    """How often weights alone are enough, and what is lost where they are least so."""
    lost: list[tuple[float, Column, Entrant]] = []
    for column in found.columns:
        if blind := [e for e, score in column.scores.items() if not score.sees]:
            best = column.best_among(blind)
            lost.append((-column.scores[best].behind.estimate, column, best))
    if not lost:
        return ""
    free = sum(loss <= AS_GOOD + 1e-12 for loss, *_ in lost)
    most, column, best = max(lost, key=lambda each: each[0])
    text = f"Weights alone are as good as data in {counted(free, lost)}"
    if most <= AS_GOOD:
        return f"{text}."
    return (
        f"{text}; most is lost on {column.example.scenario.phrase}, "
        f"{numbers.number(100 * most, 1)} points with {_name(column, best)}."
    )


def _limits(found: Standings) -> str:
    """Where no method is of use: the best merge is far below the networks."""
    far = [c for c in found.columns if _gap(c) > FAR]
    if not far:
        return ""
    words = (f"{c.example.scenario.phrase} ({numbers.number(100 * _gap(c), 0)})" for c in far)
    return (
        "As merged, no method is enough where the best lies more than "
        f"{100 * FAR:g} points below the networks: {listed(words)}."
    )


def _gap(column: Column) -> float:
    return column.networks.estimate - column.scores[column.best].accuracy.estimate


def _place(column: Column) -> str:
    example = column.example
    reset = "" if example.finish.name == "none" else ", statistics reset"
    condition = example.condition
    return f"{example.scenario.phrase} ({condition.network} on {condition.dataset}{reset})"


def _name(column: Column, entrant: Entrant) -> str:
    return in_prose(entrant_in_words(entrant, column.chosen_by))
