"""What a method was handed is watched: every byte, and no more than that."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from basinbench.datasets import load
from basinbench.methods.base import Problem
from basinbench.runners.measuring.guard import CHUNK, ChangedError, Watch, digest
from basinbench.runners.networks.alive import problem
from basinbench.runners.training.inputs import normalised
from basinbench.runners.training.recipes import recipe

TYPES = (torch.float32, torch.float64, torch.bfloat16, torch.uint8, torch.int64, torch.bool)


@given(st.sampled_from(TYPES), st.integers(1, 40), st.data())
def test_one_changed_number_changes_the_digest(dtype: torch.dtype, size: int, data: st.DataObject):
    draw = torch.Generator().manual_seed(size)
    tensor = torch.randint(2, (size,), generator=draw).to(dtype)
    other = tensor.clone()
    place = data.draw(st.integers(0, size - 1))
    other[place] = 1 - other[place].to(torch.uint8)
    assert digest(tensor.clone()) == digest(tensor)
    assert digest(other) != digest(tensor)


def test_order_shape_and_type_count_and_layout_does_not():
    tensor = torch.randn(3 * CHUNK // 2 + 1, generator=torch.Generator().manual_seed(0))
    swapped = tensor.clone()
    swapped[[1, -1]] = tensor[[-1, 1]]
    assert digest(swapped) != digest(tensor)
    square = tensor[:36].view(6, 6)
    assert digest(square.T.contiguous().T) == digest(square)
    assert digest(square.view(4, 9)) != digest(square)
    assert digest(square.double()) != digest(square)
    assert digest(torch.zeros(0)) == digest(torch.zeros(0))
    assert digest(torch.tensor(1.0)) != digest(torch.tensor(2.0))


DEEDS: dict[str, Callable[[Problem], object]] = {
    "'head.bias' of network 1": lambda p: p.networks[1].params["head.bias"].add_(1),
    "'hidden.0.bias' of network 0": lambda p: p.networks[0].params.pop("hidden.0.bias"),
    "'norms.0.running_mean' of the module of network 0": lambda p: (
        p.networks[0].module.get_buffer("norms.0.running_mean").add_(1)
    ),
    "the mode of network 0": lambda p: p.networks[0].module.train(),
    "the forward pass of network 0": lambda p: p.networks[0].module.register_forward_hook(
        lambda *_: None
    ),
    "the images of the training data of network 1": lambda p: p.per_network_data[1][:][0].mul_(2),  # type: ignore[index]
    "the labels of the training data": lambda p: p.training_data[:][1].zero_(),  # type: ignore[index]
}


@pytest.mark.parametrize("words", DEEDS)
def test_whatever_is_changed_is_named(words: str):
    from basinbench.runners.networks import alive

    alive.built.cache_clear()  # a module of its own, to be spoiled
    posed, watch = problem("mlp-bn"), Watch()
    watch.see(posed)
    watch.verify(posed)
    try:
        DEEDS[words](posed)
        with pytest.raises(ChangedError, match=f"the method changed {words}, which others"):
            watch.verify(posed)
    finally:
        alive.built.cache_clear()


def test_a_parameter_that_is_added_is_seen():
    posed, watch = problem("mlp"), Watch()
    watch.see(posed)
    posed.networks[0].params["more"] = torch.zeros(1)
    with pytest.raises(ChangedError, match="'more' of network 0"):
        watch.verify(posed)


def test_who_first_reads_an_image_has_changed_none():
    dataset = load("digits")
    held_out = normalised(dataset, dataset.validation, recipe("digits-short"))
    posed, watch = replace(problem("mlp"), validation=held_out), Watch()
    watch.see(posed)
    assert held_out[torch.arange(2)][0].shape[0] == 2
    watch.verify(posed)
    held_out[:][0].mul_(2)
    with pytest.raises(ChangedError, match="the images of the validation data"):
        watch.verify(posed)
