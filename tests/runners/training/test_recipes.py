"""Recipes: as published, by name; schedules, optimisers and augmentation do what they say."""

from dataclasses import replace
from math import cos, pi

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor, nn

from basinbench.errors import UserError
from basinbench.runners.training.augmentation import Augmentation, FlipCrop, ZoomFlipRotate
from basinbench.runners.training.optimisers import SGD, Adam, AdamW
from basinbench.runners.training.recipes import Constants, Recipe, recipe, recipes
from basinbench.runners.training.schedules import (
    Constant,
    Cosine,
    OneCycle,
    Schedule,
    Steps,
    WarmupCosine,
)

# algorithms of the publications: optimiser, peak rate, weight decay, epochs, batch, augmentation
PUBLISHED = {
    "git-rebasin-mnist-mlp": (Adam, 1e-3, 0, 100, 500, None),
    "git-rebasin-mnist-mlp-sgd": (SGD, 0.1, 0, 100, 500, None),
    "git-rebasin-mnist-mlp-adamw": (AdamW, 1e-3, 1e-4, 100, 500, None),
    "git-rebasin-cifar10-mlp": (Adam, 1e-3, 0, 100, 100, ZoomFlipRotate()),
    "git-rebasin-cifar10-mlp-sgd": (SGD, 0.1, 5e-4, 100, 100, ZoomFlipRotate()),
    "git-rebasin-cifar10-mlp-adamw": (AdamW, 1e-3, 5e-4, 100, 100, ZoomFlipRotate()),
    "git-rebasin-vgg16": (SGD, 0.1, 5e-4, 100, 100, ZoomFlipRotate()),
    "git-rebasin-resnet20": (SGD, 0.1, 1e-4, 250, 100, ZoomFlipRotate()),
    "git-rebasin-resnet20-paper": (SGD, 0.1, 5e-4, 250, 100, ZoomFlipRotate()),
    "otfusion-mnist-mlp": (SGD, 0.01, 0, 10, 64, None),
    "otfusion-vgg11": (SGD, 0.05, 5e-4, 300, 128, FlipCrop(4)),
    "otfusion-resnet18": (SGD, 0.1, 1e-4, 300, 256, FlipCrop(4)),
    "pfnm-mnist-mlp": (Adam, 1e-2, 1e-6, 10, 32, None),
    "pfnm-cifar10-mlp": (Adam, 1e-3, 1e-5, 10, 32, None),
}
INITS = {"git-rebasin": "flax", "otfusion": "torch", "pfnm": "pfnm"}


def test_published_recipes():
    found = {}
    for name in PUBLISHED:
        r = recipe(name)
        o = r.optimiser
        assert isinstance(o, (SGD, Adam, AdamW))
        found[name] = (type(o), o.lr, o.weight_decay, r.epochs, r.batch, r.augmentation)
        assert r.init == next(init for start, init in INITS.items() if name.startswith(start))
    assert found == PUBLISHED


def test_published_details():
    assert recipe("git-rebasin-resnet20").schedule == WarmupCosine(epochs=5)
    assert recipe("git-rebasin-resnet20-paper").schedule == WarmupCosine(epochs=1)
    assert recipe("git-rebasin-mnist-mlp").inputs == "unit"
    assert recipe("otfusion-vgg11").inputs == Constants(
        (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
    )
    assert recipe("git-rebasin-vgg16").inputs == Constants(
        (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    )
    halved = recipe("otfusion-vgg11").schedule
    assert [halved.share(e, 300, 1) for e in (0, 29, 30, 60, 299)] == [1, 1, 0.5, 0.25, 0.5**9]


def test_short_recipes_are_there():
    short = {"digits-short", "mnist-short", "sequences-short", "fashion-short", "cifar-short"}
    assert {*short, "given"} <= set(recipes())
    assert len(recipes()) == len(PUBLISHED) + len(short) + 1


def test_names_are_keys_and_labels_say_what_was_changed():
    for name, r in recipes().items():
        assert r.name == r.label == name
    changed = replace(recipe("git-rebasin-mnist-mlp"), epochs=8)
    assert changed.label == "git-rebasin-mnist-mlp(epochs=8)"
    own = replace(changed, name="mine")
    assert own.changes.keys() == {"optimiser", "schedule", "epochs", "batch", "inputs", "init"}
    assert own.label.startswith("mine(batch=500, epochs=8, ")


def test_an_unknown_recipe_gets_the_nearest():
    with pytest.raises(UserError, match="'mnist-shrt'; did you mean 'mnist-short'"):
        recipe("mnist-shrt")


# Schedules

SCHEDULES: list[Schedule] = [
    Constant(),
    Cosine(),
    OneCycle(),
    WarmupCosine(),
    WarmupCosine(epochs=0, steps=10),
    Steps((1, 2), 0.5),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@given(epochs=st.integers(1, 20), epoch_steps=st.integers(1, 50))
@settings(max_examples=30)
def test_every_step_has_a_share_of_the_peak(schedule: Schedule, epochs: int, epoch_steps: int):
    steps = epochs * epoch_steps
    shares = [schedule.share(step, steps, epoch_steps) for step in range(steps)]
    assert all(0 <= share <= 1 + 1e-12 for share in shares)
    assert max(shares) > 0  # something is learnt, however short the run
    peak = shares.index(max(shares))
    assert shares[:peak] == sorted(shares[:peak])  # up once ...
    assert shares[peak:] == sorted(shares[peak:], reverse=True)  # ... and down once


def test_warm_up_then_cosine_is_optaxs():
    """`optax.warmup_cosine_decay_schedule(1e-6, .1, 100, 1000)`, its formula written out."""
    shares = [WarmupCosine(epochs=1).share(step, 1000, 100) for step in range(1000)]
    for step, share in enumerate(shares):
        if step < 100:
            want = 1e-6 + (0.1 - 1e-6) * step / 100
        else:
            want = 0.1 * 0.5 * (1 + cos(pi * (step - 100) / 900))
        assert 0.1 * share == pytest.approx(want, rel=1e-12)


def test_warm_up_by_steps():
    assert WarmupCosine(epochs=0, steps=10).share(10, 1000, 100) == 1
    assert WarmupCosine(epochs=0, steps=10).share(5, 1000, 100) == pytest.approx(0.5, abs=1e-5)


def test_one_cycle_peaks_where_it_should():
    shares = [OneCycle(0.3).share(step, 1000, 100) for step in range(1000)]
    assert shares.index(max(shares)) == pytest.approx(300, abs=1)
    assert shares[0] == pytest.approx(shares[-1], abs=0.01)
    assert shares[0] < 0.01


# Optimisers


def after_a_step(
    optimiser: SGD | Adam | AdamW, start: Tensor, grad: Tensor, scale: float
) -> Tensor:
    parameter = nn.Parameter(start.clone())
    parameter.grad = grad.clone()
    optimiser.over([parameter], scale).step()
    return parameter.detach()


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_a_step_of_each_optimiser(scale: float):
    start, grad = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 0.25])
    moved = after_a_step(SGD(0.1, weight_decay=0.01), start, grad, scale)
    torch.testing.assert_close(moved, start - 0.1 * scale * (grad + 0.01 * start))  # coupled
    moved = after_a_step(Adam(0.1), start, grad, scale)
    torch.testing.assert_close(moved, start - 0.1 * scale * grad.sign(), rtol=1e-5, atol=1e-6)
    moved = after_a_step(AdamW(0.1, 0.01), start, grad, scale)  # decoupled
    want = start * (1 - 0.1 * scale * 0.01) - 0.1 * scale * grad.sign()
    torch.testing.assert_close(moved, want, rtol=1e-5, atol=1e-6)
    # Coupled decay is part of the gradient, whose size Adam forgets.
    moved = after_a_step(Adam(0.1, weight_decay=0.01), start, 0 * grad, scale)
    torch.testing.assert_close(moved, start - 0.1 * scale * start.sign(), rtol=1e-4, atol=1e-5)


# Augmentation

AUGMENTATIONS = [FlipCrop(), FlipCrop(pad=2, flip=False), ZoomFlipRotate()]


def images(count: int = 16, height: int = 12, width: int = 12) -> Tensor:
    generator = Generator().manual_seed(0)
    return torch.randint(1, 256, (count, 3, height, width), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=repr)
@pytest.mark.parametrize("width", [12, 9])
def test_augmentation_keeps_form_and_follows_its_generator(augmentation: Augmentation, width: int):
    raw = images(width=width)
    before, state = raw.clone(), torch.get_rng_state()
    one, two, other = (augmentation.apply(raw, Generator().manual_seed(s)) for s in (1, 1, 2))
    assert (one.shape, one.dtype) == (raw.shape, torch.uint8)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert not torch.equal(one, raw)
    assert torch.equal(raw, before)
    assert torch.equal(torch.get_rng_state(), state)


def test_crops_are_crops_and_mirror_images_come_every_other_time():
    raw, pad = images(400, 6, 5), 2
    changed = FlipCrop(pad).apply(raw, Generator().manual_seed(0))
    padded = nn.functional.pad(raw, (pad,) * 4)
    places, mirrored = set(), 0
    for image, whole in zip(changed, padded, strict=True):
        cuts = {
            (y, x, flip): cut.flip(2) if flip else cut
            for y in range(2 * pad + 1)
            for x in range(2 * pad + 1)
            for flip in (False, True)
            for cut in (whole[:, y : y + 6, x : x + 5],)
        }
        (found,) = [place for place, cut in cuts.items() if torch.equal(cut, image)]
        places.add(found[:2])
        mirrored += found[2]
    assert len(places) == 25  # every shift comes
    assert 150 < mirrored < 250  # five standard deviations


def test_zoom_flip_rotate_without_zoom_and_rotation_only_mirrors():
    raw = images(60)
    changed = ZoomFlipRotate((1, 1), 0).apply(raw, Generator().manual_seed(0))
    mirrored = [torch.equal(a, b.flip(2)) for a, b in zip(changed, raw, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(changed, raw, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 10 < sum(mirrored) < 50


def test_zoom_scales_and_shrunken_images_have_a_black_border():
    white = torch.full((200, 1, 40, 40), 255, dtype=torch.uint8)
    changed = ZoomFlipRotate((0.8, 0.8), 0).apply(white, Generator().manual_seed(0))
    lit = (changed > 127).flatten(1).sum(1).double().sqrt() / 40
    torch.testing.assert_close(lit, torch.full_like(lit, 0.8), rtol=0.05, atol=0)
    # Not one shift for all: the free border lies on any side.
    assert (changed[:, 0, 20, 0] == 0).double().mean().item() == pytest.approx(0.8, abs=0.2)
    # Enlarged images have none, but that an edge is read half a pixel outside.
    assert ZoomFlipRotate((1.2, 1.2), 0).apply(white, Generator().manual_seed(0)).min() > 200


def test_rotation_is_rigid_and_within_its_bounds():
    """A centred disc stays, even in an oblong image; a bar's angle is uniform in +-30 degrees."""
    y, x = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(61.0) - 30, indexing="ij")
    disc = (255 * ((x**2 + y**2) < 15**2)).to(torch.uint8).expand(50, 1, 41, 61)
    turned = ZoomFlipRotate((1, 1), 30).apply(disc, Generator().manual_seed(0))
    assert ((turned > 127) != (disc > 127)).double().mean() < 0.01

    bar = (255 * ((y.abs() < 2) & (x.abs() < 18))).to(torch.uint8).expand(300, 1, 41, 61)
    turned = ZoomFlipRotate((1, 1), 30).apply(bar, Generator().manual_seed(0)).double()
    xx, yy, xy = ((turned[:, 0] * m).sum((1, 2)) for m in (x * x, y * y, x * y))
    degrees = torch.rad2deg(0.5 * torch.atan2(2 * xy, xx - yy))
    assert degrees.abs().max() < 31
    assert degrees.std().item() == pytest.approx(30 / 3**0.5, rel=0.1)
    assert abs(degrees.mean().item()) < 4


def test_recipes_are_values():
    assert recipe("mnist-short") == recipe("mnist-short")
    assert isinstance(hash(recipe("cifar-short")), int)
    assert Recipe("a", Adam(), Constant(), 1, 1) != Recipe("a", Adam(), Cosine(), 1, 1)
