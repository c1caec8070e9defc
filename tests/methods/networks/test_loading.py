"""All that loading a checkpoint sets counts, and the part that is meant does not hang on chance."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from basinbench import Network, UserError, align, merge, network, prove, trace
from basinbench.methods.modules.twin import tensors

X = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
WIDTH = 8


class Held(nn.Module):
    """Two layers, and between them something that a checkpoint brings."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.head = nn.Linear(6, WIDTH), nn.Linear(WIDTH, 3)

    def between(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.between(self.enter(x).relu()))


class Masked(Held):
    def __init__(self) -> None:
        super().__init__()
        self.mask: Tensor
        self.register_buffer("mask", torch.ones(WIDTH))

    def between(self, x: Tensor) -> Tensor:
        return x * self.mask


class Table(Held):
    def __init__(self) -> None:
        super().__init__()
        self.index: Tensor
        self.register_buffer("index", torch.zeros(WIDTH, dtype=torch.long))

    def between(self, x: Tensor) -> Tensor:
        return x[:, self.index]


class Stated(Held):
    """Extra state that is a dictionary; the fresh module has another."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = 1.0

    def get_extra_state(self) -> Any:
        return {"scale": self.scale}

    def set_extra_state(self, state: Any) -> None:
        self.scale = state["scale"]

    def between(self, x: Tensor) -> Tensor:
        return (x * self.scale).tanh()


class StatedByTensor(Stated):
    def get_extra_state(self) -> Any:
        return torch.tensor(self.scale)

    def set_extra_state(self, state: Any) -> None:
        self.scale = float(state)


class Inside(Held):
    """A layer within that has extra state."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Stated()
        self.inner.head = nn.Linear(WIDTH, WIDTH)
        self.inner.enter = nn.Linear(WIDTH, WIDTH)

    def between(self, x: Tensor) -> Tensor:
        return self.inner(x)


class Hooked(Held):
    """What loading computes: a buffer that no checkpoint holds, and a plain number."""

    def __init__(self) -> None:
        super().__init__()
        self.norm: Tensor
        self.register_buffer("norm", torch.ones(()), persistent=False)
        self.bound = 1.0
        self.register_load_state_dict_post_hook(_measure)

    def between(self, x: Tensor) -> Tensor:
        return (x / self.norm).clamp(max=self.bound)


def _measure(module: Hooked, keys: object) -> None:
    del keys
    module.norm.fill_(float(module.enter.weight.detach().norm()))
    module.bound = float(module.head.weight.detach().abs().max())


def pruned() -> nn.Module:
    module = nn.Sequential(nn.Linear(6, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 3))
    prune.identity(module[0], "weight")
    return module


def trained(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    """A network that a fresh module is not, except for its form; all that may be common is."""
    torch.manual_seed(seed)
    module = make()
    draw = torch.Generator().manual_seed(7)
    for name, buffer in tensors(module).items():
        if name.endswith("mask"):
            buffer.copy_(torch.rand(buffer.shape, generator=draw) > 0.5)
        if name == "index":
            buffer.copy_(torch.randperm(WIDTH, generator=draw))
    for part in module.modules():
        if isinstance(part, Stated):
            part.scale = 3.0
    module.load_state_dict(module.state_dict())
    return module.eval()


FORMS = {
    each.__name__: each for each in (Masked, Table, Stated, StatedByTensor, Inside, Hooked, pruned)
}
SHARED = [name for name in FORMS if name != "Hooked"]
"""Those of which two networks may hold the same."""


@pytest.mark.parametrize("name", FORMS)
def test_a_network_is_what_torch_loads_and_its_symmetry_is_its_own(name: str, tmp_path: Path):
    make = FORMS[name]
    module = trained(make, 1)
    torch.save(module.state_dict(), tmp_path / "a.pt")
    by_module = network(module, example=X)
    for checkpoint in (module.state_dict(), tmp_path / "a.pt"):
        found = network(make, checkpoint, example=X)
        torch.testing.assert_close(found(X), module(X))
        assert found.symmetry.axes == by_module.symmetry.axes
        assert prove(found, found.symmetry, X).ok


@pytest.mark.parametrize("name", SHARED)
def test_aligned_networks_and_merges_load_into_the_module(name: str):
    make = FORMS[name]
    modules = [trained(make, seed) for seed in (1, 2)]
    networks = [network(make, each.state_dict(), example=X) for each in modules]
    found = align(*networks, method="identity")
    for module, params in zip(modules, found.networks, strict=True):
        again = make()
        again.load_state_dict(params)
        torch.testing.assert_close(again.eval()(X), module(X))
    if any(units > 1 for units in networks[0].widths.values()):
        for module, params in zip(modules, align(*networks).networks, strict=True):
            again = make()
            again.load_state_dict(params)
            torch.testing.assert_close(again.eval()(X), module(X), rtol=1e-4, atol=1e-5)
    mean = found.merge()
    assert mean.keys() == modules[0].state_dict().keys()
    merged = network(make, mean, example=X)
    torch.testing.assert_close(networks[0](X, mean), merged(X))
    assert found.problem.networks[0].extra == merged.extra


@pytest.mark.parametrize("name", ["Stated", "StatedByTensor", "Inside"])
def test_networks_in_other_extra_states_are_not_merged(name: str):
    first, second = (trained(FORMS[name], seed) for seed in (1, 2))
    for part in second.modules():
        if isinstance(part, Stated):
            part.scale = 5.0
    networks = [network(FORMS[name], each.state_dict(), example=X) for each in (first, second)]
    with pytest.raises(UserError, match=r"the extra state .*_extra_state', which no mean"):
        merge(*networks)
    with pytest.raises(UserError, match=r"_extra_state' with other values than .* is in"):
        Network(first, second.state_dict(), networks[0].symmetry)
    with pytest.raises(UserError, match=r"traced with other values of .*_extra_state'"):
        network(FORMS[name], second.state_dict(), symmetry=networks[0].symmetry)
    without = {n: v for n, v in first.state_dict().items() if "extra" not in n}
    with pytest.raises(UserError, match=r"the checkpoint lacks .*_extra_state' of"):
        network(FORMS[name], without, example=X)


def test_what_loading_computes_of_each_network_is_compared():
    networks = [network(Hooked, trained(Hooked, s).state_dict(), example=X) for s in (1, 2)]
    with pytest.raises(UserError, match="needs networks of one function"):
        merge(*networks)


def test_the_extra_state_of_a_part_left_out_is_each_networks_own():
    modules = [trained(Inside, seed) for seed in (1, 2)]
    setattr(modules[1].inner, "scale", 5.0)  # noqa: B010
    networks = [network(Inside, m.state_dict(), example=X, exclude="inner") for m in modules]
    found = align(*networks, method="identity")
    assert [each["inner._extra_state"] for each in found.networks] == [{"scale": 3}, {"scale": 5}]
    assert found.merge()["inner._extra_state"] == {"scale": 3}


@pytest.mark.parametrize("name", ["Masked", "Table", "pruned", "Hooked"])
def test_a_symmetry_of_other_constants_is_refused_or_traced_anew(name: str):
    make = FORMS[name]
    module = trained(make, 1)
    fresh = trace(make(), X)
    with pytest.raises(UserError, match="the symmetry was traced with other values of"):
        network(make, module.state_dict(), symmetry=fresh)
    anew = network(make, module.state_dict(), example=X, symmetry=fresh)
    assert anew.symmetry.axes == trace(module, X).axes
    if name == "Hooked":
        return
    shared = network(make, module.state_dict(), example=X, symmetry=anew.symmetry)
    assert shared.symmetry is anew.symmetry
    halves = {n: v.half() if v.is_floating_point() else v for n, v in module.state_dict().items()}
    assert network(make, halves, symmetry=anew.symmetry).symmetry is anew.symmetry


def test_what_is_tied_stays_tied():
    def make() -> nn.Module:
        module = nn.Sequential(nn.Embedding(7, 6), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 7))
        module[3].weight = module[0].weight
        return module

    module, ids = make(), torch.tensor([[1, 2, 3]])
    whole = {n: v.clone() for n, v in module.state_dict().items()}
    for left in ("", "0.weight", "3.weight"):
        found = network(make, {n: v for n, v in whole.items() if n != left}, example=ids)
        torch.testing.assert_close(found(ids), module(ids))
        assert found.symmetry.axes == trace(module, ids).axes
    with pytest.raises(UserError, match="share one tensor"):
        network(make, whole | {"3.weight": torch.zeros(7, 6)}, example=ids)
