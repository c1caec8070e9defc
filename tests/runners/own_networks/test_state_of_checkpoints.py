"""What checkpoints hold beside weights (masks, extra states) counts in every command."""

from pathlib import Path

import pytest
import torch
from console import command
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import basinbench

NETS = """
import torch
from torch import nn
from torch.nn.utils import prune

def pruned():
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    prune.identity(module[1], "weight")
    return module

class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.head = nn.Linear(64, 16), nn.Linear(16, 10)
        self.register_buffer("mask", torch.ones(16))

    def forward(self, x):
        return self.head(self.enter(x.flatten(1)).relu() * self.mask)

class Stated(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.head = nn.Linear(64, 16), nn.Linear(16, 10)
        self.shift = 0.0

    def get_extra_state(self):
        return {"shift": self.shift}

    def set_extra_state(self, state):
        self.shift = state["shift"]

    def forward(self, x):
        return self.head((self.enter(x.flatten(1)) - self.shift).relu())

class ByTensor(Stated):
    def get_extra_state(self):
        return torch.tensor(self.shift)

    def set_extra_state(self, state):
        self.shift = float(state)

class Hooked(Masked):
    def __init__(self):
        super().__init__()
        self.register_load_state_dict_post_hook(count)
        self.bound = 1.0

    def forward(self, x):
        return self.head(self.enter(x.flatten(1)).relu().clamp(max=self.bound))

def count(module, keys):
    module.bound = float(module.mask.sum())

def lazy():
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(16), nn.ReLU(), nn.Linear(16, 10))
"""

FORMS = ("pruned", "Masked", "Stated", "ByTensor")
X = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
WITHOUT_DATA = ("--input", "1,8,8")
WITH_DATA = ("--dataset", "digits", "--normalise", "unit")


def made(name: str) -> nn.Module:
    names: dict = {}
    exec(NETS, names)  # noqa: S102
    return names[name]()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    return tmp_path


def written(name: str, shifts: tuple[float, float] = (0.2, 0.2)) -> list[nn.Module]:
    """`a.pt` and `b.pt`, and the networks in them: their mask is one that no fresh module has."""
    modules = []
    for seed, file in enumerate("ab"):
        torch.manual_seed(seed)
        module = made(name)
        draw = torch.Generator().manual_seed(5)
        for key, buffer in module.named_buffers():
            if "mask" in key:
                buffer.copy_(torch.rand(buffer.shape, generator=draw) > 0.4)
        if hasattr(module, "shift"):
            module.shift = shifts[seed]  # type: ignore[assignment]
        torch.save(module.state_dict(), f"{file}.pt")
        module.load_state_dict(module.state_dict())
        modules.append(module.eval())
    return modules


def function(name: str, path: str) -> Tensor:
    module = made(name)
    module.load_state_dict(torch.load(path, weights_only=True))
    return module.eval()(X)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("how", [WITHOUT_DATA, WITH_DATA], ids=["weights", "data"])
def test_what_is_written_computes_what_was_read(
    name: str, how: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    modules = written(name)
    method = "identity" if name == "pruned" else "weight-matching"
    words = ("--network", f"nets.py:{name}", "--out", "m.pt", "--aligned-out", "al", *how)
    code, _, err = command(
        capsys, "merge", "a.pt", "b.pt", *words, "--method", method, "--weights", "0,1"
    )
    assert code == 0, err
    for module, path in zip(modules, ("al/a.pt", "al/b.pt"), strict=True):
        torch.testing.assert_close(function(name, path), module(X), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(function(name, "m.pt"), modules[1](X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["pruned", "Masked", "ByTensor"])
def test_so_does_what_is_merged_from_files(name: str, capsys: pytest.CaptureFixture[str]):
    modules = written(name)
    method = "identity" if name == "pruned" else "weight-matching"
    words = ("--network", f"nets.py:{name}", "--from-files", *WITHOUT_DATA, "--method", method)
    code, _, err = command(
        capsys, "merge", "a.pt", "b.pt", *words, "--out", "m", "--weights", "0,1"
    )
    assert code == 0, err
    merge = made(name)
    merge.load_state_dict(load_file("m/model.safetensors"))
    torch.testing.assert_close(merge.eval()(X), modules[1](X), rtol=1e-4, atol=1e-5)
    whole = basinbench.network(lambda: made(name), "a.pt", example=X)
    if name == "pruned":
        assert not whole.widths
        code, _, err = command(capsys, "merge", "a.pt", "b.pt", *words[:-2], "--out", "n")
        assert code == 2
        assert "nothing to match" in err


@pytest.mark.parametrize("finish", ["retrain(epochs=1)", "repair", "none"])
def test_finishes_take_networks_with_state(finish: str, capsys: pytest.CaptureFixture[str]):
    written("Stated")
    words = ("--network", "nets.py:Stated", *WITH_DATA, "--finish", finish, "--points", "3")
    code, _, err = command(capsys, "merge", "a.pt", "b.pt", *words, "--out", "m.pt")
    assert code == 0, err
    assert torch.load("m.pt", weights_only=True)["_extra_state"] == {"shift": 0.2}
    assert function("Stated", "m.pt").isfinite().all()


def test_networks_whose_state_differs_are_refused(capsys: pytest.CaptureFixture[str]):
    for name in ("Stated", "ByTensor", "Hooked", "Masked"):
        written(name, (0.2, 0.4))
        if name in ("Hooked", "Masked"):
            params = torch.load("b.pt", weights_only=True)
            params["mask"][:3] = 1 - params["mask"][:3]
            torch.save(params, "b.pt")
        words = ("merge", "a.pt", "b.pt", "--network", f"nets.py:{name}")
        ways = [
            (*WITHOUT_DATA, "--out", "m.pt"),
            (*WITH_DATA, "--out", "m.pt"),
            (*WITHOUT_DATA, "--from-files", "--out", "m"),
        ]
        for way in ways:
            code, _, err = command(capsys, *words, *way)
            assert code == 2, (name, way)
            assert "other values" in err, (name, way)
            assert not list(Path().glob("m*"))


def test_what_code_of_its_own_makes_of_a_checkpoint_is_compared(
    capsys: pytest.CaptureFixture[str],
):
    """The mask of two networks differs, is read by no graph, and sets a number of the graph's."""
    written("Hooked")
    params = torch.load("b.pt", weights_only=True)
    params["mask"].fill_(0.5)
    torch.save(params, "b.pt")
    words = ("merge", "a.pt", "b.pt", "--network", "nets.py:Hooked", *WITHOUT_DATA)
    code, _, err = command(capsys, *words, "--exclude", "mask", "--out", "m.pt")
    assert code == 2
    assert "one function" in err


def test_a_state_that_the_file_cannot_hold_is_refused_before_anything_is_done(
    capsys: pytest.CaptureFixture[str],
):
    written("Stated")
    words = ("merge", "a.pt", "b.pt", "--network", "nets.py:Stated", *WITHOUT_DATA)
    for way in (("--out", "m.safetensors"), ("--from-files", "--out", "m")):
        code, out, err = command(capsys, *words, *way)
        assert (code, out) == (2, "")
        assert "'_extra_state' is dict, and safetensors hold tensors alone" in err
        assert not list(Path().glob("m*"))


@pytest.mark.parametrize("name", ["Masked", "Stated"])
def test_networks_with_state_are_compared(name: str):
    written(name)
    networks = [basinbench.network(lambda: made(name), f"{i}.pt", example=X[:2]) for i in "ab"]
    how = {"dataset": "digits", "methods": ["identity"], "finishes": ["none"], "points": 3}
    how |= {"normalise": "unit", "home": "home"}
    live = basinbench.compare(*networks, **how)  # type: ignore[arg-type]
    files = basinbench.compare("a.pt", "b.pt", network="nets.py:" + name, **how)  # type: ignore[arg-type]
    assert list(live["status"]) == list(files["status"]) == ["done"]
    assert list(live["barrier"]) == pytest.approx(list(files["barrier"]))


@pytest.mark.parametrize("way", [WITHOUT_DATA, WITH_DATA, (*WITHOUT_DATA, "--from-files")])
def test_a_network_without_shapes_is_one_sentence(
    way: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    for file in "ab":
        params = {"1.weight": torch.full((16, 64), ord(file) / 100.0), "1.bias": torch.zeros(16)}
        head = {"3.weight": torch.ones(10, 16), "3.bias": torch.zeros(10)}
        save_file(params | head, f"{file}.safetensors")
    words = ("a.safetensors", "b.safetensors", "--network", "nets.py:lazy", *way)
    code, _, err = command(capsys, "merge", *words, "--out", "m")
    assert code == 2
    if "--from-files" not in way:
        code, _, err = command(capsys, "merge", *words, "--out", "m.pt")
        assert code == 2
    assert "'1.weight' has no shape yet" in err
    shown = [word for word in way[:2] if word != "--from-files"]
    code, _, err = command(capsys, "explain", "--network", "nets.py:lazy", *shown)
    assert code == 2
    assert "'1.weight' has no shape yet" in err
