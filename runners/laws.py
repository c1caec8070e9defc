"""The laws that a method keeps, each a function of a trial on small networks that are alive.

This is the one list: `basinbench check` tries it on a plug-in, the tests on every method.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod

import torch
from torch import Tensor

from ..methods.base import Alignment, Network, transported
from ..methods.symmetry.maps import (
    Linear,
    Map,
    Nested,
    Permutation,
    Reordering,
    SignedPermutation,
)
from .measuring.align import equivalence_error
from .measuring.planting import noisy
from .measuring.timing import same_result
from .networks.alive import CPU, problem_of, shuffled
from .seeds import seed_of
from .trials import Trial, everything, moved_to

PLANTED_NOISES = (0.0, 0.1, 0.5)
"""Of the planted permutations, in standard deviations of each tensor."""


@dataclass(frozen=True)
class LawResult:
    """What a law found on one network: words for a table, a sentence where the law is broken."""

    words: str
    fault: str | None = None


@dataclass(frozen=True)
class Law:
    """A law: its name in tables, what it says in one sentence, and what judges a trial by it."""

    name: str
    statement: str
    judge: Callable[[Trial], LawResult]


KEPT = LawResult("ok")
NOT_JUDGED = LawResult("–")


def keeps_functions(trial: Trial) -> LawResult:
    """Of maps that do more than reorder, and of merges, only finite outputs are asked."""
    alignment = trial.alignment
    if alignment.is_permutation:
        change = equivalence_error(trial.problem, alignment)
        fault = f"permutations change the outputs by {change.error:.0e}"
        return LawResult(f"{change.error:.0e}", None if change.is_rounding else fault)
    finite = trial.outputs(trial.problem, alignment).isfinite().all()
    words = "mixes units" if alignment.merged is None else "merges"
    return LawResult(words, None if finite else "the merge's outputs are not finite")


def repeats(trial: Trial) -> LawResult:
    """Maps and merge by their numbers, statistics by their digits."""
    first, second = trial.alignment, trial.again
    if not same_result(first, second):
        fault = "the same seed gave two results: draw from `problem.generator()`"
        return LawResult("differs", fault)
    for name in first.stats.keys() | second.stats.keys():
        if repr(first.stats.get(name)) != repr(second.stats.get(name)):  # NaN is like NaN
            return LawResult("differs", f"the same seed gave two values of the stat {name!r}")
    return KEPT


def changes_nothing(trial: Trial) -> LawResult:
    """Asks what the trial has watched."""
    _ = trial.alignment, trial.again
    if not trial.changed:
        return KEPT
    return LawResult("changed", f"`align` changed {trial.changed[0]}: work on copies")


def loses_no_weight(trial: Trial) -> LawResult:
    """A reference that moves is told and not judged: a method may choose another basis."""
    problem, alignment = trial.problem, trial.alignment
    if not alignment.is_permutation:
        return NOT_JUDGED
    moved = transported(problem, alignment)
    for net, params in zip(problem.networks, moved, strict=True):
        for name, value in net.params.items():
            if not torch.equal(_sorted_values(params[name]), _sorted_values(value)):
                return LawResult("lost", f"{name!r} no longer has the values that it had")
    return KEPT if _equal(moved[0], problem.networks[0].params) else LawResult("reference moved")


def ends_are_networks(trial: Trial) -> LawResult:
    """Where there is a line: not of a method that gives one merge."""
    problem, alignment = trial.problem, trial.alignment
    if alignment.merged is not None:
        return NOT_JUDGED
    ends = zip(((1, 0), (0, 1)), transported(problem, alignment), strict=True)
    for i, (weights, expected) in enumerate(ends):
        if not _equal(trial.method.merge(problem, alignment, weights), expected):
            fault = f"`merge` with the weights {weights} is not network {i} in the common basis"
            return LawResult("differs", fault)
    return KEPT


def leaves_equals_alone(trial: Trial) -> LawResult:
    """Of maps that do more than reorder, and of merges, it tells how far outputs change."""
    net = trial.network
    twice = problem_of(net, net)
    alignment = trial.align(twice)
    if not alignment.is_permutation:
        expected = net(everything(twice)[0])
        error = (trial.outputs(twice, alignment) - expected).abs().max()
        return LawResult(f"{float(error / expected.abs().max()):.0e}")
    moved = [g for g in net.widths if not _units_met(alignment, net, g).equal(_arange(net, g))]
    if not moved:
        return KEPT
    return LawResult("moved", f"two equal networks were brought apart in group {moved[0]!r}")


def recovers(noise: float, trial: Trial) -> LawResult:
    """Tells the share of units whose partner is found; judged without noise, on the MLP."""
    net = trial.network
    draw = torch.Generator().manual_seed(seed_of("check", noise))
    other, planted = shuffled(noisy(net, noise, draw))
    alignment = trial.align(problem_of(net, other))
    if alignment.merged is not None:
        return NOT_JUDGED
    found = sum(
        int((_units_met(alignment, net, g, m) == _arange(net, g)).sum()) for g, m in planted.items()
    )
    share = found / sum(len(m.index) for m in planted.values())
    wanted = not noise and trial.name == "mlp" and trial.method.recovers
    missed = wanted and alignment.is_permutation and share < 1
    fault = (
        f"of a planted permutation {share:.0%} was found; is `index[i] = j` turned round, "
        "or the method no matching (recovers=False)?"
    )
    return LawResult(f"{share:.0%}", fault if missed else None)


def meets_three(trial: Trial) -> LawResult:
    """A method for two alone, and one whose merge is no mean, are told and not judged."""
    three = trial.among(1, 2, 3)
    if trial.method.skip(three):
        return LawResult("skipped")
    try:
        alignment = trial.align(three)
    except Exception:  # a function of two networks need not say that it is one
        return LawResult("two only")
    merged = trial.method.merge(three, alignment, [1 / 3] * 3)
    if not all(value.isfinite().all() for value in merged.values()):
        return LawResult("not finite", "the merge of three networks is not finite")
    if alignment.merged is not None:
        return NOT_JUDGED
    moved = transported(three, alignment)
    trained = [name for name, value in merged.items() if value.is_floating_point()]
    means = {name: torch.stack([params[name] for params in moved]).mean(0) for name in trained}
    same = all(_same_values(merged[name], mean) for name, mean in means.items())
    return KEPT if same else LawResult("no mean")


def agrees_on_gpu(trial: Trial) -> LawResult:
    """Up to rounding where maps are matrices."""
    if not torch.cuda.is_available():
        return LawResult("no GPU")
    other = torch.device("cuda" if trial.device == CPU else "cpu")
    there = trial.align(moved_to(trial.problem, other))
    same = all(
        a.keys() == b.keys() and all(_agree(a[g], b[g]) for g in a)
        for a, b in zip(trial.alignment.maps, there.maps, strict=True)
    )
    pairs = ((v, (there.merged or {}).get(k)) for k, v in (trial.alignment.merged or {}).items())
    if same and all(b is not None and _same_values(a, b) for a, b in pairs):
        return KEPT
    return LawResult("differs", "CPU and GPU gave two results")


LAWS = (
    Law(
        "functions kept, float64",
        "A network computes the same after its units are reordered.",
        keeps_functions,
    ),
    Law("same seed, same bytes", "Two runs with one seed give one result.", repeats),
    Law(
        "nothing else changed",
        "Networks, data and global random streams are afterwards as before.",
        changes_nothing,
    ),
    Law(
        "no weight lost",
        "Reordered tensors keep their values, and the first network its order.",
        loses_no_weight,
    ),
    Law(
        "ends of the line kept",
        "A merge with all weight on one network is that network in the common basis.",
        ends_are_networks,
    ),
    Law(
        "equal networks left alone",
        "No unit moves where a network meets itself.",
        leaves_equals_alone,
    ),
    *(
        Law(
            f"planted units found, noise {noise:g}",
            "A network that meets itself in another order gets its order back.",
            partial(recovers, noise),
        )
        for noise in PLANTED_NOISES
    ),
    Law(
        "three networks meet",
        "Three networks come into one basis, and their merge is the mean there.",
        meets_three,
    ),
    Law("CPU and GPU agree", "Both kinds of device give one result.", agrees_on_gpu),
)


def _units_met(
    alignment: Alignment, net: Network, group: str, planted: Reordering | None = None
) -> Tensor:
    """(units,): for each unit of the first network the one that it meets, as first numbered.

    Units within others are all counted, under each of these by themselves.
    """
    first, second = (_rows(maps, net, group) for maps in alignment.maps)
    origin = _arange(net, group) if planted is None else planted.index
    partners = torch.full_like(origin, -1)
    partners[first] = origin[second]
    return partners


def _rows(maps: Mapping[str, Map], net: Network, group: str) -> Tensor:
    """(size,): which unit stands at each place of the basis, or weighs most there."""
    own = maps.get(group)
    if isinstance(own, Nested):
        return own.index.cpu()
    rows = torch.arange(net.widths[group])
    if isinstance(own, Linear):
        rows = own.into.abs().argmax(dim=1).cpu()
    elif isinstance(own, Reordering):
        rows = own.index.cpu()
    outer = torch.zeros(1, dtype=torch.long)
    names = net.symmetry.within()[group]
    for name, size in zip(names, net.symmetry.outer_sizes(group), strict=True):
        inside = name in net.widths  # an order for all units of those before it, or of each
        order = _rows(maps, net, name) if inside else torch.arange(size)
        outer = order if len(order) > size else (outer[:, None] * size + order).flatten()
    return (outer[:, None] * net.widths[group] + rows).flatten() if names else rows


def _arange(net: Network, group: str) -> Tensor:
    return torch.arange(prod(net.symmetry.outer_sizes(group)) * net.widths[group])


def _sorted_values(tensor: Tensor) -> Tensor:
    return tensor.flatten().sort().values


def _equal(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], value) for name, value in b.items())


def _agree(a: Map, b: Map) -> bool:
    if isinstance(a, Linear) and isinstance(b, Linear):
        return _same_values(a.into, b.into) and _same_values(a.back, b.back)
    if isinstance(a, SignedPermutation) and isinstance(b, SignedPermutation):
        return Permutation(a.index) == Permutation(b.index) and _same_values(a.signs, b.signs)
    return isinstance(a, Reordering) and a == b


def _same_values(a: Tensor, b: Tensor) -> bool:
    """Up to rounding: sums in another order cost some units in the last place of the largest."""
    if a.shape != b.shape:
        return False
    rtol, atol = (1e-6, 1e-9) if a.dtype == torch.float64 else (1e-4, 1e-6)
    return torch.allclose(a.cpu(), b.cpu(), rtol=rtol, atol=atol)
