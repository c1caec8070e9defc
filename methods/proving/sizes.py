"""Inputs of other sizes than a network was traced with: whether its units may move there too."""

from typing import Any, Protocol
from weakref import WeakKeyDictionary

from torch import nn

from ...errors import UserError
from ..modules.forms import Batch, tensors_of
from ..symmetry.axes import Params, Symmetry
from .proof import prove


class _Traced(Protocol):
    """A network that holds its module, its parameters and its symmetry; `Network` is one."""

    @property
    def module(self) -> nn.Module: ...

    @property
    def params(self) -> Params: ...

    @property
    def symmetry(self) -> Symmetry: ...


DRAWS = 3
"""Orders of units that are tried: one alone may suit another function too, where there are few."""

_proved: "WeakKeyDictionary[nn.Module, set[tuple[Any, ...]]]" = WeakKeyDictionary()
"""Module -> the forms of inputs on which its symmetry was proved."""


def check_size(network: _Traced, x: Batch) -> None:
    """Raises `UserError` where units of `network` may not move with inputs like `x`.

    A forward pass may ask how many inputs there are, or how long they are, and compute something
    else then. Where the graph of the example does not tell, it is proved on `x`, once for each
    form; a symmetry that was written by hand has no graph, and is taken at its word. Raises
    `UserError` as well where the network does not take `x`.
    """
    program = network.symmetry.program
    if program is None or program.covers(x):
        return
    form = tuple((tuple(t.shape), t.dtype) for t in tensors_of(x))
    known = _proved.setdefault(network.module, set())
    if form in known:
        return
    for seed in range(DRAWS):
        proof = prove(network, network.symmetry, x, modes=("evaluation",), seed=seed)
        if proof.ok:
            continue
        sizes = " and ".join(" x ".join(map(str, t.shape)) or "1" for t in tensors_of(x))
        raise UserError(
            f"with inputs of the size {sizes} {type(network.module).__name__} computes another "
            "function than with the example that it was traced with, in which its units may not "
            f"move (its outputs change by {proof.change:.1e}): trace it with an example of the "
            "size that it is used with"
        )
    known.add(form)
