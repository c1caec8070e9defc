"""Data that are not for the networks: one sentence, in `align`, `merge` and `line` alike."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

import basinbench as bb
from basinbench.datasets.catalogue import load
from basinbench.methods import methods
from basinbench.methods.base import needs_samples

X = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(40) % 3


class Named(nn.Module):
    """A perceptron of one input, by its name."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.body = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class Samples(Dataset):
    """What a function of the index gives, one by one."""

    def __init__(self, one: Any) -> None:
        self.one = one

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, index: int) -> Any:
        return self.one(index)


def with_one(value: float) -> Tensor:
    """Inputs one of which, the last, has such a value."""
    found = X.clone()
    found[-1, 2] = value
    return found


NAN, INFINITE = with_one(float("nan")), with_one(float("inf"))
TAKE = "cannot take the data, "
UNFIT: dict[str, tuple[Any, str]] = {
    "no samples": ((X[:0], Y[:0]), "empty|there are none"),
    "NaN": ((NAN, Y), "the data hold NaN"),
    "NaN in a TensorDataset": (TensorDataset(NAN, Y), "the data hold NaN"),
    "NaN in a loader": (DataLoader(TensorDataset(NAN, Y), 7), "the data hold NaN"),
    "NaN one by one": (Samples(lambda i: (NAN[i], int(Y[i]))), "the data hold NaN"),
    "NaN by name": ({"x": NAN, "labels": Y}, "the data hold NaN"),
    "infinities": ((INFINITE, Y), "the data hold infinite values"),
    "infinities one by one": (Samples(lambda i: (INFINITE[i], int(Y[i]))), "infinite values"),
    "whole numbers": (((10 * X).int(), Y), TAKE + r"int32 .*dtype"),
    "bytes": ((X.to(torch.uint8), Y), TAKE + "uint8"),
    "another width": ((X[:, :3], Y), TAKE + r"float32 \(\d+, 3\)"),
    "a further entry": (
        Samples(lambda i: {"x": X[i], "label": int(Y[i]), "index": i}),
        "do not fit Named.forward.*unexpected keyword argument 'index'",
    ),
    "another name": ({"input": X, "labels": Y}, "missing a required argument: 'x'"),
    "triples": (Samples(lambda i: (X[i], i, int(Y[i]))), "do not fit .*positional arguments"),
    "a data set of ours": (load("digits"), r"raw pixels.*give tensors"),
    "a split of one": (load("digits").test, r"raw pixels.*give tensors"),
    "words": ("digits", "a Dataset of torch, a DataLoader, or tensors"),
}


@pytest.fixture(scope="module")
def pair() -> tuple[bb.Network, bb.Network]:
    first, second = (bb.network(Named(seed), example=X) for seed in (0, 1))
    return first, second


def that_read() -> list[str]:
    """The methods that look at data where they are given some."""
    problem = bb.Problem(tuple(bb.network(Named(seed), example=X) for seed in (0, 1)))
    need = [n for n, form in methods().items() if form().skip(problem) == needs_samples(problem)]
    return [*need, "best-of(restarts=1)", "sinkhorn-rebasin(cost=midpoint)", "cca(gamma=0.5)"]


@pytest.mark.parametrize("what", UNFIT)
def test_every_call_and_every_method_says_the_same(what: str, pair: tuple[bb.Network, ...]):
    data, sentence = UNFIT[what]
    with pytest.raises(bb.UserError, match=sentence):
        bb.line(*pair, data=data, method="identity", points=3)
    names = that_read()
    assert len(names) >= 8
    for name in names:
        for call in (bb.align, bb.merge):
            with pytest.raises(bb.UserError, match=sentence):
                call(*pair, method=name, samples=data)
    with pytest.raises(bb.UserError, match=sentence):
        bb.line(*pair, data=(X, Y), method="activation-matching", samples=data, points=3)


def test_masks_may_be_infinite():
    """Of several inputs one may be a mask, in which infinity is meant."""

    class Masked(nn.Module):
        def __init__(self, seed: int) -> None:
            super().__init__()
            self.body = Named(seed)

        def forward(self, x: Tensor, mask: Tensor) -> Tensor:
            return self.body(torch.where(mask < 0, 0.0, x))

    mask = torch.zeros(40, 4)
    mask[:, 0] = -torch.inf
    data = {"x": X, "mask": mask}
    nets = [bb.network(Masked(seed), example=data) for seed in (0, 1)]
    found = bb.line(*nets, data=(data, Y), samples=(data, Y), method="activation-matching")
    assert all(map(torch.isfinite, torch.tensor(found.losses)))


def test_networks_whose_outputs_are_no_numbers_have_no_line():
    class Rooted(Named):
        def forward(self, x: Tensor) -> Tensor:
            return self.body(x).sqrt()

    nets = [bb.network(Rooted(seed), example=X) for seed in (0, 1)]
    with pytest.raises(bb.UserError, match="outputs on the data are no numbers"):
        bb.line(*nets, data=(X, Y), points=3)
