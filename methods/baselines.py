"""The baselines: plain averaging, which moves nothing, and one network alone, without a merge."""

from dataclasses import dataclass
from typing import ClassVar

from ..checked_fields import NonNegativeInt
from .base import Alignment, Method, Problem
from .identity import Identity as Identity


@dataclass(frozen=True)
class Parent(Method):
    """One network alone, `which` of them: the control of every finish that may follow a merge.

    Retrained, it is a parent given the epochs that a merge is given, without which no merge can
    claim to gain from retraining; with a new bias or a temperature it shows how much of a merge's
    gain on split data one network has by itself. Its "barrier" is no barrier: there is no line.
    """

    which: NonNegativeInt = 0

    name: ClassVar[str] = "parent"
    paper: ClassVar[str] = "no merge; a control of Singh & Jaggi 2020 and Jordan et al. 2023"
    needs_groups: ClassVar[bool] = False

    def skip(self, problem: Problem) -> str | None:
        count = len(problem.networks)
        return None if self.which < count else f"there is no network {self.which} among {count}"

    def align(self, problem: Problem) -> Alignment:
        nothing = tuple({} for _ in problem.networks)
        return Alignment(nothing, merged=dict(problem.networks[self.which].params))
