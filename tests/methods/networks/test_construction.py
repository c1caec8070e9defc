"""The one checked way in: modules, factories, checkpoints as people have them, exclusions."""

import argparse
import json
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from basinbench import Inputs, UserError, network, trace

X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
Params = dict[str, Tensor]


class Net(nn.Module):
    _keys_to_ignore_on_load_unexpected = (r"^old\.",)

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU())
        self.head = nn.Linear(6, classes)
        self.register_buffer("scale", torch.ones(()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.model(x)) * self.scale


def trained() -> Net:
    torch.manual_seed(1)
    return Net().eval()


def under(prefix: str) -> Callable[[Params], Any]:
    return lambda p: {prefix + n: v for n, v in p.items()}


FORMS: dict[str, tuple[Callable[[Params], Any], str]] = {
    "plain": (lambda p: p, ""),
    "state_dict": (lambda p: {"epoch": 3, "state_dict": p}, "the part 'state_dict' was taken"),
    "model": (lambda p: {"model": p, "lr": 0.1}, "the part 'model' was taken"),
    "nested": (lambda p: {"a": {"model_state_dict": OrderedDict(p)}}, "'a.model_state_dict'"),
    "ema": (
        lambda p: {"model_ema": {n: v + 1 for n, v in p.items()}, "model": p},
        "the part 'model' was taken, and 'model_ema' in it not",
    ),
    "ema of unknown": (
        lambda p: {"weird": {n: v + 1 for n, v in p.items()}, "ema": p},
        "the part 'ema' was taken, and 'weird' in it not",
    ),
    "moments by name": (
        lambda p: {"exp_avg": {n: v + 1 for n, v in p.items()}, "model": p},
        "the part 'model' was taken, and 'exp_avg' in it not",
    ),
    "moments alone beside": (
        lambda p: {"optimizer.exp_avg_sq": {n: v + 1 for n, v in p.items()}, "student": p},
        "the part 'student' was taken",
    ),
    "equal parts": (lambda p: {"one": p, "two": dict(p)}, "the part 'one' was taken"),
    "optimiser": (lambda p: {"optim": {"state": {0: {"m": torch.ones(2)}}}, "net": p}, "'net'"),
    "module.": (under("module."), "the prefix module. was taken off"),
    "_orig_mod.": (under("_orig_mod."), "the prefix _orig_mod. was taken off"),
    "both": (under("module._orig_mod."), "the prefix module. and _orig_mod. was taken off"),
    "model.": (under("model."), "the prefix model. was taken off"),
    "inner": (
        lambda p: {n.replace("model.", "model._orig_mod."): v for n, v in p.items()},
        "the prefix _orig_mod. was taken off",
    ),
    "longer": (under("net.student."), "the prefix net.student. was taken off"),
    "wrapped twice": (
        lambda p: {"state_dict": under("module.")(p)},
        "the prefix module. was taken off",
    ),
    "averaged": (lambda p: {"n_averaged": torch.ones(()), **under("module.")(p)}, "'n_averaged'"),
    "kept out": (lambda p: p | {"scale": torch.ones(())}, "'scale' is unused"),
    "known": (lambda p: p | {"old.mask": torch.ones(2)}, "'old.mask' is unused"),
    "counters missing": (lambda p: {n: v for n, v in p.items() if "tracked" not in n}, ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_checkpoints_as_people_have_them(form: str):
    module = trained()
    change, note = FORMS[form]
    found = network(Net, change(module.state_dict()), example=X)
    torch.testing.assert_close(found(X), module(X))
    assert note in " ".join(found.notes)
    assert bool(found.notes) == bool(note)


@pytest.mark.parametrize("names", [("student", "teacher"), ("best_model", "model")])
def test_two_parts_that_fit_alike_are_refused(names: tuple[str, str]):
    params = trained().state_dict()
    parts = {names[0]: params, names[1]: {n: v + 1 for n, v in params.items()}}
    both = f"the parts {names[0]!r} and {names[1]!r} both fit Net"
    with pytest.raises(UserError, match=both):
        network(Net, parts, example=X)


def test_a_prefix_is_put_before_the_names_of_an_inner_network():
    inner = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    outer = nn.ModuleDict({"net": inner})
    outer.forward = inner.forward  # type: ignore[method-assign]
    found = network(outer, inner.state_dict(), example=X)
    torch.testing.assert_close(found(X), inner(X))
    assert found.notes == ("in the checkpoint the prefix net. was put before its names",)


def saved_shards(folder: Path, params: Params) -> None:
    halves = (list(params)[:3], list(params)[3:])
    places = {}
    for i, names in enumerate(halves):
        shard = f"model-{i + 1:05}-of-00002.safetensors"
        save_file({n: params[n] for n in names}, folder / shard)
        places |= dict.fromkeys(names, shard)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_files_and_folders(tmp_path: Path):
    module = trained()
    params = module.state_dict()
    save_file(params, tmp_path / "a.safetensors")
    torch.save(params, tmp_path / "a.pt")
    torch.save({"state_dict": params, "epoch": 1}, tmp_path / "a.ckpt")
    torch.save(params, tmp_path / "a.pth", _use_new_zipfile_serialization=False)
    for name in ("shards", "one", "pickled"):
        (tmp_path / name).mkdir()
    saved_shards(tmp_path / "shards", params)
    save_file(params, tmp_path / "one" / "weights.safetensors")
    torch.save(params, tmp_path / "pickled" / "pytorch_model.bin")
    symmetry = trace(module, X)
    for path in sorted(tmp_path.iterdir()):
        for form in (path, str(path)):
            found = network(Net, form, symmetry=symmetry)
            torch.testing.assert_close(found(X), module(X))


def test_tensors_stay_as_they_were():
    """A checkpoint of another network does not reach the module that lends its form."""
    form, other = Net().train(), trained()
    before = {n: v.clone() for n, v in form.state_dict().items()}
    params = {n: v.half() if v.is_floating_point() else v for n, v in other.state_dict().items()}
    found = network(form, params, example=X)
    assert form.training
    assert all(torch.equal(v, before[n]) for n, v in form.state_dict().items())
    assert found.stored["head.weight"] == torch.float16
    assert params["head.weight"].dtype == torch.float16


def broken(path: Path, params: Params) -> dict[str, tuple[Any, str]]:
    """Name -> what is given as a checkpoint, and what the sentence must say."""
    (path / "empty.pt").touch()
    (path / "text.safetensors").write_text("no tensors")
    (path / "text.pt").write_text("no tensors")
    (path / "lfs.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid ...")
    torch.save({"args": argparse.Namespace(), "model": params}, path / "code.pt")
    torch.save(nn.Linear(2, 2), path / "module.pt")
    torch.save([1, 2], path / "list.pt")
    (path / "nothing").mkdir()
    (path / "several").mkdir()
    for name in "ab":
        save_file(params, path / "several" / f"{name}.safetensors")
    for name, change in {
        "lost": lambda index: index,
        "outside": lambda index: index["weight_map"].update(x="../a.safetensors"),
        "wrong": lambda index: index["weight_map"].update(x="model-00001-of-00002.safetensors"),
        "mapless": lambda index: index.clear(),
    }.items():
        folder = path / name
        folder.mkdir()
        saved_shards(folder, params)
        file = folder / "model.safetensors.index.json"
        index = json.loads(file.read_text())
        change(index)
        file.write_text(json.dumps(index))
    (path / "lost" / "model-00002-of-00002.safetensors").unlink()
    files = {
        "empty.pt": "is empty",
        "text.safetensors": "is neither safetensors nor what torch.save writes",
        "text.pt": "is neither safetensors nor what torch.save writes",
        "lfs.safetensors": "run git lfs pull",
        "code.pt": "holds objects beside tensors",
        "module.pt": "holds objects beside tensors",
        "list.pt": "holds list and no state_dict",
        "nothing": "holds no weights",
        "several": "holds 2 files of weights and no index",
        "lost": "which .* names, is missing",
        "outside": "which is not beside it",
        "wrong": "lacks 'x', which",
        "mapless": "is no index of shards",
        "nowhere.pt": "there is no checkpoint",
    }
    first = next(iter(params))
    return {name: (path / name, sentence) for name, sentence in files.items()} | {
        "number": (3, "not int"),
        "no tensors": ({"lr": 0.1}, "the checkpoint holds no tensors by name"),
        "missing": (
            {n: v for n, v in params.items() if n != "head.bias"},
            "the checkpoint lacks 'head.bias' of Net",
        ),
        "unexpected": (params | {"aux.weight": X}, "the checkpoint has 'aux.weight', which Net"),
        "misshapen": (params | {first: X}, rf"'{first}' has the shape \(5, 4\) in the checkpoint"),
        "another": ({"w": X, "v": X}, "the checkpoint has 'w' and 'v', which Net has not and la"),
        "diverged": (params | {"head.bias": torch.full((3,), torch.nan)}, "3 values that are not"),
    }


def test_every_broken_checkpoint_is_one_sentence(tmp_path: Path):
    module = trained()
    symmetry = trace(module, X)
    for name, (checkpoint, sentence) in broken(tmp_path, module.state_dict()).items():
        with pytest.raises(UserError, match=sentence) as error:
            network(module, checkpoint, symmetry=symmetry)
        assert "\n" not in str(error.value), name


def test_makers_that_make_no_network():
    for odd, sentence in {
        "resnet18": "a torch.nn.Module or a function that makes one, not str",
        nn.Linear: "Linear cannot be called without arguments",
        dict: "dict makes dict and no torch.nn.Module",
    }.items():
        with pytest.raises(UserError, match=sentence):
            network(odd, example=X)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="give example=, a batch of inputs, or symmetry="):
        network(Net)
    assert network(Net, example=X).notes == (
        "without a checkpoint its parameters are new and untrained",
    )


def test_wrappers_are_taken_off():
    module = trained()
    found = network(nn.DataParallel(module), example=X)
    assert found.notes == ("DataParallel was taken off the network",)
    torch.testing.assert_close(found(X), module(X))
    compiled = network(torch.compile(module), example=X)  # type: ignore[arg-type]
    torch.testing.assert_close(compiled(X), module(X))


def test_what_is_excluded_has_no_groups_and_still_moves():
    example = torch.zeros(2, 4)
    found = network(trained(), example=example, exclude="head")
    assert found.symmetry.excluded == {"head.weight", "head.bias"}
    places = found.symmetry.occurrences("model.0")
    assert not any(place.name.startswith("head") for place in places)
    assert found.widths == {"model.0": 6}
    assert "head.weight" not in found.weights
    tied = nn.Sequential(nn.Embedding(7, 6), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 7))
    tied[3].weight = tied[0].weight
    both = network(tied, example=torch.tensor([[1]]), exclude="0").symmetry.excluded
    assert both == {"0.weight", "3.weight"}
    for pattern in ("nothing", "hea"):
        with pytest.raises(UserError, match=f"exclude='{pattern}' names no tensor or module"):
            network(trained(), example=example, exclude=pattern)
    with pytest.raises(UserError, match="exclude leaves nothing"):
        network(trained(), example=example, exclude=["model", "head"])


def test_inputs_of_every_form_are_taken():
    module, args = trained(), Inputs((X,))
    found = network(module, example=X)
    for form in (X, (X,), [X], {"x": X}, args, Inputs(kwargs={"x": X}), X.double(), X.half()):
        torch.testing.assert_close(found(form), module(X), rtol=1e-2, atol=1e-2)
    with pytest.raises(UserError, match="inputs are a tensor, a tuple"):
        found("x")  # type: ignore[arg-type]
