"""A basis that several networks share and none owns, turned until the first one stands still."""

from collections.abc import Mapping, Sequence

from ..symmetry.maps import Reordering
from ..symmetry.reorderings import after

Placement = Mapping[str, Reordering]


def first_stays(placements: Sequence[Placement]) -> tuple[dict[str, Reordering], ...]:
    """The same placements of several networks, all followed by what undoes the first one's.

    Which units meet does not change: the whole basis is reordered. The placements name the same
    groups; the first of the result is empty, as for a network that is nowhere moved.
    """
    first, *others = placements
    undo = {group: placed.inverse() for group, placed in first.items()}
    return ({}, *({g: after(undo[g], m) for g, m in other.items()} for other in others))
