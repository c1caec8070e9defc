"""Which whole numbers a network takes for ids: the rows of the tables that it looks them up in."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten

EMBEDDINGS = {_aten.embedding, _aten._embedding_bag, _aten._embedding_bag_forward_only}
"""Operators of a table and of the ids of its rows, by module or by function."""

MASKS = (torch.bool, torch.uint8)
"""Numbers of an index that stands for as many dimensions as it has."""

ALONG_A_DIMENSION = {_aten.index_select, _aten.gather, _aten.scatter, _aten.scatter_}
"""Of a tensor, a dimension and places there: tables that are indexed, one-hot codes."""


@torch.no_grad()
def rows_of_ids(run: Callable[[], Any]) -> Callable[[Tensor], int | None]:
    """A function of a tensor of the inputs: how many ids there are for it; `None` if none is known.

    `run` shows the inputs to a network: those that it looks up as they are have as many ids as the
    table has rows, the smallest of several; others as many as the smallest table.
    """
    with _Lookups() as seen:
        run()
    smallest = min(seen.embeddings or seen.indexed, default=None)
    return lambda x: seen.rows.get(x.untyped_storage().data_ptr(), smallest)


class _Lookups(TorchDispatchMode):
    """Notes what is looked up by whole numbers, whoever asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, int] = {}
        """The memory of ids -> the rows of the smallest table in which they are looked up."""
        self.embeddings: list[int] = []
        self.indexed: list[int] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        operator = func.overloadpacket
        for ids, count in _looked_up(operator, args):
            (self.embeddings if operator in EMBEDDINGS else self.indexed).append(count)
            place = ids.untyped_storage().data_ptr()
            self.rows[place] = min(count, self.rows.get(place, count))
        return func(*args, **(kwargs or {}))


def _looked_up(operator: Any, args: tuple[Any, ...]) -> Iterator[tuple[Tensor, int]]:
    """Tensors of whole numbers, and how many there are for each."""
    if operator in EMBEDDINGS:
        yield args[1], args[0].shape[0]
    elif operator in ALONG_A_DIMENSION:
        if args[0].ndim:
            yield args[2], args[0].shape[args[1]]
    elif operator is _aten.index:
        dim = 0
        for ids in args[1]:
            if ids is not None and ids.dtype in (torch.int32, torch.int64):
                yield ids, args[0].shape[dim]
            dim += ids.ndim if ids is not None and ids.dtype in MASKS else 1
