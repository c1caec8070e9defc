"""Claims of which it is known whether they are true, and what the verdict engine says of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from basinbench.reports.data.quantities import column
from basinbench.reports.data.statistics import Interval
from basinbench.reports.judging.cells import Cells
from basinbench.reports.judging.claim import (
    Bound,
    Claim,
    Looks,
    Prediction,
    Rule,
    Verdict,
    at_most,
    within,
)
from basinbench.reports.judging.observed import Observed
from basinbench.reports.judging.rules import Test
from basinbench.reports.judging.sequential import looked_at
from basinbench.reports.judging.statistics import Mean

SHARE, TOGETHER = 0.1, 0.5
NUMBER = Mean(column("none"), Cells())
UNMEASURED = Interval(0, 0, 0, 0)
PARTS = 4


@dataclass(frozen=True)
class Case:
    """A kind of claim: where its parts truly lie, in standard deviations of a pair."""

    name: str
    means: Sequence[float]
    bound: Bound
    counted: tuple[Verdict, ...]
    rule: Rule = "all"


CASES = (
    Case("false, on the bound: supported", (0,), at_most(0), ("supported",)),
    Case("one of four false: supported", (0, -9, -9, -9), at_most(0), ("supported",)),
    Case("not equivalent: supported", (2,), within(2), ("supported",)),
    Case("true, on the bound: refuted", (0,), at_most(0), ("refuted",)),
    Case("four true: refuted or mixed", (0,) * PARTS, at_most(0), ("refuted", "mixed")),
    Case("each of four true: refuted", (0,) * PARTS, at_most(0), ("refuted",), "each"),
    Case("true by 0.5: supported", (-0.5,), at_most(0), ("supported",)),
    Case("true by 1: supported", (-1,), at_most(0), ("supported",)),
    Case("four true by 1: supported", (-1,) * PARTS, at_most(0), ("supported",)),
    Case("four true by 2: supported", (-2,) * PARTS, at_most(0), ("supported",)),
    Case("false by 1: refuted", (1,), at_most(0), ("refuted",)),
    Case("one of four by 1: refuted", (1, -9, -9, -9), at_most(0), ("refuted",), "each"),
)


def verdicts(
    case: Case, networks: int, looks: Looks | None, samples: int, skewed: bool = False
) -> list[Verdict]:
    """What the engine says of so many claims of this kind."""
    random = np.random.default_rng(0)
    pairs = list(combinations(range(networks), 2))
    names = tuple((str(i), str(j)) for i, j in pairs)
    member = np.array([[i in pair for pair in pairs] for i in range(networks)], dtype=float)
    predictions = tuple(Prediction(str(i), NUMBER, case.bound) for i in range(len(case.means)))
    claim = Claim("G0", "", "", predictions, rule=case.rule, looks=looks)

    def noise(*shape: int) -> np.ndarray:
        shared, own = ([random.normal, _skewed(random)][skewed](size=s) for s in (shape[1:], shape))
        return np.sqrt(TOGETHER) * shared + np.sqrt(1 - TOGETHER) * own

    found = []
    for _ in range(samples):
        values = np.sqrt(SHARE) * noise(len(case.means), networks) @ member
        values += np.sqrt(1 - 2 * SHARE) * noise(len(case.means), len(pairs))
        values += np.array(case.means, dtype=float)[:, None]
        made = [
            Test(prediction, Observed(names, row), UNMEASURED)
            for prediction, row in zip(predictions, values.tolist(), strict=True)
        ]
        found.append(looked_at(claim, made)[2])
    return found


def _skewed(random: np.random.Generator) -> Callable[..., np.ndarray]:
    return lambda size: random.exponential(size=size) - 1


def rate(case: Case, networks: int, looks: Looks | None, samples: int, **more: bool) -> float:
    """The share of claims whose verdict is one of those that the case counts."""
    found = verdicts(case, networks, looks, samples, **more)
    return sum(verdict in case.counted for verdict in found) / samples
