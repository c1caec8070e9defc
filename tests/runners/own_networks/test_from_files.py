"""Merged from files that are never held: the tensors of the merge in memory, shard by shard."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import live_networks
import own_checkpoints
import pytest
import torch
from console import command
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import basinbench
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.own_networks import from_files, shards

SHAPE, CLASSES = live_networks.SHAPE, live_networks.CLASSES
EXAMPLE = torch.zeros(2, *SHAPE)


def maker(name: str) -> Callable[[], nn.Module]:
    architecture = (live_networks.ARCHITECTURES | live_networks.NESTED)[name]
    return lambda: architecture.build(SHAPE, CLASSES)


def written(folder: Path, name: str, dtype: torch.dtype) -> list[Path]:
    """Two networks as folders: the first in shards of its own, the second whole."""
    found = []
    for seed in (1, 2):
        path = folder / f"network{seed}"
        path.mkdir()
        params = live_networks.alive(live_networks.built(name)[0], seed)
        params = {n: v.to(dtype) if v.is_floating_point() else v + seed for n, v in params.items()}
        if seed == 2:
            save_file(params, path / "model.safetensors")
        else:
            names = list(params)
            halves = {"one.safetensors": names[::2], "two.safetensors": names[1::2]}
            for file, own in halves.items():
                save_file({n: params[n] for n in own}, path / file)
            places = {n: file for file, own in halves.items() for n in own}
            index = json.dumps({"weight_map": places})
            (path / "model.safetensors.index.json").write_text(index)
            (path / "config.json").write_text("{}")
        found.append(path)
    return found


def in_memory(name: str, paths: list[Path], **how: object) -> dict[str, Tensor]:
    module, symmetry = live_networks.built(name)
    networks = [basinbench.network(module, path, symmetry=symmetry) for path in paths]
    return basinbench.merge(*networks, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "dtype", "weights"),
    [
        ("mlp-bn", torch.bfloat16, (0.3, 0.7)),
        ("mlp-bn", torch.float32, (0, 1)),
        ("heads", torch.float16, (0.3, 0.7)),
        ("mlp", torch.float64, (0.3, 0.7)),
    ],
)
def test_the_tensors_are_those_of_the_merge_in_memory(
    name: str,
    dtype: torch.dtype,
    weights: tuple[float, float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(from_files, "BLOCK", 100)
    monkeypatch.setattr(from_files, "ROOM", 0)
    monkeypatch.setattr(shards, "SHARD", 2000)
    paths = written(tmp_path, name, dtype)
    method = WeightMatching(order="widest", sweeps=3)
    found = basinbench.merge_from_files(
        *paths,
        network=maker(name),
        example=EXAMPLE,
        out=tmp_path / "merged",
        method=method,
        weights=weights,
    )
    assert found.stats["sweeps"] > 1
    expected = in_memory(name, paths, method=method, weights=weights)
    merged = {n: v for path in found.written for n, v in load_file(path).items()}
    assert merged.keys() == expected.keys()
    assert all(
        torch.equal(merged[n], v) and merged[n].dtype == v.dtype for n, v in expected.items()
    )
    assert len(found.written) > 2
    config = tmp_path / "merged" / "config.json"
    assert all(path.stat().st_mode == config.stat().st_mode for path in found.written)
    again = basinbench.network(maker(name), tmp_path / "merged", example=EXAMPLE)
    assert again.params.keys() == merged.keys()


def test_plain_averages_and_inner_orders(tmp_path: Path):
    paths = written(tmp_path, "heads", torch.float32)
    for number, method in enumerate(("identity", "weight-matching(inner_orders=shared)")):
        found = basinbench.merge_from_files(
            *paths,
            network=maker("heads"),
            example=EXAMPLE,
            out=tmp_path / str(number),
            method=method,
        )
        expected = in_memory("heads", paths, method=method)
        merged = load_file(found.written[0])
        assert all(torch.equal(merged[n], v) for n, v in expected.items()), method


NET = ("--network", "nets.py:mlp", "--input", "1,8,8", "--from-files")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    return own_checkpoints.written(tmp_path, 3)


def test_the_command_writes_what_the_command_in_memory_writes(
    files: list[Path], capsys: pytest.CaptureFixture[str]
):
    words = ("merge", *files[:2], *NET, "--out", "merged", "--maps-out", "maps.safetensors")
    code, out, err = command(capsys, *words)
    assert code == 0, err
    assert "not proved" in out
    assert re.search(r"b: [\d,]+ of 32 units moved", out)
    whole = ("merge", *files[:2], *NET[:-1], "--out", "whole.safetensors")
    assert command(capsys, *whole, "--maps-out", "own.safetensors")[0] == 0
    expected, found = load_file("whole.safetensors"), load_file("merged/model.safetensors")
    assert all(torch.equal(found[n], v) for n, v in expected.items())
    a, b = (load_file(f"{name}.safetensors") for name in ("maps", "own"))
    assert a.keys() == b.keys()
    assert all(torch.equal(a[n], b[n]) for n in a)
    code, out, err = command(capsys, *words[:-3], "again", "--json")
    assert code == 0, err
    assert json.loads(out)["written"] == ["again/model.safetensors"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--out", "m.safetensors"), "goes to a folder of shards"),
        (("--out", "full"), "is not empty"),
        (("--out", "m", "--dataset", "digits"), "--dataset does not go with --from-files"),
        (("--out", "m", "--finish", "repair"), "--finish does not go with --from-files"),
        (("--out", "m", "--method", "otfusion-weights"), "looks at whole networks"),
        (("--out", "m", "--method", "weight-matching(start=greedy)"), "looks at whole networks"),
        (("c.safetensors", "--out", "m"), "two checkpoints are merged, not 3"),
        (("--out", "m", "--network-args", "{"), "is no JSON"),
        (("--out", "m", "--network-args", '{"width": 8}'), "has the shape"),
    ],
)
@pytest.mark.usefixtures("files")
def test_what_does_not_go_is_refused_in_a_sentence(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
):
    Path("full").mkdir()
    Path("full/file").write_text("")
    code, _, err = command(capsys, "merge", "a.safetensors", "b.safetensors", *words, *NET)
    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert not Path("m").exists()
    assert not list(Path().glob(".*.part"))


def test_what_cannot_be_mapped_is_refused(files: list[Path]):
    params = load_file(files[0])
    torch.save(params, "old.pt", _use_new_zipfile_serialization=False)
    torch.save(params, "new.pt")
    merge = partial(
        basinbench.merge_from_files,
        network="nets.py:mlp",
        example="1,8,8",
        method="identity",
        out="merged",
    )
    with pytest.raises(basinbench.UserError, match="cannot be read in pieces"):
        merge("old.pt", files[1])
    merge("new.pt", files[1])
    found, other = load_file("merged/model.safetensors"), load_file(files[1])
    assert all(torch.equal(v, (params[n] + other[n]) / 2) for n, v in found.items())


def test_a_merge_that_fails_leaves_nothing(files: list[Path]):
    params = load_file(files[1])
    save_file({n: v.half().fill_(6e4) if v.ndim == 1 else v for n, v in params.items()}, files[1])
    first = {n: v.half() for n, v in load_file(files[0]).items()}
    save_file(first, files[0])
    with pytest.raises(basinbench.UserError, match="too large for float16"):
        basinbench.merge_from_files(
            *files[:2], network="nets.py:mlp", example="1,8,8", out="merged", weights=(-1, 2)
        )
    assert not Path("merged").exists()
    assert not list(Path().glob(".*.part"))
