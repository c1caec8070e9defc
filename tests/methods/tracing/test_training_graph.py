"""Parameters that evaluation mode does not use: tied as in training, or told of."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from basinbench.methods.proving.proof import prove
from basinbench.methods.tracing.trace import UnusedParameterWarning, trace


class Auxiliary(nn.Module):
    """A second head that is there for training alone, as in GoogLeNet."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 6)
        self.aux = nn.Sequential(nn.Linear(8, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, 3))
        self.o = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        h = nn.functional.dropout(self.a(x), 0.5, self.training).relu()
        y = self.o(self.b(h).relu())
        return (y, self.aux(h)) if self.training else y


class MaskToken(nn.Module):
    """Some positions are replaced by a token in training, and dropped at random."""

    def __init__(self):
        super().__init__()
        self.a, self.o = nn.Linear(4, 8), nn.Linear(8, 3)
        self.token = nn.Parameter(torch.randn(1, 1, 8))

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(x)
        if self.training:
            kept = torch.rand(len(x), h.shape[1], 1, device=x.device) < 0.5
            h = torch.where(kept, h, self.token)
            h = h * h.new_empty(len(x), 1, 1).bernoulli_(0.9)
        return self.o(h.relu()).mean(1)


@pytest.mark.parametrize(
    ("net", "shape", "groups"),
    [(Auxiliary, (5, 4), (8, 6, 7)), (MaskToken, (5, 7, 4), (8,))],
    ids=["auxiliary head", "mask token"],
)
def test_they_move_with_the_units_that_they_read(
    net: type[nn.Module], shape: tuple[int, ...], groups: tuple[int, ...]
):
    torch.manual_seed(0)
    module, x = net(), torch.randn(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        symmetry = trace(module, x)
    assert tuple(symmetry.groups().values()) == groups
    proof = prove(module, symmetry, x)
    assert proof, proof
    assert proof.modes == ("evaluation", "training")
    shown = symmetry.activations({n: v.detach() for n, v in module.state_dict().items()}, x)
    assert len(shown["a"]) == 8


class Optional(nn.Module):
    """A token that only another input would bring in."""

    def __init__(self, width: int):
        super().__init__()
        self.a, self.o = nn.Linear(4, 8), nn.Linear(8, 3)
        self.token = nn.Parameter(torch.randn(width))

    def forward(self, x: Tensor, masked: Tensor | None = None) -> Tensor:
        h = self.a(x)
        return self.o((h if masked is None else torch.where(masked, self.token, h)).relu())


def test_the_user_is_told_of_what_may_belong_to_units_that_move():
    with pytest.warns(UnusedParameterWarning, match=r"'token' is used neither in evaluation"):
        symmetry = trace(Optional(8), torch.zeros(2, 4))
    assert symmetry.groups() == {"a": 8}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        masked = torch.zeros(2, 8, dtype=torch.bool)
        assert trace(Optional(8), (torch.zeros(2, 4), masked)).groups() == {}
        trace(Optional(5), torch.zeros(2, 4))  # of another size, it belongs to none of them
