"""Laws of the finishes that move the output layer alone."""

from dataclasses import replace

import pytest
import torch
from merges import BATCH, DEEP, PLAIN, alone, assert_same, finished, merge, samples
from torch import nn
from torch.nn import functional as F

from basinbench.runners.finishes import BiasCorrection, TemperatureScaling
from basinbench.runners.finishes.calibration import fitted_bias, fitted_inverse_temperature
from basinbench.runners.networks import MLP
from basinbench.runners.networks.evaluate import Resident, log_probabilities, network_scores
from basinbench.runners.networks.output_layer import head

NOBIAS = MLP((16,), bias=False)
OUTPUT = [BiasCorrection(), TemperatureScaling()]


def outputs(what, params):
    module = what.context.module
    return log_probabilities(module, params, Resident.of(samples(), module)).double()


def loss(what, params):
    return float(F.cross_entropy(outputs(what, params), samples().labels))


@pytest.mark.parametrize("finish", OUTPUT, ids=lambda f: f.name)
@pytest.mark.parametrize("architecture", [DEEP, BATCH], ids=lambda a: a.name)
def test_only_the_output_layer_moves_and_the_loss_falls(finish, architecture):
    what = merge(architecture)
    new = finished(finish, what).params
    changed = {name for name in new if not torch.equal(new[name], what.params[name])}
    assert changed == {"head.bias"} | ({"head.weight"} if finish.name == "temperature" else set())
    assert loss(what, new) < loss(what, what.params)


def test_with_a_fitted_bias_each_class_is_predicted_as_often_as_it_occurs():
    what = merge(DEEP)
    new = finished(BiasCorrection(), what).params
    per_network_data = F.one_hot(samples().labels, 10).double().mean(0)
    mean = outputs(what, new).exp().mean(0)
    torch.testing.assert_close(mean, per_network_data, rtol=0, atol=1e-6)
    assert not torch.allclose(
        outputs(what, what.params).exp().mean(0), per_network_data, rtol=0, atol=1e-3
    )


def test_a_wrong_prior_is_mended():
    what = merge(DEEP)
    wrong = what.params | {"head.bias": what.params["head.bias"] + 3.0 * (torch.arange(10) < 5)}
    mended = finished(BiasCorrection(), replace(what, params=wrong)).params
    expected = finished(BiasCorrection(), what).params
    torch.testing.assert_close(outputs(what, mended), outputs(what, expected), rtol=0, atol=1e-4)


def test_a_temperature_keeps_the_accuracy_and_is_the_best():
    what = merge(DEEP)
    new = finished(TemperatureScaling(), what).params
    data = Resident.of(samples(), what.context.module)
    before, after = (network_scores(what.context.module, p, data) for p in (what.params, new))
    assert after.accuracy == before.accuracy
    assert after.ece < before.ece
    logits, labels = outputs(what, what.params), samples().labels
    best = fitted_inverse_temperature(logits, labels)
    at = {b: float(F.cross_entropy(b * best * logits, labels)) for b in (0.98, 1, 1.02)}
    assert at[1] < min(at[0.98], at[1.02])


def test_a_wrong_temperature_is_mended():
    what = merge(DEEP)
    hot = what.params | {k: what.params[k] / 4 for k in ("head.weight", "head.bias")}
    mended = finished(TemperatureScaling(), replace(what, params=hot)).params
    expected = finished(TemperatureScaling(), what).params
    for name in expected:
        torch.testing.assert_close(mended[name], expected[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("finish", [TemperatureScaling(), BiasCorrection()])
def test_what_is_fitted_is_fitted_to_held_out_images_alone(finish):
    what = alone(PLAIN)
    held_out = samples().take(torch.arange(0, len(samples()), 2))
    of_all = finished(finish, what).params

    def on(training, validation):
        problem = replace(what.context.problem, samples=training, validation=validation)
        context = replace(what.context, problem=problem, samples=training)
        return finished(finish, replace(what, context=context)).params

    fitted = on(samples(), held_out)
    assert_same(fitted, on(held_out, held_out))  # the training images have no say
    assert any(not torch.equal(fitted[name], of_all[name]) for name in fitted)
    without = replace(what.context, problem=replace(what.context.problem, validation=None))
    assert finish.skip(without) == "needs images held out from training"


def searched(loss, centre, width):
    """The place of the least loss near `centre`, by grids that close in on it."""
    while width > 1e-8:
        steps = torch.linspace(-width, width, 9, dtype=torch.float64)
        places = centre + torch.cartesian_prod(*[steps] * len(centre)).reshape(-1, len(centre))
        centre = places[torch.stack([loss(place) for place in places]).argmin()]
        width /= 2
    return centre


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_what_is_fitted_is_what_a_search_finds(scale):
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (200,), generator=draw)
    logits = scale * (torch.randn(200, 3, generator=draw) + F.one_hot(labels, 3)).double()
    logits += scale * torch.tensor([1.0, 0.0, -1.0])
    free = searched(
        lambda b: F.cross_entropy(logits + F.pad(b, (0, 1)), labels), torch.zeros(2).double(), 8.0
    )
    bias = F.pad(free, (0, 1))
    torch.testing.assert_close(fitted_bias(logits, labels), bias - bias.mean(), rtol=0, atol=1e-6)
    (found,) = searched(
        lambda b: F.cross_entropy(b.exp() * logits, labels), torch.zeros(1).double(), 4.0
    )
    assert fitted_inverse_temperature(logits, labels) == pytest.approx(float(found.exp()), abs=1e-6)


@pytest.mark.parametrize("fitted", [fitted_bias, fitted_inverse_temperature])
def test_a_merge_that_diverged_is_no_error(fitted):
    fitted(torch.full((5, 3), torch.nan), torch.zeros(5, dtype=torch.long))


def test_extreme_logits_are_fitted_all_the_same():
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(4, (500,), generator=draw)
    logits = 30 * torch.randn(500, 4, generator=draw) + torch.tensor([200.0, 0, 0, -200])
    bias = fitted_bias(logits, labels)
    mean = (logits.double() + bias).softmax(1).mean(0)
    torch.testing.assert_close(mean, F.one_hot(labels, 4).double().mean(0), rtol=0, atol=1e-6)
    right = 5.0 * F.one_hot(labels, 4)  # nothing wrong: ever colder is ever better
    assert fitted_inverse_temperature(right, labels) == pytest.approx(100)
    assert fitted_inverse_temperature(-right, labels) == pytest.approx(0.01)


def test_the_head_is_found_where_the_forward_pass_ends_in_one():
    what = merge(PLAIN)
    x = samples()[:4][0]
    assert head(what.context.module, what.params, x) == "head"
    behind = nn.Sequential(what.context.module, nn.LogSoftmax(1))
    params = {f"0.{k}": v for k, v in what.params.items()}
    assert head(behind, params, x) is None
    assert head(nn.Sequential(nn.Flatten()), {}, x) is None


def test_skipped_where_there_is_no_such_layer():
    context = merge(NOBIAS).context
    assert "bias" in str(BiasCorrection().skip(context))
    assert TemperatureScaling().skip(context) is None
