"""A proof holds for symmetries, fails for what is none, and names the culprits."""

from dataclasses import replace

import alive
import pytest
import torch
import torch.nn.functional as F
from small_layers import Net
from small_networks import SMALL, traced
from torch import Tensor, nn

from basinbench.errors import UserError
from basinbench.methods.networks.trained import Network
from basinbench.methods.proving.proof import prove
from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.tracing.trace import trace

MLP = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3))
X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))


def without(symmetry: Symmetry, name: str, dim: int) -> Symmetry:
    """The symmetry in which one axis is left behind."""
    axes = list(symmetry.axes[name])
    axes[dim] = Axis(((Factor(axes[dim].size),),))
    return replace(symmetry, axes={**symmetry.axes, name: tuple(axes)})


@pytest.mark.parametrize("name", SMALL)
def test_every_traced_symmetry_is_proved(name: str):
    module, x, symmetry = traced(name)
    proof = prove(module, symmetry, x)
    assert proof, proof
    assert proof.precision == "float64"


def is_told(symmetry: Symmetry, key: str) -> bool:
    """Whether a tensor tells of all its units under which others each of them lies."""
    names = {f.name for axis in symmetry.axes[key] for s in axis.segments for f in s}
    within = {w for axis in symmetry.axes[key] for s in axis.segments for f in s for w in f.within}
    return within <= names


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_an_axis_left_behind_is_noticed(name: str):
    module, x, symmetry = traced(name)
    network = Network(module, alive.draw(module, 1), symmetry)
    for key, axes in symmetry.axes.items():
        for dim, axis in enumerate(axes):
            if axis.groups and list(symmetry.axes.values()).count(axes) == 1:
                left = without(symmetry, key, dim)
                if not is_told(left, key):  # units within those that are left behind
                    with pytest.raises(UserError, match="does not tell under which"):
                        prove(network, left, x, modes=("evaluation",))
                    continue
                wrong = prove(network, left, x, modes=("evaluation",))
                assert not wrong, (key, dim)
                assert set(wrong.culprits) <= axis.groups


def test_the_culprit_is_named_in_one_sentence():
    wrong = without(trace(MLP, X), "2.weight", 1)
    proof = prove(MLP, wrong, X)
    assert proof.culprits == ("0",)
    assert set(proof.groups) == {"0", "2"}
    assert proof.groups["2"] <= proof.tolerance < proof.groups["0"]
    with pytest.raises(UserError, match=r"no symmetry of the network: moving the units of '0'"):
        proof.raise_for_failure()
    assert prove(MLP, trace(MLP, X), X).raise_for_failure() is None


def test_signs_of_odd_units_are_proved_too():
    symmetry = trace(MLP, X)
    assert symmetry.odd == {"2"}
    assert prove(MLP, symmetry, X, alone=True).groups.keys() == {"0", "2"}
    assert prove(MLP, replace(symmetry, odd=frozenset({"0", "2"})), X).culprits == ("0",)


def test_a_network_at_rest_proves_nothing_by_itself():
    """Scales of one and layers of zeros are given a little noise."""
    net = nn.Sequential(nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1))
    nn.init.zeros_(net.get_parameter("3.weight"))
    x = torch.randn(2, 1, 3, 3)
    symmetry = trace(net, x)
    assert prove(net, symmetry, x)
    for name in ("1.running_mean", "1.running_var", "1.weight", "1.bias"):
        assert not prove(net, without(symmetry, name, 0), x), name


def test_a_network_that_falls_to_float32_is_right():
    net = Net(
        lambda s, x: s.c(F.layer_norm(s.a(x).float(), (8,)).to(x.dtype).relu()),
        a=nn.Linear(4, 8),
        c=nn.Linear(8, 3),
    )
    proof = prove(net, trace(net, X), X)
    assert proof
    assert proof.precision == "float32"
    assert proof.tolerance < 1e-3
    assert not prove(net, without(trace(net, X), "a.bias", 0), X)


def test_a_network_of_float32_alone_is_proved_in_float32():
    """A constant that nothing converts, as one in a list."""
    net = Net(
        lambda s, x: s.c(F.linear(s.a(x), s.held[0]).relu()), a=nn.Linear(4, 8), c=nn.Linear(8, 3)
    )
    net.__dict__["held"] = [torch.eye(8)]
    x = X.clone()
    proof = prove(net, trace(net, x), x)
    assert proof
    assert proof.precision == "float32"


def test_what_training_mode_does_differently_is_compared():
    class Switched(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.o = nn.Linear(4, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            h = F.dropout(self.a(x), 0.5, self.training).relu()
            return self.o(h * torch.arange(8) if self.training else h)

    net = Switched()
    symmetry = trace(net, X)
    assert symmetry.groups() == {"a": 8}
    proof = prove(net, symmetry, X)
    assert proof.modes == ("evaluation", "training")
    assert not proof
    assert prove(net, symmetry, X, modes=("evaluation",))


def test_a_mode_that_cannot_be_compared_is_told():
    class Refusing(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.o = nn.Linear(4, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                raise RuntimeError("no training here")
            return self.o(self.a(x).relu())

    proof = prove(Refusing(), trace(Refusing(), X), X)
    assert proof.modes == ("evaluation",)
    assert proof.note == "training mode cannot be compared"


def test_nothing_of_the_network_is_changed():
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3)).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.get_rng_state()
    prove(net, trace(net, X), X)
    assert all(value.equal(before[name]) for name, value in net.state_dict().items())
    assert net.training
    assert torch.get_rng_state().equal(state)


def test_a_network_with_its_own_parameters():
    symmetry = trace(MLP, X)
    network = Network(MLP, dict(MLP.state_dict()), symmetry)
    assert prove(network, symmetry, X)


def test_misuse_is_one_sentence():
    symmetry = trace(MLP, X)
    with pytest.raises(UserError, match="prove needs inputs"):
        prove(MLP, symmetry)
    with pytest.raises(UserError, match="unknown mode 'eval'; did you mean 'evaluation'"):
        prove(MLP, symmetry, X, modes=("eval",))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"not that of Linear: 'weight' has the shape \(3, 4\)"):
        prove(nn.Linear(4, 3), symmetry, X)
    with pytest.raises(UserError, match="cannot be called on the inputs"):
        prove(MLP, symmetry, X[:, :3])
