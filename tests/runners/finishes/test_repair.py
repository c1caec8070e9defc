"""Laws of REPAIR and RESCALE on trained networks."""

from dataclasses import replace

import merges
import pytest
import torch
from merges import BATCH, DEEP, LAYER, finished, merge, samples

from basinbench.methods.base import Alignment, Network, Problem, weighted_mean
from basinbench.methods.tracing.trace import trace
from basinbench.runners.finishes import Repair, Rescale
from basinbench.runners.finishes.base import Merge, MergeContext
from basinbench.runners.finishes.unit_moments import Affine, fused, moments, units_layers
from basinbench.runners.networks import VGG
from basinbench.runners.networks.torchvision import TorchvisionViT

WHOLE = [samples()[torch.arange(len(samples()))][0]]
VGG_LAYER = VGG(8, 4, norm="layer")
KINDS = [(Repair(), a) for a in (DEEP, LAYER, VGG_LAYER)]
KINDS += [(Repair(norms=False), VGG_LAYER), (Rescale(), DEEP), (Rescale(), LAYER)]

every_kind = pytest.mark.parametrize(
    ("finish", "architecture"), KINDS, ids=lambda x: getattr(x, "label", None) or x.name
)


def in_one_batch(finish):
    """Smaller batches, corrected by their own moments, differ a little from the whole."""
    return replace(finish, batch=len(samples()))


def outputs(architecture, params, layer):
    """(images, units) of one layer of a perceptron."""
    seen = []
    module = merges.network(architecture).module
    handle = module.get_submodule(layer).register_forward_hook(lambda _m, _i, y: seen.append(y))
    torch.func.functional_call(module, params, (WHOLE[0],))
    handle.remove()
    return seen[0].double()


@pytest.mark.parametrize("t", [0.25, 0.5])
def test_the_variance_of_a_mean_of_units_has_a_closed_form(t):
    """Law 29: with the same inputs it falls as the units' correlation does."""
    what = merge(DEEP, t)
    ends = what.context.ends
    assert ends is not None
    a, b = (outputs(DEEP, end, "hidden.0") for end in ends)
    s0, s1 = a.std(0, correction=0), b.std(0, correction=0)
    rho = ((a - a.mean(0)) * (b - b.mean(0))).mean(0) / (s0 * s1)
    expected = (1 - t) ** 2 * s0**2 + t**2 * s1**2 + 2 * t * (1 - t) * s0 * s1 * rho
    found = moments(what.context.module, what.params, ["hidden.0"], WHOLE)["hidden.0"]
    torch.testing.assert_close(found.std**2, expected, rtol=1e-3, atol=2e-5)
    assert (found.std < (1 - t) * s0 + t * s1 + 1e-3).all()
    assert (found.std < 0.97 * ((1 - t) * s0 + t * s1)).any(), "no variance is lost: no test"


@every_kind
def test_an_end_of_the_line_is_left_as_it_is(finish, architecture):
    context = merge(architecture).context
    assert context.ends is not None
    for end, weights in zip(context.ends, ((1.0, 0.0), (0.0, 1.0)), strict=True):
        done = finished(in_one_batch(finish), Merge(end, weights, context)).params
        for name, value in end.items():
            torch.testing.assert_close(done[name], value, rtol=1e-3, atol=1e-4)


@every_kind
def test_the_goal_is_reached(finish, architecture):
    """Law 29: the units of the finished network have the mean statistics of the ends."""
    what = merge(architecture)
    layers, goals = finish._layers(what.context), finish._goals(what)
    # RESCALE leaves the means of batches apart, and reaches its goals exactly only in one
    one = in_one_batch(finish) if isinstance(finish, Rescale) else finish
    done = finished(one, what).params
    before = moments(what.context.module, what.params, layers, WHOLE)
    after = moments(what.context.module, done, layers, WHOLE)
    missed = {}
    for when, found in (("before", before), ("after", after)):
        std = [(found[n].std / goals[n].std - 1).abs().max() for n in layers]
        mean = [((found[n].mean - goals[n].mean) / goals[n].std).abs().max() for n in layers]
        missed[when] = max(std) if isinstance(finish, Rescale) else max(*std, *mean)
    assert missed["after"] < 1e-2
    assert missed["before"] > 0.05, "nothing was to be mended: no test"


@every_kind
def test_fused_corrections_are_the_corrections(finish, architecture):
    """Law 29: what is in the weights does what a layer behind them would do."""
    what, draw = merge(architecture), torch.Generator().manual_seed(0)
    layers = finish._layers(what.context)
    corrections = {
        name: Affine(
            0.5 + torch.rand(len(what.params[f"{name}.weight"]), generator=draw).double(),
            torch.randn(len(what.params[f"{name}.weight"]), generator=draw).double()
            * (f"{name}.bias" in what.params),
        )
        for name in layers
    }
    module, x = what.context.module, WHOLE[0][:50]
    there = torch.func.functional_call(module, fused(what.params, corrections), (x,))
    handles = [
        module.get_submodule(name).register_forward_hook(
            # a default, since a closure would see the last correction alone
            lambda _m, _i, y, affine=affine: affine(y, 1 if y.dim() == 4 else -1)  # type: ignore
        )
        for name, affine in corrections.items()
    ]
    behind = torch.func.functional_call(module, what.params, (x,))
    for handle in handles:
        handle.remove()
    torch.testing.assert_close(there, behind, rtol=1e-5, atol=1e-5 * float(behind.abs().max()))


def test_rescaling_shifts_nothing():
    what = merge(DEEP)
    done = finished(Rescale(), what).params
    for i in range(3):
        weight = done[f"hidden.{i}.weight"] / what.params[f"hidden.{i}.weight"]
        bias = done[f"hidden.{i}.bias"] / what.params[f"hidden.{i}.bias"]
        torch.testing.assert_close(weight, bias[:, None].expand_as(weight), rtol=1e-4, atol=1e-4)


def test_corrected_are_hidden_units_alone():
    context = merge(VGG_LAYER).context
    symmetry = context.network.symmetry
    assert units_layers(context.module, symmetry, norms=False) == [f"convs.{i}" for i in range(5)]
    assert "norms.2" in units_layers(context.module, symmetry, norms=True)
    assert Repair()._layers(merge(LAYER).context)[0] == "norm"  # the stem has no bias


def test_three_networks_have_weighted_goals():
    context = merges.context(DEEP, (0, 1, 2))
    assert context.ends is not None
    weights = (0.2, 0.3, 0.5)
    what = Merge(weighted_mean(context.ends, weights), weights, context)
    own = [moments(context.module, e, ["hidden.0"], WHOLE)["hidden.0"] for e in context.ends]
    after = moments(context.module, finished(Repair(), what).params, ["hidden.0"], WHOLE)[
        "hidden.0"
    ]
    expected = sum(w * m.std for w, m in zip(weights, own, strict=True))
    torch.testing.assert_close(after.std, expected, rtol=1e-2, atol=1e-3)


def test_batch_norms_are_left_to_their_own_finish():
    assert Repair().skip(merge(BATCH).context)


@pytest.mark.slow
@pytest.mark.parametrize("finish", [Repair(), Repair(norms=False), Rescale()])
def test_attention_that_never_calls_its_layer_is_a_reason_to_skip(finish):
    module = TorchvisionViT(depth=1, heads=2, width=8).build((3, 8, 8), 10).eval()
    net = Network(module, dict(module.state_dict()), trace(module, torch.zeros(2, 3, 8, 8)))
    context = MergeContext(Problem((net, net)), Alignment(({}, {})), samples(), merges.SHORT)
    assert "out_proj" in (finish.skip(context) or "")
