"""What an alignment must be, so that it can be used: checked once, each fault in one sentence."""

from collections.abc import Mapping
from numbers import Real

from ...errors import UserError, kind
from ..base import Alignment, Problem
from ..networks.form import check_form, in_its_precision
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
        check_form(first, in_its_precision(first, alignment.merged))
    for name, value in alignment.stats.items():
        if not isinstance(value, (Real, str)):
            raise UserError(f"`stats` holds plain numbers, but {name!r} is {kind(value)}")


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
