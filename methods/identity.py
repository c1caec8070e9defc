"""Plain averaging, which moves nothing."""

from dataclasses import dataclass
from typing import ClassVar

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
