"""The cheap search of two networks takes the steps of the search that multiplies matrices."""

from dataclasses import replace

import live_networks
import pytest
import torch

from basinbench.methods.frank_wolfe import FrankWolfe, FrankWolfeStart, Universe
from basinbench.methods.matching.weights.relaxed_pair import RelaxedPair, degree, matrix_of
from basinbench.methods.symmetry.axes import Params, Symmetry
from basinbench.methods.symmetry.maps import Map

NETWORKS = [*live_networks.ARCHITECTURES, *live_networks.NESTED]


def posed(name: str, start: FrankWolfeStart) -> tuple[Symmetry, list[Params], list[dict[str, Map]]]:
    problem = live_networks.problem(name)
    weights = [network.weights for network in problem.networks]
    maps = FrankWolfe(start)._start(replace(problem, seed=1))
    return problem.networks[0].symmetry.only(weights[0]), weights, maps


@pytest.mark.parametrize(
    ("name", "start"),
    [*((name, "random") for name in NETWORKS), ("mlp", "identity"), ("mlp", "barycentre")],
)
def test_every_step_is_that_of_the_full_search(name: str, start: FrankWolfeStart):
    symmetry, weights, maps = posed(name, start)
    if degree(symmetry) > 2:
        pytest.skip("some weight moves three times")
    cheap, full = RelaxedPair(symmetry, weights, maps), Universe(symmetry, weights, maps)
    for _ in range(6):
        assert cheap.objective == pytest.approx(full.objective, rel=1e-11)
        scale = abs(cheap.objective)
        assert cheap.climb() == pytest.approx(full.climb(), rel=1e-9, abs=1e-11 * scale)
        for group, own in full._maps[1].items():
            torch.testing.assert_close(cheap._matrices[group], matrix_of(own), rtol=0, atol=1e-9)
    assert cheap.permutations() == full.permutations()


def test_a_weight_that_moves_three_times_is_refused():
    thrice = [name for name in NETWORKS if degree(posed(name, "identity")[0]) > 2]
    assert thrice, "no network to try"
    with pytest.raises(ValueError, match="more than two groups"):
        RelaxedPair(*posed(thrice[0], "identity"))
