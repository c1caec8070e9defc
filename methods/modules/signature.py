"""The arguments of a forward pass by their names, however a call hands them over."""

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn

from ...errors import UserError
from .forms import Batch, Inputs, arguments


@dataclass(frozen=True)
class Signature:
    """What a module's forward pass calls its arguments; make one with `of`.

    A tuple and a dictionary of the same arguments are one call, whatever their order.
    """

    module: str
    known: inspect.Signature | None

    @classmethod
    def of(cls, module: nn.Module) -> "Signature":
        """The signature of `module.forward`, as far as Python knows it."""
        try:
            known = inspect.signature(module.forward)
        except (TypeError, ValueError):
            known = None
        return cls(type(module).__name__, known)

    def by_name(self, x: Batch, what: str = "the inputs") -> dict[str, Any]:
        """Name -> argument, in the order of the signature.

        Raises `UserError`, of which `what` is the subject, where the forward pass does not take
        such arguments. Those without a known name are numbered.
        """
        given = arguments(x)
        if self.known is None:
            numbered = {str(place): value for place, value in enumerate(given.args)}
            return numbered | {name: given.kwargs[name] for name in sorted(given.kwargs)}
        try:
            return dict(self.known.bind(*given.args, **given.kwargs).arguments)
        except TypeError as error:
            verb = "does" if what == "the example" else "do"
            raise UserError(
                f"{what} {verb} not fit {self.module}.forward{self.known}: {error}"
            ) from error

    def ordered(self, x: Batch, what: str = "the inputs") -> Inputs:
        """The same call, arguments by keyword in the order of `by_name`, which checks it."""
        given, names = arguments(x), list(self.by_name(x, what))
        places = {name: place for place, name in enumerate(names)}
        ordered = sorted(given.kwargs, key=lambda name: places.get(name, len(names)))
        return Inputs(given.args, {name: given.kwargs[name] for name in ordered})
