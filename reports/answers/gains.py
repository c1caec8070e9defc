"""What a finish gives to merges: statistics taken anew, REPAIR."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..data.condition import Condition
from ..data.families import NOTHING
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import FEW, Sample, beyond_chance, mean, paired
from ..wording.style import family, in_prose
from .answer import about, points


@dataclass(frozen=True)
class Gains:
    """What a finish gives: in how many cases it helps beyond chance, and a sentence that says so.

    A case is a method on a network, of which there are enough for an interval.
    """

    helped: int
    cases: int
    sentence: str


def gains_of(grids: Iterable[GridResults], name: str, what: str) -> Gains | None:
    """The gains of a finish over merges as they are, and the largest; `None` where there are none.

    Finishes and methods as they come.
    """
    found: list[tuple[float, Condition, Named, Sample]] = []
    for grid in grids:
        for condition in grid.conditions:
            for finish in (f for f in condition.finishes if f.name == name and f.is_plain):
                for method in (m for m in condition.methods(finish) if m.is_plain):
                    gains = paired(
                        condition.values("test_accuracy_mid", finish, method),
                        condition.values("test_accuracy_mid", NOTHING, method),
                    )
                    if len(gains) > FEW:
                        found.append((mean(gains).estimate, condition, method, gains))
    if not found:
        return None
    gain, condition, method, gains = max(found, key=lambda each: each[0])
    directions = [beyond_chance(each[3]) for each in found]
    helped, harmed = (directions.count(word) for word in ("higher", "lower"))
    before = condition.mean("test_accuracy_mid", NOTHING, method)
    most = "at most" if gain > 0 else "at best"
    lowers = f", and lower{'s' * what.endswith('raises')} it in {harmed}" if harmed else ""
    return Gains(
        helped,
        len(found),
        f"{what} the accuracy beyond chance in {helped} of {len(found)} cases (a method on a "
        f"network){lowers}, {most} {points(mean(gains))} from {about(before.estimate)} "
        f"({condition.network} on {condition.dataset}, {in_prose(family(method.name).label)}).",
    )
