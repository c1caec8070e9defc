"""Activation matching: every group matched on what its units compute on the training data."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from ..checked_fields import PositiveInt
from .base import (
    Alignment,
    InnerOrders,
    Method,
    Network,
    Problem,
    Samples,
    batches,
    needs_equal_widths,
    needs_program,
    needs_samples,
    subset,
)
from .matching.activation_statistics import PairMoments, Similarity
from .matching.weights.families import match_all, worth
from .symmetry.axes import When


@dataclass(frozen=True)
class ActivationMatching(Method):
    """Permute the units so that activations agree best; groups are independent of each other.

    For each group, argmax_P <P, Z_A Z_B^T> over the activations Z (units, samples) of the whole
    training set (Ainsworth et al. 2023, section 3.1, equation 1). With `statistic="inner"` this is
    least squares on activations, the objective of Tatro et al.'s first release and of OTFusion on
    squared distances. Prefer it when training data is at hand and weights mislead, as in plain
    deep networks without normalisation. Residual streams are matched on all their nonlinearities.
    More than two networks are each matched to the first.

    `when`: "after" the nonlinearity as Git Re-Basin does, or "before" as OTFusion does.
    `statistic`: "inner" is the paper's, un-centred, and the authors' code for MLPs; "pearson" is
    the authors' code for VGG and the method of Li et al. 2016, Tatro et al. 2020 and REPAIR;
    "centred" lies between. `samples`: how many training samples, drawn by the seed; `None` is all.
    `precision`: of the sums. The authors accumulate in float32, which changes results.
    `inner_orders`: of units within others (in heads, in groups), "own" under each of these or one
    "shared" by all of them.
    """

    when: When = "after"
    statistic: Similarity = "inner"
    samples: PositiveInt | None = None
    precision: Literal["float32", "float64"] = "float64"
    inner_orders: InnerOrders = "own"

    name: ClassVar[str] = "activation-matching"
    paper: ClassVar[str] = "Ainsworth et al. 2023, equation 1"

    def skip(self, problem: Problem) -> str | None:
        return needs_samples(problem) or needs_program(problem) or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        samples = subset(problem.training_data, self.samples, problem.generator())
        reference, *others = problem.networks
        maps, objective = [], 0.0
        for other in others:
            moments = PairMoments(getattr(torch, self.precision), self.statistic == "inner")
            collect(moments, reference, other, samples, self.when)
            gains = {g: moments.similarity(g, self.statistic) for g in moments.groups()}
            maps.append(match_all(reference.symmetry, gains))
            objective += worth(reference.symmetry, gains, maps[-1])
        return Alignment(({}, *maps), {"objective": objective, "samples": len(samples)})


def collect(
    moments: PairMoments, a: Network, b: Network, samples: Samples, when: When, size: int = 1000
) -> None:
    """Add to `moments` two networks' activations on all `samples`, `size` at a time.

    Units within others are told apart: they are (outer x units).
    """
    one, two = a.symmetry.apart(), b.symmetry.apart()
    for x, _ in batches(samples, size):
        moments.add(one.activations(a.params, x, when), two.activations(b.params, x, when))
