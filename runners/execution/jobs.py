"""What a run consists of: networks to be trained, and cells to be measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..cells.transfer import AnyCell, required_networks
from ..training.checkpoints import Endpoint


@dataclass(frozen=True, eq=False)
class Training:
    """One network."""

    endpoint: Endpoint

    def __str__(self) -> str:
        endpoint = self.endpoint
        return f"training {endpoint.network.name} on {endpoint.dataset}, seed {endpoint.seed}"


@dataclass(frozen=True, eq=False)
class Measuring:
    """Cells that one alignment serves, or one that aligns nothing.

    `broken` are those of the networks they need that could not be trained, and why.
    """

    cells: tuple[AnyCell, ...]
    broken: Mapping[Endpoint, Exception] = field(default_factory=dict)

    @cached_property
    def needs(self) -> tuple[Endpoint, ...]:
        """Every network that has to be trained for them."""
        return required_networks(self.cells[0])

    def knowing(self, broken: Mapping[Endpoint, Exception]) -> "Measuring":
        """The same cells, told which of their networks are `broken`."""
        return replace(self, broken={e: broken[e] for e in self.needs if e in broken})

    def __str__(self) -> str:
        return str(self.cells[0])


Job = Training | Measuring
