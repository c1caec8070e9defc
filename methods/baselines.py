"""The baselines: plain averaging, which moves nothing, and one network alone, without a merge."""

from dataclasses import dataclass
from typing import ClassVar

from ..checked_fields import NonNegativeInt
from .base import Alignment, Method, Problem


@dataclass(frozen=True)
class Identity(Method):
    """Leave every unit where it is; with retraining, the baseline that the dispute asks for.

    Prefer it never, compare with it always: networks from one initialisation, or retrained long
    enough after averaging, may need no alignment at all.
    """

    name: ClassVar[str] = "identity"
    paper: ClassVar[str] = "vanilla averaging; a baseline of Singh & Jaggi 2020"
    recovers: ClassVar[bool] = False
    needs_groups: ClassVar[bool] = False

    def align(self, problem: Problem) -> Alignment:
        return Alignment(maps=tuple({} for _ in problem.networks))


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
