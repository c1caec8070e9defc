"""OTFusion: units matched by optimal transport, on weights or on activations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..checked_fields import PositiveFloat, PositiveInt
from .base import (
    Alignment,
    InnerOrders,
    Method,
    Network,
    Problem,
    Samples,
    batches,
    needs_equal_widths,
    needs_one_form,
    needs_program,
    needs_samples,
    subset,
    transported,
    weighted_mean,
)
from .matching.chain import bias_of
from .matching.forward_pass import forward_pass
from .matching.optimal_transport import (
    GroundMetric,
    Solver,
    distances,
    plan_to_map,
    transport_plan,
    unit_rows,
)
from .matching.output_layer import ClassesMoved, output_weight
from .matching.weights.families import match_all
from .symmetry.axes import Occurrence, Params, When
from .symmetry.maps import Map, Permutation, Reordering


@dataclass(frozen=True)
class OTFusion(Method):
    """What both variants share: ground metric, solver, and the map a plan makes.

    `squared`: squared Euclidean distances; the default of the authors' parser, but every command
    of their README takes the root (`--not-squared`), and so does this. `normalise`: features of
    unit length, one of the README's two configurations. `solver`: "exact", which the README uses
    and which gives a permutation for equal widths, or "sinkhorn", the code's default and what
    makes the method "soft". `regularisation`: Sinkhorn's.
    `preserve_mass`: for unequal widths, sum outgoing weights where the authors average them.

    Units within others (in heads, in groups) have an order of their own under each of these with
    the solver "exact" and equal widths; other plans are one for all of these, and so are those of
    `inner_orders="shared"`.

    `ground_metric`: what becomes of the costs. "max" divides them by the largest, so that the
    regularisation is relative; "none" leaves them, as the README does, and the regularisation is
    absolute; "log", the default of the authors' parser, takes log(1 + cost). `None` is "max".

    `as_released`: the output layer is matched and moved too, as theirs is unless
    `--skip-last-layer` is given, though its units are the classes; and the ground metric is "none"
    where no other is given.

    The stats tell of how many groups the plan had not `converged` when iterations ran out, as
    Sinkhorn's with little regularisation do not.

    Not reproduced: the division by (1/n + 1e-7) that shrinks every weight a little; Sinkhorn in
    float32, where exp(-cost/regularisation) underflows to plans of zeros; the map of residual
    blocks that averages two plans and so changes the network's function.
    """

    squared: bool = False
    normalise: bool = False
    solver: Solver = "exact"
    regularisation: PositiveFloat = 1e-2
    preserve_mass: bool = False
    ground_metric: GroundMetric | None = None
    as_released: bool = False
    inner_orders: InnerOrders = "own"

    def match(self, a: Tensor, b: Tensor) -> Map:
        """The map of units with features `b` (m, d) into the units with features `a` (n, d)."""
        return self.matcher([])(a, b)

    def matcher(self, converged: list[bool]) -> Callable[[Tensor, Tensor], Map]:
        """Features (n, d) and (m, d) -> the map of the second's units into the first's.

        Of each plan that it makes it notes in `converged` whether its solver has.
        """
        metric = self.ground_metric or ("none" if self.as_released else "max")

        def match(a: Tensor, b: Tensor) -> Map:
            if self.normalise:
                a, b = unit_rows(a), unit_rows(b)
            cost = distances(a, b, self.squared)
            plan = transport_plan(cost, self.solver, self.regularisation, metric)
            converged.append(plan.converged)
            return plan_to_map(plan.coupling, self.preserve_mass)

        return match

    def gain(self, a: Tensor, b: Tensor) -> Tensor:
        """(n, m): the costs that `match` keeps low, as gains."""
        if self.normalise:
            a, b = unit_rows(a), unit_rows(b)
        cost = distances(a, b, self.squared)
        return -(cost.log1p() if self.ground_metric == "log" else cost)

    def nested(self, problem: Problem) -> frozenset[str]:
        """The groups that are matched with inner orders of their own: none where plans may mix."""
        if self.solver != "exact" or needs_equal_widths(problem):
            return frozenset()
        return problem.networks[0].symmetry.nested()

    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        moved = transported(problem, alignment)
        if isinstance(alignment, ClassesMoved):
            moved = alignment.moved(moved)
        return weighted_mean(moved, weights, problem.kept)

    def needs_output(self, problem: Problem) -> str | None:
        """Why the output layer cannot be moved, or `None` where it can or need not."""
        if self.as_released and output_weight(problem.networks[0].symmetry) is None:
            return "as released it needs a linear output layer"
        return None


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
        # plans need neither data nor equal widths
        return needs_one_form(problem) or self.needs_output(problem)

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        symmetry = reference.symmetry.only(reference.weights)

        converged: list[bool] = []
        match = self.matcher(converged)

        def where(place: Occurrence) -> bool:
            return self.bias or len(symmetry.axes[place.name]) > 1

        maps = [
            forward_pass(
                (reference.weights, symmetry),
                (other.weights, other.symmetry.only(other.weights)),
                match,
                where,
                self.gain if self.nested(problem) else None,
            )
            for other in others
        ]
        output = output_weight(symmetry) if self.as_released else None
        if output is None:
            return Alignment(({}, *maps), _statistics(maps, converged))
        wanted = self._class_features(reference.weights, output)
        given = (
            self._class_features(other.symmetry.transport(other.weights, own), output)
            for other, own in zip(others, maps, strict=True)
        )
        classes = (Permutation.identity(len(wanted)), *(match(wanted, g) for g in given))
        return ClassesMoved(
            ({}, *maps), _statistics(maps, converged), output=output, classes=classes
        )

    def _class_features(self, params: Params, output: str) -> Tensor:
        """(classes, d): what writes each class."""
        weight, bias = params[output], params.get(bias_of(output))
        return weight if bias is None or not self.bias else torch.cat([weight, bias[:, None]], 1)


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
    samples: PositiveInt | None = 200

    name: ClassVar[str] = "otfusion-activations"
    paper: ClassVar[str] = "Singh & Jaggi 2020, activation-based"

    def skip(self, problem: Problem) -> str | None:
        return (
            needs_samples(problem)
            or needs_program(problem)
            or needs_one_form(problem)
            or self.needs_output(problem)
        )

    def align(self, problem: Problem) -> Alignment:
        samples = subset(problem.training_data, self.samples, problem.generator())
        nested, symmetry = self.nested(problem), problem.networks[0].symmetry
        reference, *others = (
            _activations(network, samples, self.when, bool(nested)) for network in problem.networks
        )
        converged: list[bool] = []
        match = self.matcher(converged)
        maps: list[dict[str, Map]] = [
            {
                **{g: match(a, other[g]) for g, a in reference.items() if g not in nested},
                **match_all(symmetry, {g: self.gain(reference[g], other[g]) for g in nested}),
            }
            for other in others
        ]
        output = output_weight(problem.networks[0].symmetry) if self.as_released else None
        if output is None:
            stats = _statistics(maps, converged) | {"samples": len(samples)}
            return Alignment(({}, *maps), stats)
        wanted, *given = (_logits(network, samples) for network in problem.networks)
        classes = (Permutation.identity(len(wanted)), *(match(wanted, g) for g in given))
        stats = _statistics(maps, converged) | {"samples": len(samples)}
        return ClassesMoved(({}, *maps), stats, output=output, classes=classes)


def _logits(network: Network, samples: Samples) -> Tensor:
    """(classes, samples)."""
    with torch.no_grad():
        return torch.cat([network(x) for x, _ in batches(samples, 200)]).T


def _activations(network: Network, samples: Samples, when: When, apart: bool) -> dict[str, Tensor]:
    """Group -> (units, samples); units within others told `apart`, or more samples of one."""
    symmetry = network.symmetry.apart() if apart else network.symmetry
    seen: dict[str, list[Tensor]] = {}
    for x, _ in batches(samples, 200):
        for group, values in symmetry.activations(network.params, x, when).items():
            seen.setdefault(group, []).append(values)
    return {group: torch.cat(values, dim=1) for group, values in seen.items()}


def _statistics(maps: list[dict[str, Map]], converged: list[bool]) -> dict[str, int]:
    soft = sum(not isinstance(m, Reordering) for one in maps for m in one.values())
    return {
        "soft_groups": soft,
        "groups": sum(len(one) for one in maps),
        "converged": all(converged),
        "unconverged_plans": converged.count(False),
    }
