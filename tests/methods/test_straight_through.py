"""The straight-through estimator: it starts as weight matching and returns a permutation."""

import live_networks
import pytest
import torch
from torch.nn import functional as F

from basinbench.methods import straight_through
from basinbench.methods.base import Problem
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.weight_matching import WeightMatching, ascend
from basinbench.runners.keys import label_of


def short(**fields) -> StraightThrough:
    return StraightThrough(**{"epochs": 2, "batch": 48, "judge": 192, **fields})


@pytest.mark.parametrize("name", ["mlp", "vgg-bn", "resnet-ln"])
def test_first_step_is_weight_matching(name: str):
    problem = live_networks.problem(name)
    one_step = short(epochs=1, batch=1000)
    matched = WeightMatching().align(problem)
    found = one_step.align(problem)
    assert found.stats["steps"] == 1
    assert found.maps[1] == matched.maps[1]


def test_a_rate_of_zero_never_leaves_weight_matching():
    problem = live_networks.problem("mlp")
    found = short(learning_rate=0.0).align(problem)
    assert found.maps == WeightMatching().align(problem).maps
    assert found.stats["permutations_tried"] == 1


def test_the_best_is_no_worse_than_weight_matching_or_the_last():
    problem = live_networks.problem("mlp")
    method = short(learning_rate=0.3, epochs=4)
    losses = {
        label: midpoint_loss(problem, m)
        for label, m in {
            "best": method,
            "last": short(learning_rate=0.3, epochs=4, keep="last"),
            "matched": WeightMatching(),
        }.items()
    }
    assert method.align(problem).stats["permutations_tried"] > 1, "the search never moved"
    assert losses["best"] <= losses["matched"]
    assert losses["best"] <= losses["last"]
    assert method.align(problem).stats["loss"] == pytest.approx(losses["best"], rel=1e-6)


def test_learning_lowers_the_loss_of_the_midpoint():
    problem = live_networks.problem("mlp")
    learned = midpoint_loss(problem, short(learning_rate=0.3, epochs=8))
    assert learned < midpoint_loss(problem, WeightMatching())


STARTS = ("identity", "weight-matching")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["mlp", "vgg-bn", "resnet-ln"])
def test_never_projecting_again_is_weight_matching(name: str, start: str):
    problem = live_networks.problem(name)
    found = short(every=None, start=start, learning_rate=0.3).align(problem)
    assert found.maps == WeightMatching().align(problem).maps
    assert found.stats["permutations_tried"] == 1


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["mlp", "resnet-ln"])
def test_without_a_step_both_starts_are_weight_matching(name: str, start: str):
    problem = live_networks.problem(name)
    found = short(start=start, learning_rate=0.0, epochs=1).align(problem)
    assert found.maps == WeightMatching().align(problem).maps
    assert found.stats["permutations_tried"] == 1


@pytest.mark.parametrize(("every", "projections"), [(1, 8), (2, 4), (3, 3), (8, 1), (9, 1)])
def test_the_period_counts_the_projections(monkeypatch, every: int, projections: int):
    count = 0

    def counted(*args, **kwargs):
        nonlocal count
        count += 1
        return ascend(*args, **kwargs)

    monkeypatch.setattr(straight_through, "ascend", counted)
    found = short(every=every).align(live_networks.problem("mlp"))  # two epochs of four steps
    assert found.stats["steps"] == 8
    assert count == projections


def test_the_start_of_the_proxy_matters_once_it_moves():
    problem = live_networks.problem("mlp")
    last = [short(start=s, learning_rate=0.3, epochs=4, keep="last") for s in STARTS]
    assert last[0].align(problem).maps != last[1].align(problem).maps


def test_published_defaults_keep_their_label():
    assert label_of(StraightThrough()) == "straight-through"
    assert label_of(StraightThrough(every=10)) == "straight-through(every=10)"


def midpoint_loss(problem: Problem, method) -> float:
    merged = method.merge(problem, method.align(problem), [0.5, 0.5])
    assert problem.samples is not None
    x, y = problem.samples[torch.arange(len(problem.samples))]
    return float(F.cross_entropy(problem.networks[0](x, merged), y))
