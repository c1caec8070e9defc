"""A method beside its authors' own code on the same networks: the cell."""

from dataclasses import dataclass, field
from typing import ClassVar

from ...methods.base import Method
from ...results.facts import canonical
from ..finishes import Finish, Nothing
from ..keys import Keyed, kind_of, label_of, params
from ..networks.base import Architecture
from ..training.checkpoints import Endpoint
from .merge import describe_method


@dataclass(frozen=True)
class FidelityCell(Keyed):
    """What `method` makes of `networks` networks, held against what its authors' code made of them.

    `result` names what their code gave, under which settings says `code`; `differs` says where and
    why this method gives something else. `numbers` is the digest of the networks and the results.
    """

    kind: ClassVar[str] = "fidelity"

    result: str
    method: Method
    form: Architecture
    networks: int
    code: str
    numbers: str
    differs: str = ""
    finish: Finish = field(default_factory=Nothing)

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    dataset: ClassVar[str] = "fidelity"
    seeds: ClassVar[str] = ""

    @property
    def network(self) -> str:
        return self.form.name

    @property
    def families(self) -> set[str]:
        return self.form.families

    def describe(self) -> dict[str, str | int]:
        finish = {"finish": self.finish.name, "finish_params": canonical(params(self.finish))}
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "dataset_digest": self.numbers,
            "network_family": kind_of(self.form),
            "network_params": canonical(params(self.form)),
            "networks": self.networks,
            **describe_method(self.method),
            "authors_code": self.code,
            "differs": self.differs,
            **({} if self.finish == Nothing() else finish),
        }

    def __str__(self) -> str:
        return f"{label_of(self.method)} beside its authors' code: {self.result}"
