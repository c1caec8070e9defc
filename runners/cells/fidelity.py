"""A method beside its authors' own code on the same networks: the cell."""

from dataclasses import dataclass, field
from typing import ClassVar

from ...checked_fields import PositiveInt
from ...methods.base import Method
from ...results.facts import canonical
from ..finishes import Finish, Nothing
from ..keys import label_of, params
from ..networks.base import Architecture
from .merge import describe_method
from .untrained import OfForm


@dataclass(frozen=True)
class FidelityCell(OfForm):
    """What `method` makes of `networks` networks, held against what its authors' code made of them.

    `result` names what their code gave, under which settings says `code`; `differs` says where and
    why this method gives something else. `numbers` is the digest of the networks and the results.
    """

    kind: ClassVar[str] = "fidelity"

    result: str
    method: Method
    form: Architecture
    networks: PositiveInt
    code: str
    numbers: str
    differs: str = ""
    finish: Finish = field(default_factory=Nothing)

    dataset: ClassVar[str] = "fidelity"
    seeds: ClassVar[str] = ""

    def describe(self) -> dict[str, str | int]:
        finish = {"finish": self.finish.name, "finish_params": canonical(params(self.finish))}
        return {
            **self.describe_form(),
            "dataset_digest": self.numbers,
            "networks": self.networks,
            **describe_method(self.method),
            "authors_code": self.code,
            "differs": self.differs,
            **({} if self.finish == Nothing() else finish),
        }

    def __str__(self) -> str:
        return f"{label_of(self.method)} beside its authors' code: {self.result}"
