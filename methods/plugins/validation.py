"""What an alignment must be, so that it can be used: checked once, each fault in one sentence."""

from collections.abc import Mapping
from math import prod
from numbers import Real

from torch import Tensor

from ...errors import UserError
from ..base import Alignment, Problem
from ..symmetry.axes import Params, Symmetry
from ..symmetry.maps import Linear, Map


def check_alignment(problem: Problem, alignment: object) -> None:
    """Raise `UserError` where `alignment` is no answer to `problem`.

    One mapping for every network, of groups it has to maps of their size; all maps of a group into
    a basis of one size; a merge, if any, of the first network's form; `stats` of plain numbers.
    """
    if not isinstance(alignment, Alignment):
        raise UserError(f"`align` returned {kind(alignment)}, not an Alignment")
    given, wanted = len(alignment.maps), len(problem.networks)
    if given != wanted:
        raise UserError(f"an alignment has maps for each of {wanted} networks, not for {given}")
    for i, (network, maps) in enumerate(zip(problem.networks, alignment.maps, strict=True)):
        _check_maps(f"network {i}", network.widths, maps)
    if alignment.merged is None:
        _check_basis(problem, alignment)
    else:
        first = problem.networks[0]
        check_params(first.symmetry, first.params, alignment.merged)
    for name, value in alignment.stats.items():
        if not isinstance(value, (Real, str)):
            raise UserError(f"`stats` holds plain numbers, but {name!r} is {kind(value)}")


def check_params(symmetry: Symmetry, form: Params, params: Mapping[str, Tensor]) -> None:
    """Raise `UserError` unless `params` are of that `form`, if perhaps with groups of other sizes.

    A group may be wider or narrower, if it is so in every tensor that carries it.
    """
    if missing := sorted(form.keys() - params.keys()):
        raise UserError(f"the merged parameters lack {missing[0]!r}{_and_more(missing)}")
    if unknown := sorted(params.keys() - form.keys()):
        raise UserError(
            f"the networks have no parameter {unknown[0]!r}{_and_more(unknown)}, the merge has"
        )
    for name, value in params.items():
        if not isinstance(value, Tensor):
            raise UserError(f"the merged {name!r} is {kind(value)}, not a tensor")
    widths = _widths(symmetry, params)
    for name, axes in symmetry.axes.items():
        shape = tuple(params[name].shape)
        wanted = tuple(
            sum(prod(widths.get(f.group, f.size) for f in segment) for segment in axis.segments)
            for axis in axes
        )
        if shape != wanted:
            raise UserError(f"the merged {name!r} has the shape {shape}, where {wanted} would fit")


def kind(value: object) -> str:
    """What `value` is, for a sentence: `a dict`, `an int`, `None`."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def _check_maps(owner: str, widths: Mapping[str, int], maps: object) -> None:
    if not isinstance(maps, Mapping):
        raise UserError(f"the maps of {owner} are {kind(maps)}, not a mapping group -> Map")
    for group, m in maps.items():
        if group not in widths:
            raise UserError(f"{owner} has no group {group!r}; it has {', '.join(widths)}")
        if not isinstance(m, Map):
            raise UserError(f"the map of group {group!r} of {owner} is {kind(m)}, not a Map")
        if m.units != widths[group]:
            raise UserError(
                f"group {group!r} of {owner} has {widths[group]} units, its map is for {m.units}"
            )
        if isinstance(m, Linear) and not (m.into.isfinite().all() and m.back.isfinite().all()):
            raise UserError(f"the map of group {group!r} of {owner} is not finite")


def _check_basis(problem: Problem, alignment: Alignment) -> None:
    """All networks come to the same number of units in a group."""
    sizes: dict[str, int] = {}
    for network, maps in zip(problem.networks, alignment.maps, strict=True):
        for group, units in network.widths.items():
            size = maps[group].size if group in maps else units
            if sizes.setdefault(group, size) != size:
                raise UserError(
                    f"the maps of group {group!r} lead to {sizes[group]} units in one network and "
                    f"to {size} in another"
                )


def _widths(symmetry: Symmetry, params: Mapping[str, Tensor]) -> dict[str | None, int]:
    """Group -> units in `params`, read from the first axis that carries it alone."""
    widths: dict[str | None, int] = {}
    for name, axes in symmetry.axes.items():
        for axis, size in zip(axes, params[name].shape, strict=False):
            segment = axis.segments[0] if len(axis.segments) == 1 else ()
            if len(segment) == 1 and segment[0].group is not None:
                widths.setdefault(segment[0].group, size)
    return widths


def _and_more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
