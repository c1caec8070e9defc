"""`basinbench merge`: what is written, what is said, what is refused."""

import json
import shutil
from pathlib import Path

import own_checkpoints
import pytest
import torch
from console import command
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from basinbench import Permutation, from_axes_to_perm
from basinbench.results.store import RecordStore

NET = ("--network", "nets.py:mlp")
WITHOUT_DATA = (*NET, "--input", "1,8,8", "--out", "merged.safetensors")
WITH_DATA = (*NET, "--dataset", "digits", "--normalise", "unit", "--out", "merged.safetensors")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 3)


def merged(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    code, out, err = command(capsys, "merge", *words)
    assert code == 0, err
    return out


def function(params: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    module = own_checkpoints.mlp(9)
    module.load_state_dict(params)
    return module.double()(x)


@pytest.mark.parametrize("words", [("--input", "1,8,8"), ("--dataset", "digits", "--points", "3")])
def test_networks_of_float32_are_proved_in_float32(
    files: list[Path], capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
):
    own = ("--network", "nets.py:float32", "--method", "weight-matching", *words)
    out = merged(capsys, *files[:2], *own, "--out", "merged.safetensors")
    assert "proved: the aligned networks compute what they did up to rounding: " in out
    assert "relative to the largest, in float32, on " in out
    assert "merged.safetensors" in out


def test_aligned_networks_and_maps_and_merge_belong_together(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    extra = ("--aligned-out", "aligned", "--maps-out", "maps.safetensors")
    out = merged(capsys, *files[:2], *WITHOUT_DATA, "--weights", "0.3,0.7", *extra)
    assert "proved: the aligned networks compute what they did" in out
    assert "b: " in out
    assert "units moved" in out
    originals = [load_file(file) for file in files[:2]]
    aligned = [load_file(f"aligned/{name}.safetensors") for name in "ab"]
    found = load_file("merged.safetensors")
    x = torch.randn(50, 1, 8, 8, dtype=torch.float64)
    for own, moved in zip(originals, aligned, strict=True):
        assert torch.allclose(function(own, x), function(moved, x), rtol=0, atol=1e-12)
    assert aligned[0].keys() == originals[0].keys()
    assert all(torch.equal(aligned[0][n], originals[0][n]) for n in originals[0])
    assert any(not torch.equal(aligned[1][n], originals[1][n]) for n in originals[1])
    for name, value in found.items():
        assert torch.allclose(value, 0.3 * aligned[0][name] + 0.7 * aligned[1][name])
    told = json.loads(Path("maps.json").read_text())
    symmetry = from_axes_to_perm(
        {n: tuple(row) for n, row in told["axes_to_perm"].items()}, originals[1]
    )
    maps = {g: Permutation(torch.tensor(i)) for g, i in told["permutations"]["b"].items()}
    assert maps
    moved = symmetry.transport(originals[1], maps)
    assert all(torch.equal(moved[n], aligned[1][n]) for n in moved)
    tensors = load_file("maps.safetensors")
    assert {n: t.tolist() for n, t in tensors.items() if n.startswith("b/")} == {
        f"b/{g}/index": index for g, index in told["permutations"]["b"].items()
    }


def test_the_merge_loads_into_the_module_in_the_types_that_came(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    for file in files:
        save_file({n: v.half() for n, v in load_file(file).items()}, file)
    merged(capsys, *files[:2], *WITHOUT_DATA)
    found = load_file("merged.safetensors")
    assert {value.dtype for value in found.values()} == {torch.float16}
    own_checkpoints.mlp(0).load_state_dict(found)
    with safe_open("merged.safetensors", "pt") as file:
        about = file.metadata()
    assert about["format"] == "pt"
    assert about["networks"] == "a+b"
    assert about["method"] == "weight-matching"
    words = [w if w != "merged.safetensors" else "merged.pt" for w in WITHOUT_DATA]
    merged(capsys, *files[:2], *words)
    again = torch.load("merged.pt", weights_only=True)
    assert all(torch.equal(again[n], found[n]) for n in found)


def test_several_networks_and_a_method_with_parameters(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    method = ("--method", "merge-many", "--weights", "0.2,0.3,0.5", "--json")
    told = json.loads(merged(capsys, *files, *WITHOUT_DATA, *method))
    assert told["networks"] == ["a", "b", "c"]
    assert told["largest_change"] < 1e-10
    assert set(told["moved"]) == {"a", "b", "c"}
    assert any(any(own.values()) for own in told["moved"].values())
    for name, method in (("one", "forward"), ("two", "widest")):
        words = (*NET, "--input", "1,8,8", "--out", f"{name}.safetensors")
        told = json.loads(
            merged(
                capsys, *files[:2], *words, "--method", f"weight-matching(order={method})", "--json"
            )
        )
        assert told["method"] == f"weight-matching(order={method})"
    one, two = (load_file(f"{name}.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()


def test_with_data_it_is_measured_as_compare_measures_it(
    files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    method = ("--method", "weight-matching(order=widest)")
    told = json.loads(merged(capsys, *files[:2], *WITH_DATA, *method, "--points", 5, "--json"))
    how = ("--dataset", "digits", "--normalise", "unit", "--points", 5, "--finish", "none")
    code, _, err = command(capsys, "compare", *files[:2], *NET, *how, *method)
    assert code == 0, err
    (record,) = RecordStore(tmp_path / "home")
    measured = told["measured"]
    assert measured["barrier"] == record["test_barrier_chord_loss"]
    assert measured["accuracy"] == record["test_accuracy_mid"]
    assert told["largest_change"] == record["equivalence_error"]
    text = merged(capsys, *files[:2], *WITH_DATA, *method, "--points", 5, "--force")
    assert f"accuracy on digits, test: {100 * measured['accuracy']:.2f} %" in text
    assert f"barrier: {measured['barrier']:.4f} nats" in text


def test_finishes_change_what_is_written(files: list[Path], capsys: pytest.CaptureFixture[str]):
    found = {}
    for finish in ("none", "repair", "rescale", "retrain(epochs=1)"):
        words = [w if w != "merged.safetensors" else f"{finish[:5]}.safetensors" for w in WITH_DATA]
        merged(capsys, *files[:2], *words, "--finish", finish, "--points", 3)
        found[finish] = load_file(f"{finish[:5]}.safetensors")
    assert all(each.keys() == found["none"].keys() for each in found.values())
    whole = {
        torch.cat([v.flatten() for v in each.values()]).numpy().tobytes() for each in found.values()
    }
    assert len(whole) == len(found)


def test_a_method_that_needs_data_says_so_and_one_that_has_it_runs(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    method = ("--method", "activation-matching")
    code, out, err = command(capsys, "merge", *files[:2], *WITHOUT_DATA, *method)
    assert (code, out) == (2, "")
    assert "activation-matching does not apply: it needs training data: name some with" in err
    assert not Path("merged.safetensors").exists()
    merged(capsys, *files[:2], *WITH_DATA, *method, "--points", 3)
    assert Path("merged.safetensors").exists()


def test_what_is_excluded_stays_each_network_s_own(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    """The merge has the first one's head; the aligned networks compute what they did."""
    text = merged(capsys, *files[:2], *WITHOUT_DATA, "--exclude", "5", "--aligned-out", "aligned")
    assert "proved: the aligned networks compute what they did" in text
    first, second, found = (load_file(f) for f in (*files[:2], "merged.safetensors"))
    for name in ("5.weight", "5.bias"):
        assert torch.equal(found[name], first[name])
    assert not torch.equal(found["3.weight"], first["3.weight"])
    moved = load_file("aligned/b.safetensors")
    assert torch.equal(moved["5.bias"], second["5.bias"])
    assert not torch.equal(moved["5.weight"], second["5.weight"]), "its columns follow the units"


def test_heads_of_other_classes(files: list[Path], capsys: pytest.CaptureFixture[str]):
    """`--network-args` for each checkpoint; the head is what `--exclude` names."""
    names: dict = {}
    exec(own_checkpoints.NETS, names)  # noqa: S102
    save_file(names["mlp"](classes=7).state_dict(), "seven.safetensors")
    each = ("--network-args", "{}", "--network-args", '{"classes": 7}')
    words = (files[0], "seven.safetensors", *WITHOUT_DATA, *each)
    code, out, err = command(capsys, "merge", *words)
    assert (code, out) == (2, "")
    assert "exclude=" in err
    assert not Path("merged.safetensors").exists()
    assert "proved:" in merged(capsys, *words, "--exclude", "5")
    assert load_file("merged.safetensors")["5.weight"].shape == (10, 16)
    swapped = ("seven.safetensors", files[0], *WITHOUT_DATA, "--exclude", "5.*", "--force")
    merged(capsys, *swapped, *each[2:], *each[:2])
    assert load_file("merged.safetensors")["5.weight"].shape == (7, 16)


TWO = """
def other(act="ReLU"):
    return nn.Sequential(*(getattr(nn, act)() if i == 2 else m for i, m in enumerate(mlp())))
"""


def test_arguments_that_make_two_functions(files: list[Path], capsys: pytest.CaptureFixture[str]):
    Path("nets.py").write_text(own_checkpoints.NETS + TWO)
    each = ("--network-args", "{}", "--network-args", '{"act": "Tanh"}', "--exclude", "5")
    words = (*files[:2], "--network", "nets.py:other", *WITHOUT_DATA[2:], *each)
    code, out, err = command(capsys, "merge", *words)
    assert (code, out) == (2, "")
    assert "needs networks of one function: relu in '2' in one is tanh in '2' in another" in err


def test_force_writes_over_files(files: list[Path], capsys: pytest.CaptureFixture[str]):
    shutil.copy(files[2], "merged.safetensors")
    before = load_file("merged.safetensors")
    merged(capsys, *files[:2], *WITHOUT_DATA, "--force")
    after = load_file("merged.safetensors")
    assert any(not torch.equal(before[n], after[n]) for n in before)


def test_inputs_from_a_file(files: list[Path], capsys: pytest.CaptureFixture[str]):
    save_file({"input": torch.zeros(2, 1, 8, 8)}, "x.safetensors")
    words = (*NET, "--input", "x.safetensors", "--out", "merged.safetensors")
    assert "proved:" in merged(capsys, *files[:2], *words)


@pytest.mark.slow
def test_a_library_says_what_its_networks_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from torchvision.models import squeezenet1_1

    monkeypatch.chdir(tmp_path)
    for seed in (0, 1):
        torch.manual_seed(seed)
        torch.save({"model": squeezenet1_1(num_classes=5).state_dict()}, f"{seed}.pt")
    words = ("--network", "torchvision:squeezenet1_1", "--network-args", '{"num_classes": 5}')
    code, out, err = command(capsys, "merge", "0.pt", "1.pt", *words, "--out", "m.pt")
    assert code == 0, err
    assert "basinbench: 0: of '0.pt' the part 'model' was taken" in err
    assert "compute what they did" in out
    squeezenet1_1(num_classes=5).load_state_dict(torch.load("m.pt", weights_only=True))
