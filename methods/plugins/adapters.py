"""Functions written elsewhere as methods, each in one line.

    git_rebasin = from_weight_matching(weight_matching, name="git-rebasin", paper="...")

Their arguments are copies, and the global random streams from which many of them draw begin at the
problem's seed. Other arguments are set by `functools.partial`. What they return is read as at
`function.read`. More than two networks are each matched to the first.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base import Network, Problem, batches, needs_equal_widths, needs_program, needs_samples
from ..matching.forward_pass import forward_pass
from ..symmetry.axes import When
from ..symmetry.maps import Linear, Map
from ..symmetry.permutation_spec import permutation_spec, unfolded
from .function import FunctionMethod, as_map, method


def from_weight_matching(
    function: Callable[..., Any], *, name: str, paper: str
) -> type[FunctionMethod]:
    """Git Re-Basin's form: `weight_matching(ps, params_a, params_b)` -> permutation -> index.

    `ps` has `perm_to_axes` and `axes_to_perm`; its permutations are the groups of the traced
    symmetry. Only trained weights are given, no running statistics. Where a flatten stands before
    a linear layer, these functions would need a reshape of their own: here its matrix comes as
    (out, units, places), as `spec.unfolded` tells. Indices may be whole numbers held as floats, as
    released code has them, and what is returned beside the permutations is left out. The original
    in JAX takes a random key first and flax's layouts: wrap it. For hand-written loops over a
    specification; the method of this package is `WeightMatching`.
    """

    def solve(problem: Problem) -> object:
        reference, *others = problem.networks
        symmetry = reference.symmetry.only(reference.weights)
        spec = permutation_spec(symmetry)
        return [
            {},
            *(
                _whole(
                    function(
                        spec,
                        unfolded(symmetry, reference.weights),
                        unfolded(symmetry, other.weights),
                    )
                )
                for other in others
            ),
        ]

    return _made(solve, function, name, paper)


def from_matcher(
    matcher: Callable[[Tensor, Tensor], object], *, name: str, paper: str
) -> type[FunctionMethod]:
    """A matcher of rows: `matcher(fixed, permutee)` on (units, d) and (units, d).

    It sees the weights that touch one group of units, a row per unit, and returns the index into
    the rows of `permutee` that brings each beside its partner in `fixed`, or a matrix (units,
    units). One forward pass places each group by its incoming weights after those that feed it;
    the hyper-parameter `sweeps` then visits all groups so many times on every weight that touches
    them, until none moves. For a new way to match two sets of points; it never sees a network.
    """

    def solve(problem: Problem, *, sweeps: int = 0) -> object:
        reference, *others = problem.networks
        return [{}, *(_match_rows(matcher, reference, other, sweeps) for other in others)]

    return _made(solve, matcher, name, paper)


def from_match_tensors(
    function: Callable[..., Any], *, name: str, paper: str, when: When = "after"
) -> type[FunctionMethod]:
    """ZipIt's form: `match_tensors_*(metric, r=...)` -> merge and unmerge matrices.

    `metric["covariance"]` (n units, n units) is that of a group's activations `when` before or
    after the nonlinearity, the n networks one after the other, in float64 over all training
    data; `r = 1 - 1/n` keeps the width. `merge` (size, n units) is applied where units are
    written, `unmerge` (n units, size) where they are read. The authors sum the networks' parts
    where we take their mean, so `into` is n times a part of `merge`: the merge with equal weights
    is theirs. Layers without a group, as the last, are averaged.
    """

    def solve(problem: Problem) -> object:
        networks = problem.networks
        maps: list[dict[str, Map]] = [{} for _ in networks]
        for group, covariance in _covariances(problem, when).items():
            merge, unmerge, *_ = function({"covariance": covariance}, r=1 - 1 / len(networks))
            parts = zip(maps, merge.chunk(len(maps), 1), unmerge.chunk(len(maps)), strict=True)
            for own, into, back in parts:
                own[group] = Linear(len(maps) * into, back)
        return maps

    def skip(problem: Problem) -> str | None:
        return needs_samples(problem) or needs_program(problem) or needs_equal_widths(problem)

    return _made(solve, function, name, paper, skip)


def _made(
    solve: Callable[..., object],
    function: Callable[..., object],
    name: str,
    paper: str,
    skip: Callable[[Problem], str | None] = needs_equal_widths,
) -> type[FunctionMethod]:
    """`solve` as a method of the module that called the adapter, where plug-ins are looked for."""
    solve.__doc__ = function.__doc__ or f"`{getattr(function, '__name__', name)}`, adapted."
    made = method(paper, name=name, skip=skip)(solve)
    made.__module__ = sys._getframe(2).f_globals["__name__"]
    return made


def _whole(found: object) -> object:
    """Permutations with their indices as integers, where they are whole numbers held as floats."""
    if isinstance(found, tuple) and found and isinstance(found[0], Mapping):
        found = found[0]
    if not isinstance(found, Mapping):
        return found
    return {group: _as_index(value) for group, value in found.items()}


def _as_index(value: object) -> object:
    value = torch.from_numpy(value) if isinstance(value, np.ndarray) else value
    if isinstance(value, Tensor) and value.ndim == 1 and value.is_floating_point():
        return value.long() if torch.equal(value, value.round()) else value
    return value


def _match_rows(
    matcher: Callable[[Tensor, Tensor], object], fixed: Network, moving: Network, sweeps: int
) -> dict[str, Map]:
    symmetry = fixed.symmetry.only(fixed.weights)

    def match(a: Tensor, b: Tensor) -> Map:
        return as_map(matcher(a.clone(), b.clone()), f"of {len(b)} units", len(b), b.device)

    maps = forward_pass((fixed.weights, symmetry), (moving.weights, symmetry), match)
    for _ in range(sweeps):
        before = dict(maps)
        for group in symmetry.groups():
            maps[group] = match(
                symmetry.features(fixed.weights, group),
                symmetry.features(moving.weights, group, maps),
            )
        if before == maps:
            break
    return maps


def _covariances(problem: Problem, when: When) -> dict[str, Tensor]:
    """Group -> covariance of the activations of all networks' units, one network after another."""
    products: dict[str, Tensor] = {}
    sums: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    for x, _ in batches(problem.training_data, 1000):
        seen = [n.symmetry.activations(n.params, x, when) for n in problem.networks]
        for group in seen[0]:
            z = torch.cat([activations[group].double() for activations in seen])
            products[group] = products.get(group, 0) + z @ z.T
            sums[group] = sums.get(group, 0) + z.sum(1)
            counts[group] = counts.get(group, 0) + z.shape[1]
    return {
        g: products[g] / counts[g] - torch.outer(sums[g], sums[g]) / counts[g] ** 2
        for g in products
    }
