"""One tensor as it stands in the common basis, a few rows at a time."""

from collections.abc import Iterator, Mapping
from types import EllipsisType

from torch import Tensor

from .axes import Symmetry
from .maps import Map, Permutation


def parts_in_basis(
    symmetry: Symmetry, name: str, tensor: Tensor, maps: Mapping[str, Map], most: int
) -> Iterator[tuple[slice | EllipsisType, Tensor]]:
    """The tensor `name` as `maps` put it: which rows, and what stands there, of `most` numbers.

    Whole (`...`) where nothing moves, and where a map does more than reorder a group by itself:
    units within others move as the whole tensor tells.
    """
    axes = symmetry.axes[name]
    groups = frozenset[str]().union(*(axis.groups for axis in axes)) & maps.keys()
    if not groups:
        yield ..., tensor
    elif tensor.numel() > most and all(isinstance(maps[group], Permutation) for group in groups):
        index, step = (
            axes[0].index(maps, tensor.device),
            max(1, most * len(tensor) // tensor.numel()),
        )
        for start in range(0, len(tensor), step):
            rows = slice(start, start + step)
            part = tensor.index_select(0, index[rows])
            for dim, axis in enumerate(axes[1:], 1):
                part = axis.apply(part, dim, maps)
            yield rows, part
    else:
        yield ..., symmetry.transport({name: tensor}, maps)[name]
