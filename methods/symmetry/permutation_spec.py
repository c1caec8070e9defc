"""Symmetries written by hand, in the form of Git Re-Basin's `PermutationSpec`.

Its `axes_to_perm` gives every parameter a tuple with one entry a dimension, in PyTorch's layout:
the name of the permutation that the dimension carries, or `None`:

    {"0.weight": ("P_0", None), "0.bias": ("P_0",), "2.weight": (None, "P_0"), "2.bias": (None,)}
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from torch import Tensor

from ...errors import UserError
from .axes import Axis, Factor, Params, Segment, Symmetry
from .forward_order import forward_order

AxesToPerm = dict[str, tuple[str | None, ...]]


class PermutationSpec(NamedTuple):
    """What functions of the Git Re-Basin family take, under the names that they use.

    `perm_to_axes` is the other direction of `axes_to_perm`: permutation -> every (name, dimension)
    that carries it.
    """

    perm_to_axes: dict[str, list[tuple[str, int]]]
    axes_to_perm: AxesToPerm

    @property
    def perm_to_layers_and_axes(self) -> dict[str, list[tuple[str, int]]]:
        """`perm_to_axes` under the name that C2M3 gives it."""
        return self.perm_to_axes

    @property
    def layer_and_axes_to_perm(self) -> AxesToPerm:
        """`axes_to_perm` under the name that C2M3 gives it."""
        return self.axes_to_perm


def declared_symmetry(
    axes_to_perm: Mapping[str, Sequence[str | None]], params: Mapping[str, Tensor]
) -> Symmetry:
    """The symmetry that `axes_to_perm` declares for `params`; see `from_axes_to_perm`."""
    shapes = {name: tuple(tensor.shape) for name, tensor in params.items()}
    axes_to_perm = {name: _within(name, perms, shapes) for name, perms in axes_to_perm.items()}
    _check_names(axes_to_perm, shapes)
    sizes = _sizes(axes_to_perm, shapes)
    axes = {
        name: tuple(
            _declared_axis(name, dim, size, perm, sizes)
            for dim, (size, perm) in enumerate(zip(shapes[name], perms, strict=True))
        )
        for name, perms in axes_to_perm.items()
    }
    return _in_forward_order(Symmetry({name: axes.get(name, ()) for name in shapes}))


def _in_forward_order(symmetry: Symmetry) -> Symmetry:
    """The same with its tensors in the order of the groups that they name, however it is told."""
    names = symmetry.groups()
    order = forward_order(names, {group: symmetry.read_for(group) for group in names})
    rank = {group: i for i, group in enumerate(order)}

    def last(name: str) -> int:
        return max((rank[g] for axis in symmetry.axes[name] for g in axis.groups), default=-1)

    return Symmetry({name: symmetry.axes[name] for name in sorted(symmetry.axes, key=last)})


def to_axes_to_perm(symmetry: Symmetry) -> AxesToPerm:
    """`symmetry` in the form that `from_axes_to_perm` reads.

    Raises `ValueError` for an axis that the form cannot express: several segments, or a product
    other than the unit x places of a flatten.
    """
    return {
        name: tuple(_permutation_name(name, dim, axes) for dim in range(len(axes)))
        for name, axes in symmetry.axes.items()
    }


def permutation_spec(symmetry: Symmetry) -> PermutationSpec:
    """The specification of the tensors that `unfolded` gives: one dimension, one permutation.

    Any symmetry has it, also one that `to_axes_to_perm` cannot express.
    """
    axes_to_perm: AxesToPerm = {
        key: tuple(f.group for segment in segments for f in segment)
        for key, _, segments, _ in _tensor_blocks(symmetry)
    }
    perm_to_axes: dict[str, list[tuple[str, int]]] = {}
    for key, perms in axes_to_perm.items():
        for dim, perm in enumerate(perms):
            if perm is not None:
                perm_to_axes.setdefault(perm, []).append((key, dim))
    return PermutationSpec(perm_to_axes, axes_to_perm)


def unfolded(symmetry: Symmetry, params: Mapping[str, Tensor]) -> Params:
    """Copies of `params` in which every factor of an axis is a dimension of its own.

    A matrix (out, units x places) that reads a flatten becomes (out, units, places), and a
    concatenated axis is cut: its tensor becomes `name[0]`, `name[1]`, and so on.
    """
    found = {}
    for key, name, segments, starts in _tensor_blocks(symmetry):
        tensor = params[name]
        for dim, (segment, start) in enumerate(zip(segments, starts, strict=True)):
            length = prod(f.size for f in segment)
            tensor = symmetry.axes[name][dim].straight(tensor, dim).narrow(dim, start, length)
        found[key] = tensor.reshape([f.size for s in segments for f in s]).clone()
    return found


TensorBlock = tuple[str, str, tuple[Segment, ...], tuple[int, ...]]
"""A block of a tensor: its key, the tensor's name, a segment and its start for each dimension."""


def _tensor_blocks(symmetry: Symmetry) -> Iterator[TensorBlock]:
    for name, axes in symmetry.axes.items():
        cuts = [
            [
                (segment, sum(prod(f.size for f in s) for s in axis.segments[:i]))
                for i, segment in enumerate(axis.segments)
            ]
            for axis in axes
        ]
        blocks = list(product(*cuts))
        for i, block in enumerate(blocks):
            key = name if len(blocks) == 1 else f"{name}[{i}]"
            yield key, name, tuple(s for s, _ in block), tuple(start for _, start in block)


def _within(
    name: str, perms: Sequence[str | None], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[str | None, ...]:
    """`perms` without entries `None` for dimensions that the tensor has not."""
    ndim = len(shapes.get(name, perms))
    return tuple(perms) if any(perm is not None for perm in perms[ndim:]) else tuple(perms[:ndim])


def _check_names(
    axes_to_perm: Mapping[str, Sequence[str | None]], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    for name, perms in axes_to_perm.items():
        if name not in shapes:
            raise UserError(f"the specification names {name!r}, which the network does not have")
        if len(perms) != len(shapes[name]):
            raise UserError(
                f"the specification gives {name!r} {len(perms)} dimensions, "
                f"the network {len(shapes[name])}"
            )
    for name, shape in shapes.items():
        if shape and name not in axes_to_perm:
            raise UserError(f"the specification says nothing of {name!r} {shape}")


def _sizes(
    axes_to_perm: Mapping[str, Sequence[str | None]], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, int]:
    """Group -> number of units, by the smallest dimension that carries it; all others must fit."""
    places = [
        (perm, size, name, dim)
        for name, perms in axes_to_perm.items()
        for dim, (perm, size) in enumerate(zip(perms, shapes[name], strict=True))
        if perm is not None
    ]
    sizes: dict[str, int] = {}
    for perm, size, _, _ in places:
        sizes[perm] = min(size, sizes.get(perm, size))
    for perm, size, name, dim in places:
        flattened = _may_flatten(name, dim, len(shapes[name])) and size % sizes[perm] == 0
        if size != sizes[perm] and not flattened:
            raise UserError(
                f"group {perm!r} has two sizes: {sizes[perm]}, and {size} in "
                f"dimension {dim} of {name!r}"
            )
    return sizes


def _declared_axis(
    name: str, dim: int, size: int, perm: str | None, sizes: Mapping[str, int]
) -> Axis:
    reads = _reads_units(name, dim)
    if perm is None:
        return Axis(((Factor(size),),), reads)
    unit = Factor(sizes[perm], perm)
    places = size // sizes[perm]
    return Axis(((unit, Factor(places)) if places > 1 else (unit,),), reads)


def _permutation_name(name: str, dim: int, axes: Sequence[Axis]) -> str | None:
    segments = axes[dim].segments
    if not axes[dim].groups:
        return None
    if len(segments) == 1 and axes[dim].order is None:
        unit, *places = segments[0]
        if not places or (
            [place.group for place in places] == [None] and _may_flatten(name, dim, len(axes))
        ):
            return unit.group
    raise UserError(
        f"dimension {dim} of {name!r} is not one group of units, which axes_to_perm cannot express"
    )


def _reads_units(name: str, dim: int) -> bool:
    return dim == 1 and name.rpartition(".")[2] == "weight"


def _may_flatten(name: str, dim: int, ndim: int) -> bool:
    return ndim == 2 and _reads_units(name, dim)
