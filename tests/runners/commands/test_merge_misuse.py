"""`basinbench merge` given what it cannot do: one sentence, and nothing is written."""

from pathlib import Path

import own_checkpoints
import pytest
from console import command


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 3)


MISUSES = {
    "nothing of that name": (("--exclude", "tail"), "exclude='tail' names no tensor or module"),
    "nothing left": (("--exclude", "*"), "exclude leaves nothing to be merged"),
    "parts of their own and data": (
        ("--exclude", "5", "--dataset", "digits"),
        "give no --dataset beside --exclude",
    ),
    "arguments for three of two": (
        ("--network-args", "{}") * 3,
        "once for each of the 2 checkpoints, not 3 times",
    ),
    "parts of their own and files": (
        ("--from-files", "--exclude", "5", "--out", "folder"),
        "--exclude does not go with --from-files",
    ),
    "one checkpoint": (("a.safetensors",), "two checkpoints or more"),
    "weights that are no numbers": (("--weights", "a,b"), "--weights are numbers"),
    "too few weights": (("--weights", "1"), "1 weights do not fit 2 networks"),
    "weights that make no mean": (("--weights", "0.3,0.3"), "add up to 0.6"),
    "weights that are not finite": (("--weights", "nan,1"), "must be finite"),
    "a finish without data": (("--finish", "reset"), "needs images: name some with --dataset"),
    "a normalisation without data": (("--normalise", "unit"), "--normalise is of what is measured"),
    "a recipe without data": (("--recipe", "digits-short"), "--recipe is of what is measured"),
    "points without data": (("--points", "5"), "--points is of what is measured"),
    "points and files": (
        ("--from-files", "--points", "5", "--out", "folder"),
        "--points does not go with --from-files",
    ),
    "an input beside data": (
        ("--input", "1,8,8", "--dataset", "digits"),
        "--input and --dataset both say what the networks take",
    ),
    "probabilities": (
        ("--network", "nets.py:probabilities", "--dataset", "digits"),
        "gives probabilities, each row of which adds up to 1",
    ),
    "another function of more": (
        ("--network", "nets.py:flipping"),
        "with inputs of the size 3 x 1 x 8 x 8 Sequential computes another function",
    ),
    "another function of more images": (
        ("--network", "nets.py:flipping", "--network-args", '{"most": 70}', "--dataset", "digits"),
        "computes another function than with the example",
    ),
    "chance": (("--network", "nets.py:dropping"), "Sequential is random in evaluation mode"),
    "chance on images": (
        ("--network", "nets.py:dropping", "--dataset", "digits"),
        "nets.py:dropping is random in evaluation mode",
    ),
    "a finish that does not apply": (
        ("--finish", "reset", "--dataset", "digits"),
        "has no batch norm whose statistics",
    ),
    "two methods": (("--method", "identity,zipit"), "one method is due, not 2"),
    "no such method": (("--method", "wm"), "unknown method 'wm'"),
    "another ending": (("--out", "merged.txt"), "ends in .safetensors"),
    "over its own input": (("--out", "a.safetensors", "--force"), "checkpoints that are read"),
    "twice the same file": (
        ("--out", "m.safetensors", "--maps-out", "m.safetensors"),
        "written twice",
    ),
    "over a file": (("--out", "c.safetensors"), "is there already; --force writes over it"),
    "below a file": (("--out", "nets.py/m.safetensors"), "is no folder"),
    "maps of another form": (("--maps-out", "maps.json"), "--maps-out ends in .safetensors"),
    "an input that is none": (("--input", "big"), "is no input"),
    "an input that does not fit": (("--input", "3,9,9"), "Sequential"),
    "an absent input": (("--input", "x.safetensors"), "no file x.safetensors"),
    "nothing said of the input": ((), "nothing says what nets.py:mlp takes: give --input"),
}


@pytest.mark.parametrize("what", MISUSES)
def test_a_misuse_is_one_sentence(
    what: str, files: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    words, sentence = MISUSES[what]
    given = [*words] if words[:1] == ("a.safetensors",) else [*files[:2], *words]
    defaults = {"--network": "nets.py:mlp", "--out": "merged.safetensors"}
    if "nothing said" not in what and "--dataset" not in given:
        defaults["--input"] = "1,8,8"
    for option, value in defaults.items():
        given += [] if option in given else [option, value]
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*")}
    code, out, err = command(capsys, "merge", *given)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.startswith("basinbench: ")
    assert len([line for line in err.splitlines() if "normalised by" not in line]) <= 2
    assert {path: path.read_bytes() for path in tmp_path.glob("*.*")} == before
