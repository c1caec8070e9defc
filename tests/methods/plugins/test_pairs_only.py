"""Methods of two networks: cells of more are skipped with the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from basinbench.methods.base import Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.plugins.function import method
from basinbench.runners.networks.alive import problem


def unpacks(problem: Problem) -> dict:
    first, second = problem.networks
    return dict.fromkeys(first.widths & second.widths.keys(), None)


def takes_all(problem: Problem) -> list:
    first, *others = problem.networks
    return [{} for _ in (first, *others)]


def never(_: Problem) -> str | None:
    return None


@dataclass(frozen=True)
class Pairs(Identity):
    name: ClassVar[str] = "pairs"
    pairs_only: ClassVar[bool] = True


@dataclass(frozen=True)
class OwnReason(Pairs):
    name: ClassVar[str] = "own-reason"

    def skip(self, problem: Problem) -> str | None:
        return "never suits" if problem.seed == 7 else None


@pytest.mark.parametrize(
    ("made", "pairs_only"),
    [
        (method("none")(unpacks), True),
        (method("none")(takes_all), False),
        (method("none", pairs_only=True)(takes_all), True),
        (method("none", pairs_only=False)(unpacks), False),
        (method("none", pairs_only=True, skip=never)(takes_all), True),
        (Pairs, True),
        (OwnReason, True),
        (Identity, False),
    ],
)
def test_more_networks_are_skipped_where_pairs_alone_are_taken(
    made: Callable[[], Identity], pairs_only: bool
):
    two, three = (problem("mlp", seeds) for seeds in ((1, 2), (1, 2, 3)))
    assert made().skip(two) is None
    reason = "takes pairs only, not 3 networks" if pairs_only else None
    assert made().skip(three) == reason


def test_its_own_reason_is_asked_for_pairs():
    assert OwnReason().skip(problem("mlp", (1, 2), seed=7)) == "never suits"
