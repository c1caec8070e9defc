"""Networks are traced with the inputs that they take, and their activations seen with the same."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from basinbench.errors import UserError
from basinbench.methods.modules.forms import Batch, Inputs
from basinbench.methods.proving.proof import prove
from basinbench.methods.tracing.trace import trace


class Conditioned(nn.Module):
    """An image's features and a time step."""

    def __init__(self):
        super().__init__()
        self.a, self.t, self.o = nn.Linear(4, 6), nn.Linear(1, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor, t: Tensor, scale: float = 1.0) -> Tensor:
        return self.o(torch.relu(self.a(x) * scale + self.t(t)))


@pytest.mark.parametrize(
    "form",
    [
        lambda x, t: (x, t),
        lambda x, t: [x, t],
        lambda x, t: {"x": x, "t": t},
        lambda x, t: {"t": t, "scale": 2.0, "x": x},
        lambda x, t: Inputs((x,), {"t": t}),
    ],
    ids=["tuple", "list", "keywords", "keywords in another order", "mixture"],
)
def test_several_inputs(form):
    net = Conditioned()
    example: Batch = form(torch.zeros(2, 4), torch.zeros(2, 1))
    symmetry = trace(net, example)
    assert symmetry.groups() == {"a": 6}
    assert symmetry.axes["t.weight"][0].groups == {"a"}
    x, t = torch.randn(5, 4), torch.randn(5, 1)
    assert prove(net, symmetry, form(x, t))
    params = {name: value.detach() for name, value in net.state_dict().items()}
    seen = symmetry.activations(params, form(x, t), "before")
    scale = 2.0 if isinstance(example, dict) and "scale" in example else 1.0
    expected = net.a(x) * scale + net.t(t)
    torch.testing.assert_close(seen["a"], expected.detach().T)


def test_token_numbers_and_a_mask():
    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(11, 8)
            self.t = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
            self.o = nn.Linear(8, 3)

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
            h = self.t(self.e(input_ids), src_key_padding_mask=attention_mask == 0)
            return {"logits": self.o(h[:, 0]), "hidden_states": h}

    net = Text()
    ids, mask = torch.randint(11, (3, 5)), torch.ones(3, 5, dtype=torch.long)
    mask[0, 3:] = 0
    example = {"input_ids": ids, "attention_mask": mask}
    symmetry = trace(net, example)
    assert tuple(symmetry.groups().values()) == (8, 2, 4, 4, 12)
    assert not symmetry.axes["e.weight"][0].groups
    longer = {"input_ids": torch.randint(11, (2, 7)), "attention_mask": torch.ones(2, 7)}
    assert prove(net, symmetry, example, longer, output="logits")


@dataclass
class Prediction:
    logits: Tensor
    loss: None = None
    cache: object = None


@pytest.mark.parametrize(
    "returned",
    [
        lambda _, y: (y, None),
        lambda _, y: {"out": y},
        lambda h, y: Prediction(y, cache=SimpleNamespace(keys=h)),
        lambda h, y: {"logits": y, "encoder_last_hidden_state": h, "past_key_values": (h, h)},
    ],
    ids=["tuple", "dictionary", "dataclass", "hidden states"],
)
def test_results_in_any_form(returned):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.o = nn.Linear(4, 6), nn.Linear(6, 3)

        def forward(self, x: Tensor) -> object:
            h = self.a(x).relu()
            return returned(h, self.o(h))

    assert trace(Net(), torch.zeros(2, 4)).groups() == {"a": 6}


def test_every_head_counts_unless_one_is_chosen():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.o, self.aux = nn.Linear(4, 6), nn.Linear(6, 3), nn.Linear(6, 5)

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            h = self.a(x).relu()
            return {"out": self.o(h), "aux": self.aux(h), "features": h}

    assert trace(Net(), torch.zeros(2, 4)).groups() == {}
    assert trace(Net(), torch.zeros(2, 4), output="aux").groups() == {"a": 6}
    chosen = trace(Net(), torch.zeros(2, 4), output=lambda result: result["out"])
    assert chosen.groups() == {"a": 6}


class TimeFirst(nn.Module):
    """PyTorch's default layout of sequences: (time, batch, features)."""

    def __init__(self, rows: int):
        super().__init__()
        self.a, self.o = nn.Linear(4, 8), nn.Linear(8, 3)
        self.p = nn.Parameter(torch.randn(rows, 1, 8))
        self.t = nn.TransformerEncoderLayer(8, 2, 12)

    def forward(self, x: Tensor) -> Tensor:
        return self.o(self.t(self.a(x) + self.p[: len(x)])[-1])


@pytest.mark.parametrize("rows", [5, 9])
def test_time_first(rows: int):
    net = TimeFirst(rows).double()
    x = torch.randn(5, 3, 4).double()
    symmetry = trace(net, x)
    assert tuple(symmetry.groups().values()) == (8, 2, 4, 4, 12)
    assert not symmetry.axes["p"][0].groups
    others = [torch.randn(5, 1, 4)] if rows == 5 else [torch.randn(9, 2, 4), torch.randn(1, 1, 4)]
    assert prove(net, symmetry, x, *others)
    params = {name: value.detach() for name, value in net.state_dict().items()}
    seen = symmetry.activations(params, x, "before")["t.linear1"]
    assert seen.shape == (12, 5 * 3)
    for batch in (1, 4):
        seen = symmetry.activations(params, torch.randn(5, batch, 4).double())["t.linear1"]
        assert seen.shape == (12, 5 * batch)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_size_of_the_batch_does_not_matter(batch: int):
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    symmetry = trace(net, torch.zeros(batch, 1, 6, 6))
    assert symmetry.groups() == {"0": 4}
    params = {name: value.detach() for name, value in net.state_dict().items()}
    for count in (1, 2, 5):
        seen = symmetry.activations(params, torch.randn(count, 1, 6, 6))["0"]
        assert seen.shape == (4, count * 16)


def test_an_example_that_does_not_fit_is_one_sentence():
    with pytest.raises(UserError, match=r"the example does not fit Conditioned\.forward.*'t'"):
        trace(Conditioned(), torch.zeros(2, 4))
    with pytest.raises(UserError, match="'t'"):
        trace(Conditioned(), {"x": torch.zeros(2, 4), "time": torch.zeros(2, 1)})
    with pytest.raises(UserError, match="inputs are a tensor"):
        trace(Conditioned(), "x")  # type: ignore[arg-type]


def test_the_example_is_not_changed():
    class Overwriting(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.o = nn.Linear(4, 6), nn.Linear(6, 3)
            self.register_buffer("c", torch.ones(4))

        def forward(self, x: Tensor) -> Tensor:
            x.mul_(self.get_buffer("c"))
            return self.o(self.a(x.add_(1)).relu())

    net, x = Overwriting(), torch.randn(3, 4)
    before = x.clone()
    symmetry = trace(net, x)
    assert symmetry.groups() == {"a": 6}
    assert prove(net, symmetry, x)
    symmetry.activations({n: v.detach() for n, v in net.state_dict().items()}, x)
    assert x.equal(before)
