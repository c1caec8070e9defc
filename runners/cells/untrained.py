"""What cells say of networks that nothing is trained for: one form, and no endpoints."""

from typing import ClassVar

from ...results.facts import canonical
from ..keys import Keyed, kind_of, params
from ..networks.base import Architecture
from ..training.checkpoints import Endpoint


class OfForm(Keyed):
    """What every cell on untrained networks of one `form` says of them."""

    kind: ClassVar[str]
    dataset: ClassVar[str]

    form: Architecture

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()

    @property
    def network(self) -> str:
        """The architecture."""
        return self.form.name

    @property
    def families(self) -> set[str]:
        """The families of the architecture."""
        return self.form.families

    def describe_form(self) -> dict[str, str]:
        """The columns of a record that say which cell it is and on which form of networks."""
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "network_family": kind_of(self.form),
            "network_params": canonical(params(self.form)),
        }
