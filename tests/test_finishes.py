"""Laws of what follows a merge, on real digits."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import nn

from basinbench.datasets.digits import digits
from basinbench.methods.maps import Permutation
from basinbench.methods.symmetry import Params
from basinbench.methods.trace import trace
from basinbench.runners.evaluation import Resident, lambdas, scores
from basinbench.runners.finishes import Nothing, ResetNorm, Retrain, finishes
from basinbench.runners.networks import MLP, VGG
from basinbench.runners.recipes import recipe
from basinbench.runners.samples import Normalised, normalised
from basinbench.runners.training import train

SHAPE, CLASSES = (1, 8, 8), 10
SHORT = replace(recipe("digits-short"), epochs=2)
NETWORK = VGG(8, 4, norm="batch")
PLAIN = MLP((32,))


@cache
def samples() -> Normalised:
    data = digits()
    return normalised(data, data.train, SHORT)


@cache
def trained(architecture: VGG | MLP) -> tuple[nn.Module, Params]:
    module = architecture.build(SHAPE, CLASSES)
    return module.eval(), train(module, samples(), SHORT, seed=0)


def copied(params: Params) -> Params:
    return {name: tensor.clone() for name, tensor in params.items()}


def assert_same(a: Params, b: Params) -> None:
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


def is_statistic(name: str) -> bool:
    return name.endswith(("running_mean", "running_var"))


@pytest.mark.parametrize("finish", [Nothing(), ResetNorm(), Retrain()], ids=lambda f: f.name)
def test_a_finish_changes_neither_its_arguments_nor_its_mind(finish):
    module, params = trained(NETWORK)
    before, own = copied(params), copied(dict(module.state_dict()))
    torch.manual_seed(1)
    first = finish.apply(params, module, samples(), SHORT, 5)
    torch.manual_seed(2)
    second = finish.apply(params, module, samples(), SHORT, 5)
    assert_same(params, before)
    assert_same(dict(module.state_dict()), own)
    assert_same(first, second)
    assert not module.training


def test_nothing_does_nothing():
    module, params = trained(NETWORK)
    assert_same(Nothing().apply(params, module, samples(), SHORT, 0), params)


def test_reset_changes_statistics_alone():
    module, params = trained(NETWORK)
    new = ResetNorm().apply(params, module, samples(), SHORT, 0)
    assert {n for n in params if not torch.equal(params[n], new[n])} == set(
        filter(is_statistic, params)
    )


def test_reset_of_a_trained_network_keeps_its_accuracy():
    """Law 30: within 0.3 points; two epochs leave the averages behind a little, so half a point."""
    module, params = trained(NETWORK)
    data = Resident.of(samples(), module)
    new = ResetNorm().apply(params, module, samples(), SHORT, 0)
    before, after = scores(module, params, data), scores(module, new, data)
    assert after.accuracy == pytest.approx(before.accuracy, abs=0.005)


def test_reset_brings_spoilt_statistics_back():
    module, params = trained(NETWORK)
    data = Resident.of(samples(), module)
    spoilt = {n: 3 * t + 1 if is_statistic(n) else t for n, t in params.items()}
    new = ResetNorm().apply(spoilt, module, samples(), SHORT, 0)
    assert scores(module, spoilt, data).accuracy < 0.5
    assert scores(module, new, data).accuracy > 0.95 * scores(module, params, data).accuracy


def test_reset_takes_the_mean_of_all_images_and_of_the_batches_variances():
    module, params = trained(NETWORK)
    images = samples()[torch.arange(len(samples()))][0]
    with torch.no_grad():
        x = nn.functional.conv2d(
            images, params["convs.0.weight"], params["convs.0.bias"], padding=1
        )
    whole = ResetNorm(batch=len(images)).apply(params, module, samples(), SHORT, 0)
    torch.testing.assert_close(whole["norms.0.running_mean"], x.mean((0, 2, 3)))
    torch.testing.assert_close(whole["norms.0.running_var"], x.var((0, 2, 3)))
    # two batches of equal size, not of 1000 and 442: the mean of their means is the mean of all
    parts = ResetNorm(batch=1000).apply(params, module, samples(), SHORT, 0)
    torch.testing.assert_close(parts["norms.0.running_mean"], x.mean((0, 2, 3)))
    assert not torch.equal(parts["norms.0.running_var"], whole["norms.0.running_var"])


def test_reset_commutes_with_a_reordering_of_units():
    """Law 31."""
    module, params = trained(NETWORK)
    symmetry = trace(module, torch.zeros(2, *SHAPE))
    draw = torch.Generator().manual_seed(3)
    maps = {g: Permutation(torch.randperm(n, generator=draw)) for g, n in symmetry.groups().items()}
    there = ResetNorm().apply(symmetry.transport(params, maps), module, samples(), SHORT, 0)
    here = symmetry.transport(ResetNorm().apply(params, module, samples(), SHORT, 0), maps)
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-4, atol=1e-5)


def test_reset_is_skipped_without_batch_norm():
    assert ResetNorm().skip(trained(NETWORK)[0]) is None
    assert "batch norm" in str(ResetNorm().skip(trained(PLAIN)[0]))
    assert "batch norm" in str(ResetNorm().skip(VGG(8, 4, norm="layer").build(SHAPE, CLASSES)))
    assert Nothing().skip(trained(PLAIN)[0]) is None


def test_retraining_lowers_the_loss_and_more_of_it_lowers_it_more():
    module, params = trained(PLAIN)
    data = Resident.of(samples(), module)
    loss = [scores(module, params, data).loss]
    for epochs in (1, 4):
        new = Retrain(epochs, lr_scale=0.5).apply(params, module, samples(), SHORT, 0)
        loss.append(scores(module, new, data).loss)
    assert loss[0] > loss[1] > loss[2]


def test_retraining_at_no_rate_leaves_the_weights():
    module, params = trained(PLAIN)
    assert_same(Retrain(lr_scale=0).apply(params, module, samples(), SHORT, 0), params)


def test_where_the_line_is_treated():
    line = lambdas(5)
    assert Nothing().points(line) == ResetNorm().points(line) == (0.25, 0.5, 0.75)
    assert Retrain().points(line) == (0.5,)


def test_names_and_labels():
    assert list(finishes()) == ["none", "reset", "retrain"]
    assert Retrain().label == "retrain"
    assert Retrain(epochs=5).label == "retrain(epochs=5)"
