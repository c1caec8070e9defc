"""Which whole numbers a network takes for ids: the rows of the tables that it looks them up in."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn


@torch.no_grad()
def rows_of_ids(module: nn.Module, run: Callable[[], Any]) -> Callable[[Tensor], int | None]:
    """A function of a tensor of the inputs: how many ids there are for it; `None` if none is known.

    `run` shows the inputs to `module`: those that an embedding sees as they are have as many ids as
    this has rows, the smallest of several; others as many as the smallest embedding.
    """
    tables = [
        part for part in module.modules() if isinstance(part, (nn.Embedding, nn.EmbeddingBag))
    ]
    rows: dict[int, int] = {}

    def note(count: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for x in (*args, *kwargs.values()):
            if isinstance(x, Tensor):
                place = x.untyped_storage().data_ptr()
                rows[place] = min(count, rows.get(place, count))

    handles = [
        table.register_forward_pre_hook(partial(note, table.num_embeddings), with_kwargs=True)
        for table in tables
    ]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    smallest = min((table.num_embeddings for table in tables), default=None)
    return lambda x: rows.get(x.untyped_storage().data_ptr(), smallest)
