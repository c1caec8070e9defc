"""CCA Merge: the second network's units as linear mixtures, by canonical correlation analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite
from typing import ClassVar

import torch
from torch import Tensor

from ..checked_fields import NonNegativeFloat, PositiveInt
from .base import (
    Alignment,
    Method,
    Problem,
    needs_equal_widths,
    needs_labels,
    needs_program,
    needs_samples,
    subset,
)
from .matching.activation_statistics import Covariance, joint_covariance
from .matching.midpoint import batch_loss
from .symmetry.axes import When
from .symmetry.maps import Linear

GAMMAS = tuple(10.0**k for k in range(-4, 5))
"""What the search for `gamma` tries, the smallest first."""

RELEASED_GAMMAS = tuple(10.0**k for k in range(-6, 8))
"""What the authors' code tries, added to covariances as it is."""

MOST_SAMPLES = 5000
"""How many samples tell one gamma from another."""

TIE = 1e-9
"""Added to the diagonal of the whitened cross-covariance, whose entries are at most 1: directions
in which nothing is correlated (dead units) are mapped as near to the identity as they can be."""

FLOOR = 1e-12
"""The least variance of a direction, any gamma added, on no scale but that of activations as they
are: in a group that is dead altogether there is nothing that gamma could be relative to."""


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

    `gamma`: what is added to the diagonals of S_AA and S_BB. It decides everything: with too
    little, directions in which the units hardly vary are mapped by factors of ten and more; with
    ever more the map becomes the rotation that brings the activations closest (Procrustes). Here it
    is relative to the mean variance of the units, so that it does not depend on their scale, as
    long as variances, gamma added, are above `FLOOR`, 1e-12; 0 needs covariances of full rank.
    `None` tries `GAMMAS`, 1e-4 to 1e4, and keeps the one whose mean of all networks loses least on
    the validation samples (on training samples where a problem has no others).
    `when`: "after" the nonlinearity, as the authors' code does, whose paper speaks of activations;
    or "before" it, where weights act linearly, though a layer wider than its input then hides part
    of its units' order. `samples`: how many, drawn by the seed; `None` is all. Networks with
    running variances, which a mixture of signs could make negative, are skipped; the authors
    transform and then recompute them.

    `as_released`: `gamma` is added as it is, as in the authors' code (shoroi/align-n-merge), and
    nothing ties dead units to the identity; `None` tries `RELEASED_GAMMAS`, 1e-6 to 1e7. They keep
    what does best on the test data, which no method sees here. Not taken over: their float32, in
    which the directions of dead units are mapped at random.
    """

    gamma: NonNegativeFloat | None = None
    when: When = "after"
    samples: PositiveInt | None = None
    as_released: bool = False

    name: ClassVar[str] = "cca"
    paper: ClassVar[str] = "Horoi et al. 2024"

    def skip(self, problem: Problem) -> str | None:
        return (
            (needs_labels(problem) if self.gamma is None else needs_samples(problem))
            or needs_program(problem)
            or needs_equal_widths(problem)
            or _needs_no_variances(problem)
        )

    def align(self, problem: Problem) -> Alignment:
        generator = problem.generator()
        samples = subset(problem.training_data, self.samples, generator)
        first, *others = problem.networks
        found = [
            {g: Spectra.of(joint) for g, joint in joints.items()}
            for joints in (joint_covariance((first, o), samples, self.when) for o in others)
        ]
        aligned = partial(_aligned, found, samples=len(samples), as_released=self.as_released)
        if self.gamma is not None:
            return aligned(self.gamma)
        unseen = problem.validation
        shown = subset(samples if unseen is None else unseen, MOST_SAMPLES, generator)
        batch = shown[torch.arange(len(shown))]
        equal = [1 / len(problem.networks)] * len(problem.networks)

        def height(trial: Alignment) -> float:
            found = float(batch_loss(first, self.merge(problem, trial, equal), batch))
            return found if isfinite(found) else inf  # nothing is less than NaN, so it would stay

        gammas = RELEASED_GAMMAS if self.as_released else GAMMAS
        return min(map(aligned, gammas), key=height)


def _aligned(
    found: Sequence[Mapping[str, "Spectra"]], gamma: float, samples: int, as_released: bool
) -> Alignment:
    maps, correlations = [], []
    for groups in found:
        matches = {group: match(spectra, gamma, as_released) for group, spectra in groups.items()}
        maps.append({group: m.map for group, m in matches.items()})
        correlations += [m.correlation for m in matches.values()]
    mean = sum(correlations) / max(len(correlations), 1)
    return Alignment(({}, *maps), {"correlation": mean, "gamma": gamma, "samples": samples})


@dataclass(frozen=True, eq=False)
class Spectra:
    """One group's covariances, each network's in its own eigenvectors, where any gamma is added.

    `vectors` are S_AA's and S_BB's as columns, `values` their eigenvalues, `cross` is S_AB from the
    one basis to the other, and `turn` the identity.
    """

    values: tuple[Tensor, Tensor]
    vectors: tuple[Tensor, Tensor]
    cross: Tensor
    turn: Tensor

    @classmethod
    def of(cls, joint: Covariance) -> "Spectra":
        """The spectra of a first network's units (A) and a second one's (B)."""
        (a, p), (b, q) = (torch.linalg.eigh(joint.block(i, i)) for i in (0, 1))
        return cls((a, b), (p, q), p.T @ joint.block(0, 1) @ q, p.T @ q)


@dataclass(frozen=True, eq=False)
class Match:
    """A group's map, and the mean of its canonical correlations."""

    map: Linear
    correlation: float


def match(spectra: Spectra, gamma: float, as_released: bool = False) -> Match:
    """The map of the second network's units into the first one's space."""
    ridges = (gamma if as_released else gamma * values.mean() for values in spectra.values)
    ridged = (values + ridge for values, ridge in zip(spectra.values, ridges, strict=True))
    a, b = (values.clamp_min(FLOOR).sqrt() for values in ridged)
    p, q = spectra.vectors
    tie = 0.0 if as_released else TIE
    u, s, vh = torch.linalg.svd(spectra.cross / torch.outer(a, b) + tie * spectra.turn)
    rotation = u @ vh  # B's whitened units into A's
    into = (p * a) @ rotation @ (q / b).T
    back = (q * b) @ rotation.T @ (p / a).T
    return Match(Linear(into, back), float(s.mean()))


def _needs_no_variances(problem: Problem) -> str | None:
    for network in problem.networks:
        for name, axes in network.symmetry.axes.items():
            if name.endswith("running_var") and any(axis.groups for axis in axes):
                return "needs networks without running variances, which mixtures make negative"
    return None
