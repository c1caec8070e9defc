"""Laws of everything that follows a merge, and of fresh normalisation statistics, on digits."""

from dataclasses import replace

import merges
import pytest
import torch
from merges import BATCH, DEEP, LAYER, PLAIN, SHORT, alone, assert_same, finished, merge, samples
from torch import nn

from basinbench.methods.base import Alignment, Network, Problem
from basinbench.methods.symmetry.axes import Params
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.runners.finishes import (
    BiasCorrection,
    FromScratch,
    Nothing,
    Repair,
    Rescale,
    ResetNorm,
    Retrain,
    TemperatureScaling,
    finishes,
)
from basinbench.runners.finishes.base import Merge, MergeContext
from basinbench.runners.keys import label_of
from basinbench.runners.networks import MLP
from basinbench.runners.networks.evaluate import Resident, lambdas, network_scores
from basinbench.runners.training.train import train

EVERY = [cls() for cls in finishes().values()]


def is_statistic(name: str) -> bool:
    return name.endswith(("running_mean", "running_var"))


@pytest.mark.parametrize("finish", EVERY, ids=lambda f: f.name)
@pytest.mark.parametrize("architecture", [DEEP, BATCH, LAYER], ids=lambda a: a.name)
def test_a_finish_changes_neither_its_arguments_nor_its_mind(finish, architecture):
    what = merge(architecture)
    if finish.skip(what.context):
        pytest.skip("does not apply")
    assert what.context.ends is not None
    before = [{k: v.clone() for k, v in p.items()} for p in (what.params, *what.context.ends)]
    own = {k: v.clone() for k, v in what.context.module.state_dict().items()}
    torch.manual_seed(1)
    stream = torch.random.get_rng_state()
    first = finish.apply(what)
    assert torch.equal(torch.random.get_rng_state(), stream)
    torch.manual_seed(2)
    second = finish.apply(replace(what, context=replace(what.context)))
    for params, copy in zip((what.params, *what.context.ends), before, strict=True):
        assert_same(params, copy)
    assert_same(dict(what.context.module.state_dict()), own)
    assert not what.context.module.training
    assert_same(first.params, second.params)
    assert first.epochs.keys() == second.epochs.keys()
    for epoch, params in first.epochs.items():
        assert_same(params, second.epochs[epoch])
    # and what comes out has the form of the merge
    for params in (first.params, *first.epochs.values()):
        assert list(params) == list(what.params)
        for name, value in params.items():
            assert value.shape == what.params[name].shape
            assert value.dtype == what.params[name].dtype
            assert not value.requires_grad


@pytest.mark.parametrize(
    "finish", [ResetNorm(), Retrain(), BiasCorrection(), TemperatureScaling()], ids=lambda f: f.name
)
def test_a_merge_may_be_wider_than_its_networks(finish):
    """As of PFNM and FedMA: every unit twice, at half its weight, computes the same."""
    norm = "batch" if isinstance(finish, ResetNorm) else "none"
    net = merges.network(MLP((16,), norm=norm))
    params = {
        k: torch.cat([v, v]) if k.startswith(("hidden", "norms")) and v.ndim else v
        for k, v in net.params.items()
    }
    params["head.weight"] = torch.cat([net.params["head.weight"] / 2] * 2, dim=1)
    what = alone(MLP((16,), norm=norm), params)
    done = finished(finish, what).params
    assert {k: v.shape for k, v in done.items()} == {k: v.shape for k, v in params.items()}
    data = Resident.of(samples(), net.module)
    before, after = network_scores(net.module, params, data), network_scores(net.module, done, data)
    assert before.loss == pytest.approx(network_scores(net.module, net.params, data).loss, rel=1e-4)
    assert after.loss < before.loss + 0.05


def test_nothing_does_nothing():
    what = merge(BATCH)
    assert_same(Nothing().apply(what).params, what.params)


def test_reset_changes_statistics_alone():
    what = merge(BATCH)
    new = finished(ResetNorm(), what).params
    changed = {n for n in new if not torch.equal(what.params[n], new[n])}
    assert changed == set(filter(is_statistic, new))


def test_reset_brings_spoilt_statistics_back():
    params = merges.network(BATCH).params
    data = Resident.of(samples(), merges.network(BATCH).module)
    spoilt = {n: 3 * t + 1 if is_statistic(n) else t for n, t in params.items()}
    new = finished(ResetNorm(), alone(BATCH, spoilt)).params
    module = merges.network(BATCH).module
    assert network_scores(module, spoilt, data).accuracy < 0.5
    assert (
        network_scores(module, new, data).accuracy
        > 0.95 * network_scores(module, params, data).accuracy
    )


class WithAHeadForTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.aside = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        y = self.norm(self.conv(x))
        if self.training:
            y = y + self.aside(y)
        return self.head(y.relu().mean((2, 3)))


def test_reset_leaves_a_norm_alone_that_evaluation_does_not_call():
    module = WithAHeadForTraining()
    module(samples()[torch.arange(50)][0])
    net = Network(module.eval(), dict(module.state_dict()), trace(module, torch.zeros(2, 1, 8, 8)))
    context = MergeContext(Problem((net, net)), Alignment(({}, {})), samples(), SHORT)
    new = finished(ResetNorm(), Merge(dict(net.params), (0.5, 0.5), context)).params
    for statistic in ("running_mean", "running_var"):
        assert torch.equal(new[f"aside.{statistic}"], net.params[f"aside.{statistic}"])
        assert not torch.equal(new[f"norm.{statistic}"], net.params[f"norm.{statistic}"])


def test_reset_serves_instance_norms_that_keep_statistics():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 10),
    ).eval()
    net = Network(module, dict(module.state_dict()), trace(module, torch.zeros(2, 1, 8, 8)))
    context = MergeContext(Problem((net, net)), Alignment(({}, {})), samples(), SHORT)
    assert ResetNorm().skip(context) is None
    images = samples()[torch.arange(len(samples()))][0]
    x = nn.functional.conv2d(images, net.params["0.weight"], net.params["0.bias"])
    for batch in (len(images), 1000):  # of whole images: the batches' means are the mean of all
        new = finished(ResetNorm(batch=batch), Merge(dict(net.params), (0.5, 0.5), context)).params
        torch.testing.assert_close(new["1.running_mean"], x.mean((0, 2, 3)))
        torch.testing.assert_close(new["1.running_var"], x.var((2, 3)).mean(0))


class CalledTwiceAndByForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.twice = nn.Conv2d(1, 4, 3), nn.InstanceNorm2d(4, track_running_stats=True)
        self.aside, self.head = nn.BatchNorm2d(4), nn.Linear(4, 10)

    def forward(self, x):
        y = self.twice(self.conv(x))
        y = self.aside.forward(self.twice(3 * y + 1))
        return self.head(y.relu().mean((2, 3)))


def test_reset_counts_calls_however_they_are_made():
    module = CalledTwiceAndByForward().eval()
    few = samples()[torch.arange(100)][0]
    net = Network(module, dict(module.state_dict()), trace(module, torch.zeros(2, 1, 8, 8)))
    context = MergeContext(Problem((net, net)), Alignment(({}, {})), samples(), SHORT)
    new = finished(ResetNorm(), Merge(dict(net.params), (0.5, 0.5), context)).params
    assert not torch.equal(new["aside.running_mean"], net.params["aside.running_mean"])
    assert float(new["aside.running_var"].min()) != 1
    # Normalised once, and then of mean 1: what the norm sees has the mean of both calls.
    first = nn.functional.conv2d(few, net.params["conv.weight"], net.params["conv.bias"])
    expected = (first.mean((0, 2, 3)) + 1) / 2
    torch.testing.assert_close(new["twice.running_mean"], expected, atol=0.05, rtol=0.1)


def test_reset_takes_the_mean_of_all_images_and_of_the_batches_variances():
    what = alone(BATCH)
    images = samples()[torch.arange(len(samples()))][0]
    x = nn.functional.conv2d(
        images, what.params["convs.0.weight"], what.params["convs.0.bias"], padding=1
    )
    whole = ResetNorm(batch=len(images)).apply(what).params
    torch.testing.assert_close(whole["norms.0.running_mean"], x.mean((0, 2, 3)))
    torch.testing.assert_close(whole["norms.0.running_var"], x.var((0, 2, 3)))
    # two batches of equal size, not of 1000 and 442: the mean of their means is the mean of all
    parts = ResetNorm(batch=1000).apply(what).params
    torch.testing.assert_close(parts["norms.0.running_mean"], x.mean((0, 2, 3)))
    assert not torch.equal(parts["norms.0.running_var"], whole["norms.0.running_var"])


@pytest.mark.parametrize("finish", [ResetNorm(), Repair(), Rescale()], ids=lambda f: f.name)
@pytest.mark.parametrize("architecture", [DEEP, BATCH, LAYER], ids=lambda a: a.name)
def test_statistics_commute_with_a_reordering_of_units(finish, architecture):
    """Law 31: what is reordered and then finished is what is finished and then reordered."""
    what = merge(architecture)
    if finish.skip(what.context):
        pytest.skip("does not apply")
    symmetry, draw = what.context.network.symmetry, torch.Generator().manual_seed(3)
    maps = {g: Permutation(torch.randperm(n, generator=draw)) for g, n in symmetry.groups().items()}

    def moved(params: Params) -> Params:
        return symmetry.transport(params, maps)

    assert what.context.ends is not None
    networks = tuple(replace(what.context.network, params=moved(end)) for end in what.context.ends)
    reordered = replace(
        what.context,
        problem=Problem(networks, samples(), 0),
        alignment=Alignment(({}, {})),
    )
    there = finish.apply(Merge(moved(what.params), what.weights, reordered)).params
    here = moved(finish.apply(what).params)
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-3, atol=1e-4)


def test_what_does_not_apply_is_skipped_with_a_reason():
    plain, batch, layer = (merge(a).context for a in (PLAIN, BATCH, LAYER))
    assert ResetNorm().skip(batch) is None
    assert "batch norm" in str(ResetNorm().skip(plain))
    assert "batch norm" in str(ResetNorm().skip(layer))
    assert "`reset`" in str(Repair().skip(batch))
    assert "has none" in str(Repair(norms=False).skip(layer))
    assert "'stem'" in str(Repair(norms=False).skip(layer))
    assert "no hidden units" in str(Rescale().skip(merge(MLP(())).context))
    for finish in (Repair(), Rescale()):
        assert "no mean" in str(finish.skip(alone(PLAIN).context))


def test_where_the_line_is_treated():
    line = lambdas(5)
    for finish in EVERY:
        all_along = finish.name in ("none", "reset", "repair", "rescale")
        assert finish.points(line) == ((0.25, 0.5, 0.75) if all_along else (0.5,))


def test_names_and_labels():
    assert list(finishes()) == [
        "none",
        "reset",
        "repair",
        "rescale",
        "retrain",
        "scratch",
        "bias",
        "temperature",
    ]
    for finish in EVERY:
        assert label_of(finish) == finish.name
    assert label_of(Retrain(epochs=5)) == "retrain(epochs=5)"
    assert label_of(FromScratch(epochs=5)) == "scratch(epochs=5)"


@pytest.mark.slow
def test_reset_of_trained_networks_keeps_their_accuracy():
    """Law 30: within 0.3 points, of three networks together.

    After two epochs the running averages lag behind, and resetting them gains a point or more:
    the law speaks of networks whose training has come to an end.
    """
    module, data = (
        merges.network(BATCH).module,
        Resident.of(samples(), merges.network(BATCH).module),
    )
    change = []
    for seed in range(3):
        params = train(module, samples(), replace(merges.SHORT, epochs=8), seed)
        new = finished(ResetNorm(), alone(BATCH, params)).params
        change.append(
            network_scores(module, new, data).accuracy
            - network_scores(module, params, data).accuracy
        )
    assert sum(change) / len(change) == pytest.approx(0, abs=0.003)
