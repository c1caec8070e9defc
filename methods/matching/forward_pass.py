"""One pass from input to output: each group is placed once, after the groups that feed it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from torch import Tensor

from ..symmetry.axes import Occurrence, Params, Symmetry
from ..symmetry.maps import Map, Permutation
from .assignment import assign

M = TypeVar("M", bound=Map)


def forward_pass(
    fixed: tuple[Params, Symmetry],
    moving: tuple[Params, Symmetry],
    match: Callable[[Tensor, Tensor], M],
    where: Callable[[Occurrence], bool] = lambda _: True,
) -> dict[str, M]:
    """Group -> map, matching incoming weights whose inputs are already in the common basis.

    `match` takes the features of the fixed units (n, d) and of the moving ones (m, d).
    Groups are visited in the order in which the network writes them. A group that several layers
    write (a residual stream) is matched on those whose inputs have been placed by then; `where`
    narrows the places further, e.g. to leave out biases.
    """
    return forward_pass_by_group(fixed, moving, lambda _, a, b: match(a, b), where)


def forward_pass_by_group(
    fixed: tuple[Params, Symmetry],
    moving: tuple[Params, Symmetry],
    match: Callable[[str, Tensor, Tensor], M],
    where: Callable[[Occurrence], bool] = lambda _: True,
) -> dict[str, M]:
    """The same where the kind of map depends on the group, which `match` is told first."""
    maps: dict[str, M] = {}
    for group in fixed[1].groups():
        places = _incoming(fixed[1], group, maps, where)
        a = fixed[1].features(fixed[0], group, where=places.__contains__)
        b = moving[1].features(moving[0], group, maps, where=places.__contains__)
        maps[group] = match(group, a, b)
    return maps


def best_match(a: Tensor, b: Tensor) -> Permutation:
    """The permutation of the rows of `b` (n, d) with the largest inner product with `a` (n, d)."""
    return Permutation(assign(a @ b.T).index)


def _incoming(
    symmetry: Symmetry,
    group: str,
    placed: Mapping[str, Map],
    where: Callable[[Occurrence], bool],
) -> frozenset[Occurrence]:
    """Places where `group` is written, best those that read nothing yet to be placed."""
    written = [p for p in symmetry.occurrences(group) if not p.reads and where(p)]
    ready = [p for p in written if frozenset().union(*symmetry.others(p).values()) <= placed.keys()]
    weights = [p for p in ready if len(symmetry.axes[p.name]) > 1]
    return frozenset(ready if weights else written)
