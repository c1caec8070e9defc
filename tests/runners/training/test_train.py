"""Training: deterministic, free of side effects, and good enough on the short recipes."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Generator, Tensor, nn

from basinbench.datasets.base import Dataset, Images, dataset
from basinbench.datasets.catalogue import load
from basinbench.methods.symmetry.axes import Params
from basinbench.runners.networks import MLP, VGG, Architecture, ResNet20
from basinbench.runners.training import inputs as samples_module
from basinbench.runners.training.augmentation import FlipCrop
from basinbench.runners.training.inputs import Normalised, normalised
from basinbench.runners.training.recipes import IMAGENET, Recipe, recipe, recipes
from basinbench.runners.training.train import initialise, train

SHORT = recipe("digits-short")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits")


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Normalised:
    return normalised(digits, digits.train.take(torch.arange(200)), SHORT)


def equal(a: Params, b: Params) -> bool:
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


def accuracy(module: nn.Module, params: Params, samples: Normalised) -> float:
    x, y = samples[:]
    with torch.no_grad():
        logits = torch.func.functional_call(module.eval(), params, (x,))
    return (logits.argmax(1) == y).double().mean().item()


NETWORKS: list[Architecture] = [
    MLP((16, 16), norm="batch"),
    VGG(8, 4, "layer"),
    ResNet20(0.25, "batch"),
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: n.name)
def test_the_same_seed_gives_the_same_bits(network: Architecture, few: Normalised):
    module = network.build((1, 8, 8), 10)
    brief = replace(SHORT, epochs=1, augmentation=FlipCrop(1, flip=False))
    one, two, other = (train(module, few, brief, seed) for seed in (0, 0, 1))
    assert equal(one, two)
    for name, tensor in one.items():
        if tensor.is_floating_point():
            assert not torch.equal(tensor, other[name]), name


def test_nothing_else_is_touched(few: Normalised):
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 10))
    before = {name: t.clone() for name, t in module.state_dict().items()}
    start = {name: torch.randn_like(t) for name, t in before.items()}
    kept = {name: t.clone() for name, t in start.items()}
    state, python, numpy = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    one = train(module, few, replace(SHORT, epochs=1), 0, params=start)
    assert equal(dict(module.state_dict()), before)
    assert equal(start, kept)
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == python
    assert np.random.get_state()[1].tolist() == numpy[1].tolist()  # type: ignore[index] # noqa: NPY002
    torch.rand(7)  # dropout draws from the run's own stream, wherever the global one stands
    assert equal(train(module, few, replace(SHORT, epochs=1), 0, params=start), one)
    assert not any(t.requires_grad for t in one.values())


def test_retraining_starts_where_it_is_told(few: Normalised):
    module = MLP((16,)).build((1, 8, 8), 10)
    start = train(module, few, SHORT, 0)
    assert equal(train(module, few, SHORT, 1, params=start, epochs=0), start)
    assert equal(train(module, few, SHORT, 1, params=start, lr_scale=0), start)
    near, far = (train(module, few, SHORT, 1, params=start, lr_scale=s) for s in (0.01, 1))
    moved = [sum((p[n] - start[n]).norm() for n in start) for p in (near, far)]
    assert 0 < moved[0] < 0.2 * moved[1]


def test_on_epoch_sees_a_falling_loss(few: Normalised):
    seen: list[tuple[int, int, float]] = []

    def note(epoch: int, epochs: int, loss: float) -> None:
        seen.append((epoch, epochs, loss))

    module = MLP((32,)).build((1, 8, 8), 10)
    train(module, few, SHORT, 0, epochs=4, on_epoch=note)
    assert [s[:2] for s in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert seen[-1][2] < 0.8 * seen[0][2]
    assert seen[0][2] < 3  # a mean a sample: an untrained network has log 10


def test_a_loss_that_is_not_finite_is_an_error_in_a_sentence(few: Normalised):
    module = MLP((16,)).build((1, 8, 8), 10)
    broken = {n: t * float("nan") for n, t in module.state_dict().items()}
    with pytest.raises(
        RuntimeError, match=r"'digits-short' with seed 3 diverged: .* epoch 1 is nan"
    ):
        train(module, few, SHORT, 3, params=broken)


class Counting(nn.Module):
    """Notes the size of every batch that it sees."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 10)
        self.register_buffer("seen", torch.zeros(0))

    def forward(self, x: Tensor) -> Tensor:
        self.seen = torch.cat([self.seen, x.flatten(1).sum(1)])
        SIZES.append(len(x))
        return self.linear(x.flatten(1))


SIZES: list[int] = []


def test_an_epoch_shows_every_image_once_in_batches_of_nearly_equal_size(few: Normalised):
    SIZES.clear()
    samples = few.take(torch.arange(193))  # 64 leaves a last batch of one
    seen = train(Counting(), samples, SHORT, 0, epochs=2)["seen"].view(2, 193)
    assert SIZES == [49, 48, 48, 48] * 2
    whole = samples[:][0].flatten(1).sum(1)
    for epoch in seen:
        torch.testing.assert_close(epoch.sort().values, whole.sort().values)
    assert not torch.equal(seen[0], seen[1])  # dealt anew each epoch


def test_augmentation_is_applied(few: Normalised):
    module = MLP((16,)).build((1, 8, 8), 10)
    plain = train(module, few, replace(SHORT, epochs=1), 0)
    same = train(module, few, replace(SHORT, epochs=1, augmentation=FlipCrop(0, flip=False)), 0)
    moved = train(module, few, replace(SHORT, epochs=1, augmentation=FlipCrop(2, flip=False)), 0)
    for name in plain:
        torch.testing.assert_close(same[name], plain[name])
    assert not equal(moved, plain)


def test_flax_initialisation_is_truncated_lecun_normal():
    module = VGG(11, 16, "layer", hidden=(256,)).build((3, 32, 32), 10)
    initialise(module, "flax", 0)
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            weight, fan_in = layer.weight.detach(), layer.weight[0].numel()
            spread = (6 / weight.numel()) ** 0.5  # a wide bound on the sampling error of the std
            assert weight.std().item() * fan_in**0.5 == pytest.approx(1, rel=spread)
            assert weight.abs().max() * fan_in**0.5 <= 2 / 0.8796 + 1e-3
            assert layer.bias is not None
            assert not layer.bias.any()


def test_pfnms_initialisation_has_deviation_and_biases_of_a_tenth():
    module = MLP((100,)).build((1, 28, 28), 10)
    initialise(module, "pfnm", 0)
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            assert layer.weight.std().item() == pytest.approx(0.1, rel=0.1)
            assert layer.bias.detach().tolist() == pytest.approx([0.1] * len(layer.bias))


def test_initialisation_draws_every_layer_from_the_seed():
    network = ResNet20(0.25, "batch")
    for init in ("torch", "flax", "pfnm"):
        one, two, other = (network.build((1, 8, 8), 10) for _ in range(3))
        two(torch.rand(2, 1, 8, 8))  # its running statistics have moved
        for module, seed in ((one, 0), (two, 0), (other, 1)):
            initialise(module, init, seed)
        assert equal(dict(one.state_dict()), dict(two.state_dict()))
        weights = [(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True)]
        assert all(not torch.equal(a, b) for a, b in weights if a.ndim > 1)


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_trains(name: str):
    generator = Generator().manual_seed(0)
    channels = 1 if "mnist" in name or "digits" in name else 3
    shape = (40, channels, 8, 8)
    raw = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    images = Images(raw, torch.arange(40) % 4)
    made = dataset("random", images, images)
    r = recipe(name)
    params = train(MLP((8,)).build(made.shape, 4), normalised(made, images, r), r, 0, epochs=2)
    assert all(t.isfinite().all() for t in params.values())


@pytest.mark.parametrize(
    "network", [MLP((64, 64, 64)), VGG(8, 16), ResNet20(0.5, "batch")], ids=lambda n: n.name
)
def test_the_short_recipe_for_digits_is_good_enough(network: Architecture, digits: Dataset):
    module = network.build(digits.shape, digits.classes)
    params = train(module, normalised(digits, digits.train, SHORT), SHORT, 0)
    assert accuracy(module, params, normalised(digits, digits.test, SHORT)) >= 0.95


# Normalised samples


def with_inputs(inputs: object) -> Recipe:
    return replace(SHORT, inputs=inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize("resident", [True, False])
def test_inputs_are_normalised(digits: Dataset, resident: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(samples_module, "RESIDENT_BYTES", 2**30 if resident else 0)
    pixels = digits.train.images.double() / 255
    unit = normalised(digits, digits.train, with_inputs("unit"))
    torch.testing.assert_close(unit[:][0].double(), pixels, atol=1e-6, rtol=1e-6)
    standard = normalised(digits, digits.train, with_inputs("standard"))
    want = (pixels - digits.mean[0]) / digits.std[0]
    torch.testing.assert_close(standard[:][0].double(), want, atol=1e-6, rtol=1e-6)
    assert abs(standard[:][0].mean()) < 1e-5
    assert standard[:][0].std().item() == pytest.approx(1, abs=1e-4)
    index = torch.tensor([5, 0, 5])
    for got, whole in zip(standard[index], standard[:], strict=True):
        assert torch.equal(got, whole[index])
    assert torch.equal(standard[10:13][0], standard[:][0][10:13])
    assert torch.equal(standard.take(index)[:][0], standard[index][0])
    assert (len(standard), standard[:][0].dtype) == (len(digits.train), torch.float32)


def test_a_part_is_normalised_as_the_whole(digits: Dataset):
    dark = digits.train.take(digits.train.images.flatten(1).sum(1).argsort()[:50])
    part = normalised(digits, dark, with_inputs("standard"))
    assert part.mean == digits.mean
    assert part[:][0].mean() < -0.1


def test_constants_of_other_channels_are_refused(digits: Dataset):
    with pytest.raises(ValueError, match="3 channels does not fit images of 1"):
        normalised(digits, digits.train, with_inputs(IMAGENET))
    with pytest.raises(ValueError, match="inputs of recipe is none of the known values: 'units'"):
        normalised(digits, digits.train, with_inputs("units"))


def test_a_constant_channel_is_not_divided_by_zero():
    flat = Images(torch.full((4, 1, 2, 2), 9, dtype=torch.uint8), torch.arange(4))
    made = dataset("flat", flat, flat)
    assert normalised(made, flat, with_inputs("standard"))[:][0].abs().max() < 1e-6


def test_bfloat16_on_a_cpu_is_asked_for_and_learns_as_much_with_parameters_in_float32(
    digits: Dataset,
):
    module = VGG(8, 8, "layer").build(digits.shape, digits.classes)
    samples, test = (normalised(digits, i, SHORT) for i in (digits.train, digits.test))
    found = {amp: train(module, samples, replace(SHORT, cpu_amp=amp), 0) for amp in (True, False)}
    assert not equal(found[True], found[False])
    assert {t.dtype for t in found[True].values()} == {torch.float32}
    half, single = (accuracy(module, found[amp], test) for amp in (True, False))
    assert single > 0.9
    assert abs(half - single) < 0.03


@pytest.mark.parametrize("amp", [True, False])
def test_training_on_any_device(digits: Dataset, amp: bool, device: torch.device):
    r = replace(SHORT, amp=amp, augmentation=FlipCrop(1, flip=False))
    module = ResNet20(0.5, "layer").build(digits.shape, 10)
    params = train(module, normalised(digits, digits.train, r).to(device), r, 0)
    assert {(t.device.type, t.is_contiguous()) for t in params.values()} == {(device.type, True)}
    assert {t.dtype for t in params.values() if t.is_floating_point()} == {torch.float32}
    assert {p.device.type for p in module.parameters()} == {"cpu"}
    at_home = {name: tensor.cpu() for name, tensor in params.items()}
    # A narrow network and moved images, in six epochs: 78 % on a CPU.
    assert accuracy(module, at_home, normalised(digits, digits.test, r)) >= 0.6
