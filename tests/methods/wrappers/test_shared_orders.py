"""One order for the inner units of all outer ones: all that a permutation of one axis can say."""

import pytest

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Method, Problem
from basinbench.methods.best_of import BestOf
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.symmetry.maps import Nested, Permutation
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.networks import alive
from basinbench.runners.networks.alive import network, problem, shuffled

SWITCHED = (
    WeightMatching,
    ActivationMatching,
    BestOf,
    OTFusionWeights,
    OTFusionActivations,
    StraightThrough,
)


def outputs_moved(method: Method, asked: Problem) -> float:
    """How far the second network's outputs are, in the basis, from what they were."""
    net, maps = asked.networks[1], method.align(asked).maps[1]
    x = alive.samples(8)[:][0]
    return float((net(x, net.symmetry.transport(net.params, maps)) - net(x)).abs().max())


@pytest.mark.parametrize("kind", SWITCHED, ids=lambda kind: kind.name)
def test_shared_orders_are_permutations_and_keep_the_function(kind: type[Method]):
    asked = problem("heads")
    nested = {g for g, names in asked.networks[0].symmetry.within().items() if names}
    own, shared = (kind(inner_orders=each) for each in ("own", "shared"))  # type: ignore[call-arg]
    assert all(isinstance(own.align(asked).maps[1][g], Nested) for g in nested)
    assert all(isinstance(shared.align(asked).maps[1][g], Permutation) for g in nested)
    assert outputs_moved(shared, asked) < 1e-9


@pytest.mark.parametrize("kind", SWITCHED[:3], ids=lambda kind: kind.name)
def test_a_shared_order_cannot_find_what_was_planted_under_each_head(kind: type[Method]):
    net = network("heads", 1)
    other, _ = shuffled(net)
    asked = alive.problem_of(net, other)
    own, shared = (kind(inner_orders=each) for each in ("own", "shared"))  # type: ignore[call-arg]

    def midpoint_error(method: Method) -> float:
        middle = method.merge(asked, method.align(asked), (0.5, 0.5))
        x = alive.samples(32)[:][0]
        return float((net(x, middle) - net(x)).abs().max() / net(x).std(0).max())

    assert midpoint_error(own) < 1e-9
    assert midpoint_error(shared) > 1e-2


def test_the_problem_stays_as_it_is():
    asked = problem("heads")
    within = asked.networks[0].symmetry.within()
    WeightMatching(inner_orders="shared").align(asked)
    assert asked.networks[0].symmetry.within() == within
    assert any(within.values())


def test_where_nothing_lies_within_the_switch_does_nothing():
    asked = problem("mlp")
    maps = [WeightMatching(inner_orders=each).align(asked).maps[1] for each in ("own", "shared")]
    assert maps[0] == maps[1]
