"""OTFusion: units matched by optimal transport, on weights or on activations."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .base import (
    Alignment,
    Method,
    Network,
    Problem,
    Samples,
    batches,
    needs_one_form,
    needs_program,
    needs_samples,
    subset,
)
from .matching.forward_pass import forward_pass
from .matching.optimal_transport import Solver, distances, plan_to_map, transport_plan, unit_rows
from .symmetry.axes import Occurrence, When
from .symmetry.maps import Map, Permutation


@dataclass(frozen=True)
class OTFusion(Method):
    """What both variants share: ground metric, solver, and the map a plan makes.

    `squared`: squared Euclidean distances; the default of the authors' parser, but every command
    of their README takes the root (`--not-squared`), and so does this. `normalise`: features of
    unit length, one of the README's two configurations. `solver`: "exact", which the README uses
    and which gives a permutation for equal widths, or "sinkhorn", the code's default and what
    makes the method "soft". `regularisation`: Sinkhorn's, relative to the largest cost.
    `preserve_mass`: for unequal widths, sum outgoing weights where the authors average them.

    Not reproduced: the division by (1/n + 1e-7) that shrinks every weight a little, and the map
    of residual blocks that averages two plans and so changes the network's function. The output
    layer stays in place, since its units are the classes; theirs is matched too unless
    `--skip-last-layer` is given.
    """

    squared: bool = False
    normalise: bool = False
    solver: Solver = "exact"
    regularisation: float = 1e-2
    preserve_mass: bool = False

    def match(self, a: Tensor, b: Tensor) -> Map:
        """The map of units with features `b` (m, d) into the units with features `a` (n, d)."""
        if self.normalise:
            a, b = unit_rows(a), unit_rows(b)
        plan = transport_plan(distances(a, b, self.squared), self.solver, self.regularisation)
        return plan_to_map(plan, self.preserve_mass)


@dataclass(frozen=True)
class OTFusionWeights(OTFusion):
    """Transport on incoming weights, layer by layer from the input (mode "wts").

    The cost between two units is the distance of their incoming weights, after the inputs have
    been brought into the basis by the plans of the layers before (Singh & Jaggi 2020, Algorithm 1
    with weight-based support). Needs no data and allows unequal widths; prefer weight matching
    where widths are equal and outgoing weights should count. `bias`: count biases and norm
    parameters among the features; the authors' networks have none.
    """

    bias: bool = False

    name: ClassVar[str] = "otfusion-weights"
    paper: ClassVar[str] = "Singh & Jaggi 2020, weight-based"

    def skip(self, problem: Problem) -> str | None:
        return needs_one_form(problem)  # plans need neither data nor equal widths

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        symmetry = reference.symmetry.only(reference.weights)

        def where(place: Occurrence) -> bool:
            return self.bias or len(symmetry.axes[place.name]) > 1

        maps = [
            forward_pass(
                (reference.weights, symmetry),
                (other.weights, other.symmetry.only(other.weights)),
                self.match,
                where,
            )
            for other in others
        ]
        return Alignment(({}, *maps), _softness(maps))


@dataclass(frozen=True)
class OTFusionActivations(OTFusion):
    """Transport on activations, every group on its own (mode "acts").

    The cost between two units is the distance of their activations on the same training images
    (Singh & Jaggi 2020, section 4.3, activation-based alignment). With squared distances, exact
    transport and equal widths it is activation matching; released are roots of distances on 200
    images `when` "before" the nonlinearity. Activations are those of the networks as given, not
    of partly aligned ones (the authors' default). `samples`: how many images, drawn by the seed.
    """

    when: When = "before"
    samples: int | None = 200

    name: ClassVar[str] = "otfusion-activations"
    paper: ClassVar[str] = "Singh & Jaggi 2020, activation-based"

    def skip(self, problem: Problem) -> str | None:
        return needs_samples(problem) or needs_program(problem) or needs_one_form(problem)

    def align(self, problem: Problem) -> Alignment:
        samples = subset(problem.training_data, self.samples, problem.generator())
        reference, *others = (
            _activations(network, samples, self.when) for network in problem.networks
        )
        maps = [
            {group: self.match(reference[group], other[group]) for group in reference}
            for other in others
        ]
        return Alignment(({}, *maps), {**_softness(maps), "samples": len(samples)})


def _activations(network: Network, samples: Samples, when: When) -> dict[str, Tensor]:
    seen: dict[str, list[Tensor]] = {}
    for x, _ in batches(samples, 200):
        for group, values in network.symmetry.activations(network.params, x, when).items():
            seen.setdefault(group, []).append(values)
    return {group: torch.cat(values, dim=1) for group, values in seen.items()}


def _softness(maps: list[dict[str, Map]]) -> dict[str, int]:
    soft = sum(not isinstance(m, Permutation) for one in maps for m in one.values())
    return {"soft_groups": soft, "groups": sum(len(one) for one in maps)}
