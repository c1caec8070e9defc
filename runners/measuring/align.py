"""Alignment of a cell's networks: timed, and proved before anything is measured on it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isfinite, isnan, nan

import torch

from ...errors import UserError
from ...methods.base import Alignment, Method, Network, Problem, Samples, transported
from ...methods.modules.forms import Batch, in_precision
from ...methods.plugins.validation import check_alignment
from ...methods.proving.conditions import Lowest
from ...methods.proving.precisions import in_highest, rounding
from ...methods.proving.randomness import RANDOM, is_random
from ...methods.symmetry.axes import Params
from ...methods.symmetry.maps import Nested
from ...results.facts import finite_or_text
from ...torch_settings import settings_kept
from .budget import run_within
from .guard import Watch
from .timing import REPEAT_BELOW_SECONDS, REPEAT_COLD_BELOW_SECONDS, measure

TOLERANCE = 1e-10
"""Greatest relative change of the outputs, in float64, by a map that reorders or negates units.

Of a network that computes in less, `rounding` of that precision.
"""

PROOF_IMAGES = 64

Columns = dict[str, float | int | bool | str | None]
"""Columns of a record that speak of an alignment."""

_seen: set[str] = set()
"""The methods that have run in this process, and have imported what they need."""


_watch = Watch()
"""Of all that methods are handed in this process."""


class NotEquivalentError(Exception):
    """An alignment that should keep what a network computes, and does not; what was measured."""

    def __init__(self, sentence: str, columns: Columns):
        super().__init__(sentence)
        self.columns = columns


@dataclass(frozen=True)
class Change:
    """The greatest relative change of outputs, and the lowest precision they are computed in."""

    error: float
    precision: torch.dtype = torch.float64

    @property
    def tolerance(self) -> float:
        """What rounding may cause in that precision."""
        return TOLERANCE if self.precision == torch.float64 else rounding(self.precision)

    @property
    def is_rounding(self) -> bool:
        """Whether the outputs change by no more than that; false where they are no numbers."""
        return self.error < self.tolerance

    @property
    def kind(self) -> str:
        """The precision in words."""
        return str(self.precision).removeprefix("torch.")


@dataclass(frozen=True, eq=False)
class Aligned:
    """A problem's alignment, and the columns of a record that speak of it."""

    problem: Problem
    alignment: Alignment
    columns: Columns


def align(method: Method, problem: Problem, seconds: float = inf) -> Aligned:
    """`problem` solved by `method`, in no more than so many `seconds` a run.

    Raises `UserError` where the result is no alignment of the problem or time is up,
    `NotEquivalentError` where an exact alignment changes a network's outputs, `UnequalRunsError`
    where two runs differ, `ChangedError` where the method changed what it was handed, and whatever
    the method raises.
    """
    _make_ready(problem)
    _watch.see(problem)
    try:
        with settings_kept():
            measured = measure(
                lambda: run_within(seconds, lambda: method.align(problem)),
                problem.device,
                partial(check_alignment, problem),
                REPEAT_BELOW_SECONDS if method.name in _seen else REPEAT_COLD_BELOW_SECONDS,
            )
    finally:
        verify(problem)  # before the proof below, and whatever the method has come to
    _seen.add(method.name)
    taken, alignment = measured.used, measured.used.result
    exact = alignment.is_exact
    change = equivalence_error(problem, alignment) if exact else Change(nan)
    error = change.error
    stats = finite_or_text(dict(alignment.stats))
    if (orders := _inner_orders(problem, alignment)) is not None:
        stats["inner_orders"] = orders
    peak, on_device = taken.peak_bytes, measured.device_seconds
    columns: Columns = {
        "equivalence_error": error if isfinite(error) else None,
        "permutation": alignment.is_permutation,
        "stats": json.dumps(stats, sort_keys=True, allow_nan=False),
        "align_seconds": taken.seconds,
        "align_cpu_seconds": taken.cpu_seconds,
        "align_device_seconds": on_device if isfinite(on_device) else None,
        "align_peak_bytes": int(peak) if isfinite(peak) else None,
        "align_runs": measured.runs,
    }
    if exact and problem.samples is not None and not change.is_rounding:
        raise NotEquivalentError(
            "on training images a network's outputs are not numbers, so that nothing can be proved"
            if isnan(error)
            else f"the alignment changes the networks' outputs by {error:.1e}, relative to the "
            f"largest; exact maps may change them by {change.tolerance:.0e} in {change.kind}",
            columns,
        )
    return Aligned(problem, alignment, columns)


def verify(problem: Problem, who: str = "the method") -> None:
    """Raises `ChangedError`, which names `who`, where `problem` is not what was first aligned."""
    _watch.verify(problem, who)


def equivalence_error(problem: Problem, alignment: Alignment) -> Change:
    """`relative_change` on training images; NaN without images."""
    inputs = _proof_inputs(problem.samples)
    return Change(nan) if inputs is None else relative_change(problem, alignment, [inputs])


def relative_change(problem: Problem, alignment: Alignment, batches: Sequence[Batch]) -> Change:
    """`change_of_outputs` of the networks of `problem` by the maps of `alignment`."""
    moved = transported(problem, alignment)
    return change_of_outputs(list(zip(problem.networks, moved, strict=True)), batches)


@torch.no_grad()
def change_of_outputs(pairs: Sequence[tuple[Network, Params]], batches: Sequence[Batch]) -> Change:
    """Greatest change of any network's output by other parameters, on any of the `batches`.

    Relative to the network's largest output in the batch; NaN where any output is no number. In
    float64 where the networks allow it, else in float32, as `prove` does. Raises `UserError` where
    a network cannot be called, and where one is random, whose outputs change by themselves.
    """
    name = type(pairs[0][0].module).__name__

    def run(precision: torch.dtype) -> Change:
        return Change(_greatest_change(pairs, batches, precision), precision)

    found = in_highest(run, name)
    if found.is_rounding:
        return found
    for network, _ in pairs:
        if is_random(partial(network, batches[0])):
            raise UserError(f"{name} {RANDOM}, so that nothing can be proved of it")
    with Lowest() as inside:
        run(found.precision)
    lowest = max(found.precision, inside.lowest, key=lambda kind: torch.finfo(kind).eps)
    return Change(found.error, lowest)


def _greatest_change(
    pairs: Sequence[tuple[Network, Params]], batches: Sequence[Batch], precision: torch.dtype
) -> float:
    worst = torch.zeros((), dtype=torch.float64, device=pairs[0][0].numbers.device)
    for network, moved in pairs:
        own, others = (in_precision(params, precision) for params in (network.params, moved))
        for inputs in batches:
            before, after = (network(inputs, p).double() for p in (own, others))
            change = (after - before).abs().where(before != after, 0).max()  # infinities too
            largest = before.abs().where(before.isfinite(), 0).max().clamp_min(1e-300)
            worst = torch.maximum(worst, change / largest)  # unlike max(), it keeps a NaN
    return float(worst)


def _inner_orders(problem: Problem, alignment: Alignment) -> str | None:
    """Whether units within others (in heads, in groups) were given an order of their own in each.

    `None` for networks without such units, and where an alignment is a merge and no maps.
    """
    if alignment.merged is not None or not any(problem.networks[0].symmetry.within().values()):
        return None
    maps = (m for own in alignment.maps for m in own.values())
    return "own" if any(isinstance(m, Nested) for m in maps) else "shared"


def _make_ready(problem: Problem) -> None:
    """Look at one image of all data of `problem`.

    Images are normalised, all of them, when the first is asked for: that is no method's own work.
    """
    for samples in (problem.samples, *(problem.per_network_data or ())):
        if samples is not None and len(samples) > 0:
            samples[torch.tensor([0])]


def _proof_inputs(samples: Samples | None) -> Batch | None:
    if samples is None:
        return None
    count = min(PROOF_IMAGES, len(samples))
    index = torch.linspace(0, len(samples) - 1, count).long()
    return samples[index][0]


def transferred(aligned: Aligned, problem: Problem) -> Aligned:
    """The maps of the last networks of `aligned`, for the networks of `problem`.

    Raises `UserError` where the alignment is a merge of the networks elsewhere, given whole.
    """
    if aligned.problem is problem:
        return aligned
    if aligned.alignment.merged is not None:
        raise UserError("the method gives the merge whole, so that there are no maps to carry over")
    _watch.see(problem)  # other networks than those that were aligned
    maps = aligned.alignment.maps[-len(problem.networks) :]
    alignment = Alignment(maps, aligned.alignment.stats)
    return replace(aligned, problem=problem, alignment=alignment)
