"""The guides work: the commands of README.md and CONTRIBUTING.md are run on the files shown."""

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from console import command
from pandas.compat._optional import VERSIONS
from PIL import Image

from basinbench.results.record import Record
from basinbench.results.store import gather

ROOT = Path(__file__).parents[1]
Call = Callable[..., tuple[int, str, str]]

FILE = re.compile(r"`(\w+\.(?:py|toml))`:\n\n```(?:python|toml)\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)
ELSEWHERE = {"The committed results"}
"""Sections whose commands write into the checkout."""


def sections(page: str) -> dict[str, str]:
    """Title -> text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


GUIDES = {
    title: text
    for title, text in sections("CONTRIBUTING.md").items()
    if COMMANDS.search(text) and title not in ELSEWHERE
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all guides: networks are trained once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, home: Path
) -> Iterator[Call]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(home))
    path = list(sys.path)
    yield lambda *words: command(capsys, *words)
    sys.path[:] = path


def run(call: Call, line: str, *more: str) -> str:
    """What a command of a page prints; it may write that to a file."""
    program, *words = shlex.split(line, comments=True)
    assert program == "basinbench"
    target = words[words.index(">") + 1] if ">" in words else None
    if target:
        words = words[: words.index(">")]
    code, out, err = call(*words, *more)
    assert (code, err) == (0, ""), f"{line}: {out}"
    if target:
        Path(target).write_text(out, encoding="utf-8")
    return out


def test_every_kind_of_thing_has_a_guide():
    kinds = {"A method", "A network", "A data set", "A recipe", "A finish", "A grid"}
    assert kinds <= set(GUIDES)
    assert len(FILE.findall(GUIDES["A grid"])) == 1


def test_no_file_of_a_guide_is_called_as_a_module_that_a_library_looks_for():
    names = {name.partition(".")[0] for text in GUIDES.values() for name, _ in FILE.findall(text)}
    assert not names & ({*VERSIONS} | sys.stdlib_module_names)
    assert not [name for name in names if find_spec(name)]


@pytest.mark.slow
@pytest.mark.parametrize("title", GUIDES)
def test_a_guide_from_nothing_to_its_rows(title: str, call: Call, home: Path):
    """In a folder with the files of all guides; what is there already is kept the second time."""
    for text in GUIDES.values():
        for name, content in FILE.findall(text):
            Path(name).write_text(content, encoding="utf-8")
    lines = [line for block in COMMANDS.findall(GUIDES[title]) for line in block.splitlines()]
    said = {line: run(call, line) for line in lines}
    runs = [said[line] for line in lines if line.split()[1] == "run" and "--dry-run" not in line]
    assert runs
    assert all(", 0 failed, " in out for out in runs), runs
    for line in said:
        if line.split()[1] == "run" and "--dry-run" not in line:
            assert ": 0 cells done, 0 skipped, 0 failed, " in run(call, line), "all were kept"
    if title == "A method":
        has_its_rows(home)


def has_its_rows(home: Path) -> None:
    """The method of the guide is merged with on pairs, skipped on triples, and in a table."""
    assert len(Path("norm_matching.py").read_text().splitlines()) <= 20
    rows = [json.loads(path.read_text()) for path in (home / "cells").glob("*.json")]
    own = {row["seeds"]: row for row in rows if row["method"] == "norm-matching"}
    assert {seeds for seeds, row in own.items() if row["status"] == "done"} == {
        *("0-1", "0-2", "0-3", "1-2", "1-3", "2-3")
    }
    triples = [row for row in own.values() if row["networks"] == 3]
    assert {row["reason"] for row in triples} == {"takes pairs only, not 3 networks"}
    tables = [path.read_text() for path in Path("my-reports/quick/tables").glob("*.md")]
    assert any("Norm matching" in table for table in tables)


GUIDE = "reports/page/guide.md"


@pytest.mark.slow
def test_the_guide_to_one_s_own_networks(call: Call):
    """All of it in order: its files, its commands, its Python."""
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        Path(name).write_text(content, encoding="utf-8")
    subprocess.run([sys.executable, "train.py"], check=True)
    lines = [line for block in COMMANDS.findall(text) for line in block.splitlines()]
    verbs = [line.split()[1] for line in lines]
    assert verbs == ["explain", "compare", "report", "merge", "merge"]
    for line in lines:
        code, out, err = call(*shlex.split(line)[1:])
        assert code == 0, f"{line}: {out} {err}"
        assert "warning" not in err
    assert {path.name for path in Path("aligned").iterdir()} == {"seed0.pt", "seed1.pt"}
    *_, python = PYTHON.findall(text)
    names: dict[str, Any] = {}
    sys.path.insert(0, str(Path.cwd()))
    exec(python, names)  # noqa: S102
    assert list(names["table"]["status"]) == ["done"] * 4


METHOD = """
import basinbench

@basinbench.method(paper="an example", recovers=False)
def mine(problem):
    return [{} for _ in problem.networks]
"""


@pytest.mark.slow
def test_the_commands_of_the_readme(call: Call):
    """Those that would run for minutes are run dry, and no report is made of nothing.

    What they say of machines and engines is said of a few cells: a large grid is counted once.
    """
    Path("mine.py").write_text(METHOD)
    text = sections("README.md")["Run it"]
    lines = re.findall(r"^    (basinbench .+)$", text, re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        if line.startswith("basinbench report"):
            continue
        if line.startswith("basinbench gather"):
            skipped = Record({"cell": "a", "status": "skipped", "reason": "elsewhere"})
            gather([skipped], Path(line.split()[2]) / "quick")
        if "cuda:1" in line and torch.cuda.device_count() < 2:
            line = line.replace("cuda:0,cuda:1", "cpu,cpu")
        dry = line.startswith("basinbench run") and "--dry-run" not in line
        few = line.startswith("basinbench run claims")
        more = ["--dry-run"] * dry + ["--network", "mlp-32x2", "--seed", "0-1"] * few
        assert run(call, line, *more)


def toy_cifar(root: Path) -> None:
    """Sixty images of noise under the name of the data set that the README uses."""
    draw = torch.Generator().manual_seed(0)
    for part in ("train", "test"):
        images = []
        for _ in range(60):
            pixels = torch.randint(256, (32, 32, 3), generator=draw, dtype=torch.uint8)
            content = io.BytesIO()
            Image.fromarray(pixels.numpy()).save(content, "PNG")
            images.append({"bytes": content.getvalue(), "path": None})
        table = pa.table({"image": images, "label": [i % 10 for i in range(60)]})
        (root / "cifar10-small").mkdir(parents=True, exist_ok=True)
        pq.write_table(table, root / "cifar10-small" / f"{part}-0.parquet")


@pytest.mark.slow
def test_the_readme_on_one_s_own_networks(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Its commands and its Python, on untrained networks and images of noise."""
    from torchvision.models import resnet18

    toy_cifar(tmp_path / "data")
    monkeypatch.setenv("BASINBENCH_DATA", str(tmp_path / "data"))
    for seed in (0, 1):
        torch.manual_seed(seed)
        torch.save({"model": resnet18(num_classes=10).state_dict()}, f"seed{seed}.pt")
    text = sections("README.md")["Your own networks"]
    lines = re.findall(r"^    (basinbench .+)$", text, re.MULTILINE)
    assert {line.split()[1] for line in lines} == {"compare", "merge", "explain"}
    for line in lines:
        code, out, err = call(*shlex.split(line, comments=True)[1:])
        assert code == 0, f"{line}: {out} {err}"
    assert set(torch.load("merged.pt", weights_only=True)) == set(resnet18().state_dict())
    (python,) = PYTHON.findall(text)
    names: dict[str, Any] = {}
    with pytest.warns(UserWarning, match="images are normalised by"):
        exec(python, names)  # noqa: S102
    assert set(names["table"]["status"]) == {"done"}
