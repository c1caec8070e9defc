"""CCA Merge: the second network's units as linear mixtures, by canonical correlation analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .activation_matching import needs_program
from .base import Alignment, Method, Problem, needs_equal_widths, needs_samples, subset
from .covariance import Covariance, joint_covariance, symmetric_power
from .maps import Linear
from .midpoint import loss
from .symmetry import When

GAMMAS = tuple(10.0**k for k in range(-4, 3))
"""What the search for `gamma` tries, the smallest first."""

SHOWN = 5000
"""How many samples tell one gamma from another."""

TIE = 1e-9
"""Added to the diagonal of the whitened cross-covariance, whose entries are at most 1: directions
in which nothing is correlated (dead units) are mapped as near to the identity as they can be."""


@dataclass(frozen=True)
class CCAMerge(Method):
    """Map each network into the first one's space by the projections that correlate them most.

    With activations X (samples, units), centred, and covariances S, the projections of canonical
    correlation analysis are P_A = S_AA^(-1/2) U and P_B = S_BB^(-1/2) V, where U and V are the
    singular vectors of S_AA^(-1/2) S_AB S_BB^(-1/2); T = P_B P_A^(-1) makes X_B T resemble X_A
    (Horoi et al. 2024). Weights that write units are mapped by the transpose of T, those that read
    them by its inverse. Groups are independent. Unlike a permutation the map mixes units, so a
    nonlinearity no longer commutes with it and a mapped network computes something else; prefer
    it where features are spread over several units, and for more than two networks.

    `gamma`: what is added to the diagonals of S_AA and S_BB. It decides everything: too little,
    and directions in which the units hardly vary are mapped by factors of ten and more, too much,
    and the map does nothing. Here it is relative to the mean variance of the units, so that it
    does not depend on their scale; 0 needs covariances of full rank. `None` tries `GAMMAS` and
    keeps the one whose mean of all networks loses least on training samples; the authors' code
    (shoroi/align-n-merge) tries 1e-6 to 1e7, absolute, and keeps what does best on the test data.
    `when`: "after" the nonlinearity, as the authors' code does, whose paper speaks of activations;
    or "before" it, where weights act linearly, though a layer wider than its input then hides part
    of its units' order. `samples`: how many, drawn by the seed; `None` is all. Networks with
    running variances, which a mixture of signs could make negative, are skipped; the authors
    transform and then recompute them.
    """

    gamma: float | None = None
    when: When = "after"
    samples: int | None = None

    name: ClassVar[str] = "cca"
    paper: ClassVar[str] = "Horoi et al. 2024"

    def skip(self, problem: Problem) -> str | None:
        return (
            needs_samples(problem)
            or needs_program(problem)
            or needs_equal_widths(problem)
            or _needs_no_variances(problem)
        )

    def align(self, problem: Problem) -> Alignment:
        generator = problem.generator()
        samples = subset(problem.training_data, self.samples, generator)
        first, *others = problem.networks
        joints = [joint_covariance((first, other), samples, self.when) for other in others]
        if self.gamma is not None:
            return _aligned(joints, self.gamma, len(samples))
        shown = subset(samples, SHOWN, generator)
        batch = shown[torch.arange(len(shown))]
        equal = [1 / len(problem.networks)] * len(problem.networks)

        def height(trial: Alignment) -> float:
            return float(loss(first, self.merge(problem, trial, equal), batch))

        return min((_aligned(joints, gamma, len(samples)) for gamma in GAMMAS), key=height)


def _aligned(joints: Sequence[Mapping[str, Covariance]], gamma: float, samples: int) -> Alignment:
    maps, correlations = [], []
    for joint in joints:
        matches = {group: match(covariance, gamma) for group, covariance in joint.items()}
        maps.append({group: m.map for group, m in matches.items()})
        correlations += [m.correlation for m in matches.values()]
    mean = sum(correlations) / max(len(correlations), 1)
    return Alignment(({}, *maps), {"correlation": mean, "gamma": gamma, "samples": samples})


@dataclass(frozen=True, eq=False)
class Match:
    """A group's map, and the mean of its canonical correlations."""

    map: Linear
    correlation: float


def match(joint: Covariance, gamma: float) -> Match:
    """The map of the second network's units into the first one's space."""
    a, b = (_regularised(joint.block(i, i), gamma) for i in (0, 1))
    root_a, root_b = symmetric_power(a, 0.5), symmetric_power(b, 0.5)
    white_a, white_b = symmetric_power(a, -0.5), symmetric_power(b, -0.5)
    cross = white_a @ joint.block(0, 1) @ white_b
    u, s, vh = torch.linalg.svd(cross + TIE * torch.eye(len(cross)).to(cross))
    rotation = u @ vh  # B's whitened units into A's
    into, back = root_a @ rotation @ white_b, root_b @ rotation.T @ white_a
    return Match(Linear(into, back), float(s.mean()))


def _regularised(covariance: Tensor, gamma: float) -> Tensor:
    diagonal = covariance.diagonal()
    return covariance + gamma * diagonal.mean() * torch.eye(len(covariance)).to(covariance)


def _needs_no_variances(problem: Problem) -> str | None:
    for network in problem.networks:
        for name, axes in network.symmetry.axes.items():
            if name.endswith("running_var") and any(axis.groups for axis in axes):
                return "needs networks without running variances, which mixtures make negative"
    return None
