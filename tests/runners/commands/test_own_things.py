"""One file with a network, a data set, a recipe, a finish, a method and a grid of one's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from console import command

from basinbench.datasets.catalogue import load, names
from basinbench.datasets.digest import digest
from basinbench.errors import UserError
from basinbench.plugin_files import plugins
from basinbench.runners.finishes import finishes
from basinbench.runners.grids.named import grid
from basinbench.runners.grids.notation.vocabulary import networks_of, recipes_of
from basinbench.runners.keys import description, key
from basinbench.runners.networks.catalogue import families
from basinbench.runners.training.recipes import recipes

OWN = Path(__file__).parents[2] / "support" / "own_things.py"
Call = Callable[..., tuple[int, str, str]]

GRID = """\
plugins = ["own_things.py"]
dataset = "corner-spots"
recipe = "own-quick(epochs=1)"
seeds = ["0-1", "0-1-2"]
network = "bottleneck(width=[16, 20])"
methods = ["identity", "norm-order", "weight-matching(sweeps=1)"]
finishes = ["none", "shrink(by=0.5)"]
points = 5
"""


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    shutil.copy(OWN, tmp_path)
    (tmp_path / "mine.toml").write_text(GRID)
    return lambda *words: command(capsys, *words)


def test_everything_is_known_within_and_nothing_outside():
    with plugins([OWN]):
        assert "bottleneck" in families()
        assert "corner-spots" in names()
        assert "shrink" in finishes()
        assert "own-quick" in recipes()
        assert len(grid("own-grid").cells()) == 8
        assert load("corner-spots").classes == 4
        assert networks_of("bottleneck(neck=4, width=8)")[0].name == "bottleneck(neck=4, width=8)"  # type: ignore[union-attr]
        assert recipes_of("own-quick(epochs=3)")[0].label == "own-quick(epochs=3)"  # type: ignore[union-attr]
    assert "bottleneck" not in families()
    assert "corner-spots" not in names()
    assert "shrink" not in finishes()
    assert "own-quick" not in recipes()
    with pytest.raises(UserError):
        grid("own-grid")


def test_the_digest_of_the_file_is_in_the_keys_of_networks_and_finishes(tmp_path: Path):
    other = tmp_path / "other.py"
    other.write_text(OWN.read_text() + "\n# edited\n")
    found = []
    for file in (OWN, other):
        with plugins([file]):
            values = families()["bottleneck"](), finishes()["shrink"]()
            assert all('"digest":' in description(value) for value in values)
            found.append([key(value) for value in values])
    assert not set(found[0]) & set(found[1])


def test_the_digest_of_a_data_set_is_that_of_its_pixels(tmp_path: Path):
    texts = {
        "as it is": OWN.read_text(),
        "with a comment": OWN.read_text() + "\n# edited\n",
        "with other pixels": OWN.read_text().replace("+= 120", "+= 121"),
    }
    found: dict[str, str | None] = {}
    for name, text in texts.items():
        file = tmp_path / "own.py"
        file.write_text(text)
        with plugins([file]):
            found[name] = digest("corner-spots")
    assert found["as it is"] is not None
    assert found["as it is"] == found["with a comment"]
    assert found["as it is"] != found["with other pixels"]


@pytest.mark.slow
def test_check_judges_each_kind(call: Call):
    code, out, err = call("check", "own_things.py")
    assert (code, err) == (0, "")
    for title in (
        "norm-order [an example]",
        "network bottleneck",
        "data set corner-spots",
        "finish shrink",
        "recipe own-quick",
        "grid own-grid",
    ):
        assert title in out
    assert "failed" not in out


FAULTS = {
    "a network with other logits": (
        ("nn.Linear(self.width, classes)", "nn.Linear(self.width, 9)"),
        "3 images and 7 classes give (3, 9), not (3, 7)",
    ),
    "a network of other weights each time": (
        (
            "        channels, height, width = shape\n",
            "        channels, height, width = shape\n        torch.seed()\n",
        ),
        "built twice it has other weights",
    ),
    "a data set of another name": (
        ('dataset("corner-spots"', 'dataset("spots"'),
        "it calls itself 'spots'; call it 'corner-spots'",
    ),
    "a data set that is never the same": (
        ("torch.Generator().manual_seed(0)", "torch.Generator(); draw.seed()"),
        "made twice it has other pixels",
    ),
    "a finish that changes the merge": (
        ("n: v * self.by", "n: v.mul_(self.by)"),
        "it changed what it was handed: work on copies",
    ),
    "a finish of another form": (
        ("n: v * self.by", "n: v.half()"),
        "is float16, where float32 would fit",
    ),
    "a recipe that diverges": (
        ("epochs=2)", "epochs=2, optimiser=replace(recipe('cifar-short').optimiser, lr=1e9))"),
        "diverged: the mean loss of epoch 1 is",
    ),
    "a grid without cells": (("pairs=((0, 1), (2, 3))", "pairs=()"), "it has no cells"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", FAULTS)
def test_check_finds_what_is_wrong(case: str, call: Call):
    (right, wrong), sentence = FAULTS[case]
    text = Path("own_things.py").read_text()
    assert right in text
    Path("own_things.py").write_text(text.replace(right, wrong))
    code, out, _ = call("check", "own_things.py", "--align-budget", "10s")
    assert code == 1
    assert sentence in " ".join(out.split())


def test_two_of_one_name_are_refused(call: Call):
    text = Path("own_things.py").read_text()
    for right, wrong, sentence in (
        ('"bottleneck"', '"mlp"', "two networks are called 'mlp'"),
        ('"shrink"', '"none"', "two finishes are called 'none'"),
        ('name="own-quick"', 'name="mnist-short"', "two recipes are called 'mnist-short'"),
        ('Grid("own-grid"', 'Grid("quick"', "two grids are called 'quick'"),
        ("corner_spots", "digits", "two data sets are called 'digits'"),
    ):
        Path("own_things.py").write_text(text.replace(right, wrong))
        code, _, err = call("check", "own_things.py")
        assert code == 2
        assert sentence in err


@pytest.mark.slow
def test_a_grid_file_in_an_unrelated_folder_with_worker_processes(call: Call, tmp_path: Path):
    """In a process of its own, since nothing here may know of the file."""
    del call  # only for its folder
    done = subprocess.run(
        [
            *(sys.executable, "-m", "basinbench", "run", "--grid", "mine.toml"),
            *("--workers", "2", "--results", "out", "--home", "home"),
        ],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "BASINBENCH_PLUGINS"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mine: 20 cells done, 4 skipped, 0 failed")
    rows = pd.read_csv(tmp_path / "out" / "mine" / "cells.csv")
    assert set(rows["network_family"]) == {"bottleneck"}
    assert set(rows["dataset"]) == {"corner-spots"}
    assert set(rows["method"]) == {"identity", "norm-order", "weight-matching"}
    assert set(rows["finish"]) == {"none", "shrink"}
    skipped = rows[rows["status"] == "skipped"]
    assert set(skipped["reason"]) == {"takes pairs only, not 3 networks"}
    assert set(skipped["method"]) == {"norm-order"}
