"""A network that computes something else of other batches is refused there, by every way in."""

import pytest
import torch
from demanding_networks import OTHER_SIZES
from torch import Tensor, nn

import basinbench as bb
from basinbench.errors import UserError
from basinbench.methods.proving.proof import prove
from basinbench.methods.proving.sizes import check_size

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
SIZES = {"more than two": 3, "more than ten": 11, "odd": 5, "one": 1, "not two": 60}
REFUSED = "computes another function than with the example"


def pair(name: str) -> list[bb.Network]:
    return [bb.network(OTHER_SIZES[name](), example=X[:2]) for _ in range(2)]


@pytest.mark.parametrize("name", OTHER_SIZES)
def test_it_is_refused_at_the_size_at_which_no_proof_holds(name: str):
    one, count = pair(name)[0], SIZES[name]
    assert not prove(one, one.symmetry, X[:count])
    with pytest.raises(UserError, match=rf"inputs of the size {count} x 4 Net {REFUSED}"):
        check_size(one, X[:count])
    check_size(one, X[:2])


@pytest.mark.parametrize("name", OTHER_SIZES)
@pytest.mark.parametrize("method", ["weight-matching", "identity"])
def test_align_and_line_refuse_data_of_that_size(name: str, method: str):
    two, count = pair(name), SIZES[name]
    data = X[:count], Y[:count]
    with pytest.raises(UserError, match=REFUSED):
        bb.align(*two, method=method, samples=data)
    with pytest.raises(UserError, match=REFUSED):
        bb.align(*two, method=method, per_network_data=[data, data])
    with pytest.raises(UserError, match=REFUSED):
        bb.line(*two, method=method, data=data)
    fitting = X[:2], Y[:2]
    assert bb.align(*two, method=method, samples=fitting)
    assert bb.line(*two, method=method, data=fitting, points=3)


def test_the_last_batch_counts_too():
    two = pair("one")
    many, labels = X[:1].repeat(501, 1), Y[:1].repeat(501)
    with pytest.raises(UserError, match=f"size 1 x 4 Net {REFUSED}"):
        bb.line(*two, data=(many, labels))


class Long(nn.Module):
    """Asks how long its inputs are."""

    def __init__(self):
        super().__init__()
        self.a, self.c = nn.Linear(1, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(x[..., None]).relu().mean(1)
        return self.c(h.flip(1) if x.shape[1] > 4 else h)


def test_so_is_another_length():
    two = [bb.network(Long(), example=X[:2]) for _ in range(2)]
    longer = torch.cat([X, X], dim=1)
    with pytest.raises(UserError, match=f"size 60 x 8 Long {REFUSED}"):
        bb.align(*two, samples=(longer, Y))
    with pytest.raises(UserError, match=f"size 60 x 8 Long {REFUSED}"):
        bb.line(*two, data=(longer, Y))
    assert bb.line(*two, data=(X[:, :3], Y), points=3)


def test_where_the_graph_tells_nothing_is_proved(monkeypatch: pytest.MonkeyPatch):
    one = bb.network(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), example=X[:2])
    monkeypatch.setattr("basinbench.methods.proving.sizes.prove", None)
    check_size(one, X)
    with pytest.raises(TypeError):
        check_size(one, X[:1])
