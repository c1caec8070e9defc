"""Worked examples of the papers, as cells."""

from dataclasses import dataclass
from typing import ClassVar

from ...methods.base import Method
from ...methods.baselines import Identity
from ..finishes import Finish, Nothing
from ..keys import Keyed
from ..training.checkpoints import Endpoint


@dataclass(frozen=True)
class ExampleCell(Keyed):
    """One of `EXAMPLES`; its answer stands among the record's `stats`."""

    kind: ClassVar[str] = "example"

    example: str

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    finish: ClassVar[Finish] = Nothing()
    dataset: ClassVar[str] = "example"
    seeds: ClassVar[str] = ""
    method: ClassVar[Method] = Identity()  # filters ask; an example compares several by itself

    @property
    def network(self) -> str:
        return self.example

    @property
    def families(self) -> set[str]:
        return {self.example}

    def describe(self) -> dict[str, str | int | float]:
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "network_family": self.example,
            "network_params": "{}",
        }

    def __str__(self) -> str:
        return f"working out the example {self.example}"
