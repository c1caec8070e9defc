"""Cells without training: a planted permutation, and how much of it a method finds."""

from dataclasses import dataclass
from typing import ClassVar

from ...methods.base import Method
from ...results.facts import canonical
from ..finishes import Finish, Nothing
from ..keys import Keyed, kind_of, label_of, params
from ..networks.base import Architecture
from ..training.checkpoints import Endpoint
from .merge import describe_method


@dataclass(frozen=True)
class PlantedCell(Keyed):
    """A network with random weights, beside itself reordered and with `noise`, for one method.

    The weights, the order, the noise and the method's randomness come from `seed`; all but the
    last are the same for every method, and the weights and the order at every noise.
    """

    kind: ClassVar[str] = "planted"

    form: Architecture
    noise: float
    method: Method
    seed: int = 0

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    finish: ClassVar[Finish] = Nothing()
    dataset: ClassVar[str] = "planted"

    @property
    def network(self) -> str:
        return self.form.name

    @property
    def families(self) -> set[str]:
        return self.form.families

    @property
    def seeds(self) -> str:
        return str(self.seed)

    def describe(self) -> dict[str, str | int | float]:
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "network_family": kind_of(self.form),
            "network_params": canonical(params(self.form)),
            "seeds": self.seeds,
            "networks": 2,
            "noise": self.noise,
            **describe_method(self.method),
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"{label_of(self.method)}: {self.network}, noise {self.noise:g}, {self.seeds}"
