"""Neuron alignment: units matched on the correlation of what they compute."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ..checked_fields import PositiveInt
from .base import (
    Alignment,
    Method,
    Network,
    Problem,
    Samples,
    Subset,
    batches,
    needs_equal_widths,
    needs_program,
    needs_samples,
)
from .matching.activation_statistics import PairMoments
from .matching.weights.families import match_all, worth
from .symmetry.axes import ActivationProgram, When

EPSILON = 1e-5
"""Added to every standard deviation, as in the authors' code."""


@dataclass(frozen=True)
class NeuronAlignment(Method):
    """Permute the units so that the sum of their correlations is as large as possible.

    For each group, the linear assignment of costs 1.01 - corr(a_i, b_j) (the constant plays no
    part), over the activations of the first training images in the test transform (Tatro et al.
    2020, section 3). Groups are independent. For a residual stream the correlations at its
    nonlinearities, the outputs of the stage's blocks, are each taken on its own and summed: one
    permutation a stage. `ActivationMatching(statistic="pearson")` pools the samples of those
    places instead and is the same method elsewhere. Prefer it to un-centred products where units
    differ in scale, as without normalisation. More than two networks are each matched to the first.

    `statistic`: "pearson" as published; "inner", un-centred, is the authors' first commit
    (`align_models_w2.py`), which looks `when` "before" the nonlinearity: the objective of Ainsworth
    et al. 2023, equation 1, on other activations. `samples`: how many images, from the first on;
    `None` is all. Not reproduced: their curve finding, and the joint optimisation of permutation
    and curve.
    """

    statistic: Literal["pearson", "inner"] = "pearson"
    when: When = "after"
    samples: PositiveInt | None = 10_000

    name: ClassVar[str] = "correlation"
    paper: ClassVar[str] = "Tatro et al. 2020"

    def skip(self, problem: Problem) -> str | None:
        return needs_samples(problem) or needs_program(problem) or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        samples = first(problem.training_data, self.samples)
        reference, *others = problem.networks
        maps, objective = [], 0.0
        for other in others:
            gains = self._gains(reference, other, samples)
            maps.append(match_all(reference.symmetry, gains))
            objective += worth(reference.symmetry, gains, maps[-1])
        return Alignment(({}, *maps), {"objective": objective, "samples": len(samples)})

    def _gains(self, a: Network, b: Network, samples: Samples) -> dict[str, Tensor]:
        """Group -> (units, units): similarities, summed over the places where it is seen.

        Units within others are told apart: they are (outer x units).
        """
        places: list[PairMoments] = []
        programs = [_program(network) for network in (a, b)]
        for x, _ in batches(samples, 1000):
            seen = [p.seen(n.params, x, self.when) for p, n in zip(programs, (a, b), strict=True)]
            for i in range(max((len(taps) for taps in seen[0].values()), default=0)):
                if i == len(places):
                    places.append(PairMoments(inner_only=self.statistic == "inner"))
                one, two = ({g: t[i] for g, t in s.items() if i < len(t)} for s in seen)
                places[i].add(one, two)
        gains: dict[str, Tensor] = {}
        for moments in places:
            for group in moments.groups():
                gain = moments.similarity(group, self.statistic, EPSILON)
                gains[group] = gains[group] + gain if group in gains else gain
        return gains


def first(samples: Samples, size: int | None) -> Samples:
    """The first `size` samples; all of them for `None` or too few."""
    if size is None or size >= len(samples):
        return samples
    return Subset(samples, torch.arange(size))


def _program(network: Network) -> ActivationProgram:
    program = network.symmetry.apart().program
    if program is None:
        raise ValueError("correlations need a traced symmetry, which `skip` should have told")
    return program
