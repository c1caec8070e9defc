"""Networks that read sequences or have groups: their symmetries, what is found, what they learn."""

from dataclasses import replace

import pytest
import torch

from basinbench.datasets.catalogue import load
from basinbench.methods.base import Network, Problem
from basinbench.methods.best_of import BestOf
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.tracing.trace import trace
from basinbench.runners.measuring.planting import plant
from basinbench.runners.networks import GPT, Architecture, ResNet20, ResNeXt20, RowGRU, RowLSTM
from basinbench.runners.networks.alive import alive
from basinbench.runners.networks.evaluate import Resident, network_scores
from basinbench.runners.networks.torchvision import TorchvisionViT
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe
from basinbench.runners.training.train import train

SHAPE, CLASSES = (1, 8, 8), 5
FORMS: list[Architecture] = [
    RowLSTM(12),
    RowGRU(12, depth=2),
    GPT(depth=1, heads=2, width=16, symbols=17),
    TorchvisionViT(4, depth=1, heads=2, width=16),
    ResNeXt20(0.5),
    ResNeXt20(0.5, norm="group"),
    ResNet20(0.5, "group"),
]
NESTED = ("gpt", "vit", "resnext20", "resnet20")
by_name = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


def lively(form: Architecture) -> Network:
    module = form.build(SHAPE, CLASSES).eval()
    return Network(module, alive(module, 1), trace(module, torch.zeros(2, *SHAPE)))


def images(count: int) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0)).double()


@by_name
def test_it_keeps_its_function_when_every_group_moves(form: Architecture):
    net, x = lively(form), images(8)
    assert any(net.symmetry.within().values()) == (form.kind in NESTED)
    before = net(x)
    moved = net.symmetry.transport(
        net.params, drawn(net.symmetry, torch.Generator().manual_seed(2))
    )
    torch.testing.assert_close(net(x, moved), before, rtol=1e-9, atol=1e-9)
    changed = [name for name in net.weights if not moved[name].equal(net.params[name])]
    assert len(changed) > 0.6 * len(net.weights)
    assert before.std(0).min() > 1e-6, "dead: any symmetry would do"


@pytest.mark.slow
@by_name
def test_what_is_planted_is_found(form: Architecture):
    planted = plant(lively(form), 0.0, torch.Generator().manual_seed(3))
    problem = Problem((planted.network, planted.other))
    assert planted.recovered(BestOf().align(problem)) == 1


@pytest.mark.slow
@by_name
def test_it_learns_the_digits(form: Architecture):
    own = replace(recipe("sequences-short"), epochs=8, batch=64)
    digits = load("digits")
    samples = normalised(digits, digits.train, own)
    module = form.build(digits.shape, digits.classes, 1)
    params = train(module, samples, own, 1)
    test = Resident.of(normalised(digits, digits.test, own), module)
    assert network_scores(module, params, test).accuracy > 0.5  # chance is 0.1
