"""Cells without training: a planted permutation, and how much of it a method finds."""

from dataclasses import dataclass
from typing import ClassVar

from ...checked_fields import NonNegativeFloat, Seed
from ...methods.base import Method
from ..finishes import Finish, Nothing
from ..keys import label_of
from ..networks.base import Architecture
from .merge import describe_method
from .untrained import OfForm


@dataclass(frozen=True)
class PlantedCell(OfForm):
    """A network with random weights, beside itself reordered and with `noise`, for one method.

    The weights, the order, the noise and the method's randomness come from `seed`; all but the
    last are the same for every method, and the weights and the order at every noise.
    """

    kind: ClassVar[str] = "planted"

    form: Architecture
    noise: NonNegativeFloat
    method: Method
    seed: Seed = 0

    finish: ClassVar[Finish] = Nothing()
    dataset: ClassVar[str] = "planted"

    @property
    def seeds(self) -> str:
        return str(self.seed)

    def describe(self) -> dict[str, str | int | float]:
        return {
            **self.describe_form(),
            "seeds": self.seeds,
            "networks": 2,
            "noise": self.noise,
            **describe_method(self.method),
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"{label_of(self.method)}: {self.network}, noise {self.noise:g}, {self.seeds}"
