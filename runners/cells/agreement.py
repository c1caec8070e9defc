"""How far two methods agree about the same networks: the cell."""

from dataclasses import dataclass
from typing import ClassVar

from ...checked_fields import Seed
from ...methods.base import Method
from ...results.facts import canonical
from ..finishes import Finish, Nothing
from ..keys import label_of, params
from ..training.checkpoints import Endpoint
from .merge import OfNetworks, describe_method


@dataclass(frozen=True)
class AgreementCell(OfNetworks):
    """The share of hidden units to which `method` and `reference` give the same partner.

    A soft map counts by the partner that has most of a unit's mass; dead units do not count. The
    networks, the data and the seed are those of the cell that merges by `method`.
    """

    kind: ClassVar[str] = "agreement"

    endpoints: tuple[Endpoint, ...]
    method: Method
    reference: Method
    seed: Seed = 0

    finish: ClassVar[Finish] = Nothing()

    def describe(self) -> dict[str, str | int | None]:
        return {
            **self.describe_networks(),
            **describe_method(self.method),
            "against": self.reference.name,
            "against_params": canonical(params(self.reference)),
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"comparing {label_of(self.method)} and {label_of(self.reference)}: {self.network}"
