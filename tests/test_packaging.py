"""What is installed is what the checkout shows, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]


def code() -> set[Path]:
    """Every module of the checkout but tests, builds and what is hidden (an environment)."""
    rooms = [
        folder
        for folder in ROOT.iterdir()
        if folder.is_dir() and folder.name[0] != "." and folder.name not in ("tests", "build")
    ]
    found = [*ROOT.glob("*.py"), *(path for room in rooms for path in room.rglob("*.py"))]
    return {path.relative_to(ROOT) for path in found}


def package_data() -> set[Path]:
    """What the package holds beside code: the mark of typed code, tables, parts of the web page."""
    tables = (*ROOT.glob("results/*/*.csv"), *ROOT.glob("results/*/tables.json"))
    numbers = ROOT.glob("runners/measuring/authors/*.safetensors")
    pages = (*ROOT.glob("reports/page/webpage*.[hcj]*"), *ROOT.glob("reports/page/guide.[hm]*"))
    found = [*tables, *numbers, *pages]
    return {Path("py.typed"), *(path.relative_to(ROOT) for path in found)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that no `build` folder is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    around = {Path("pyproject.toml"), Path("README.md"), Path("LICENSE"), Path("Makefile")}
    tests = {path.relative_to(ROOT) for path in ROOT.glob("tests/**/*.py")}
    for path in code() | package_data() | around | tests:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((ROOT / path).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, source]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = out.glob("*.whl")
    return path


def test_the_list_of_packages_names_every_folder_with_code():
    folders = {path.parent for path in code()}
    names = {".".join(("basinbench", *folder.parts)) for folder in folders}
    assert names == set(PACKAGES)
    assert all((ROOT / folder / "__init__.py").is_file() for folder in folders)


@pytest.mark.slow
def test_the_wheel_holds_basinbench_alone(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"basinbench"}
    shipped = {name for name in names if name.startswith("basinbench/")}
    assert shipped == {f"basinbench/{path.as_posix()}" for path in code() | package_data()}


@pytest.mark.slow
def test_every_module_imports_from_the_wheel(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    modules = sorted(
        ".".join(path.relative_to(tmp_path).with_suffix("").parts).removesuffix(".__init__")
        for path in tmp_path.glob("basinbench/**/*.py")
    )
    code = (
        "import importlib, sys\n"
        # an editable install's finder would answer for what the wheel lacks
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "import basinbench\n"
        f"assert basinbench.__file__.startswith({str(tmp_path)!r}), basinbench.__file__\n"
        "for name in dir(basinbench): getattr(basinbench, name)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_from_a_wheel_too_the_shipped_results_stand_beside_one_s_own(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    here = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "results" / "repair", here / "my-results" / "repair")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    command = [sys.executable, "-m", "basinbench", "report", "repair"]
    run = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "from my-results and the results that came with the package in my-reports" in run.stdout
    reports = {path.name for path in (here / "my-reports").iterdir()}
    assert reports == {"repair", "repair-shipped", "findings", "verdicts", "site"}
    assert {path.name for path in here.iterdir()} == {"my-results", "my-reports"}


GRID = """
plugins = ["own_things.py"]
dataset = "corner-spots"
recipe = "own-quick(epochs=1)"
seeds = "0-1"
network = "bottleneck(width=16)"
methods = ["identity", "norm-order"]
points = 5
"""


@pytest.mark.slow
def test_a_grid_of_unknown_things_runs_from_the_wheel_in_an_unrelated_folder(
    wheel: Path, tmp_path: Path
):
    """A network, a data set, a recipe and a method that the package does not know."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    work = tmp_path / "work"
    work.mkdir()
    shutil.copy(ROOT / "tests" / "support" / "own_things.py", work)
    (work / "mine.toml").write_text(GRID)
    code = (
        "import sys\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        "import basinbench\n"
        f"assert basinbench.__file__.startswith({str(tmp_path)!r}), basinbench.__file__\n"
        "from basinbench.runners.cli import main\n"
        "if __name__ == '__main__': sys.exit(main(sys.argv[1:]))\n"
    )
    (work / "command.py").write_text(code)
    run = subprocess.run(
        [sys.executable, "command.py", "run", "--grid", "mine.toml", "--home", "home"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("mine: 2 cells done, 0 skipped, 0 failed")
    assert (work / "my-results" / "mine" / "cells.csv").is_file()


def written(file: str, pattern: str) -> list[str]:
    return re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_citation_says_what_the_package_says():
    import basinbench

    project = PROJECT["project"]
    (author,) = project["authors"]
    assert written("CITATION.cff", r"^version: (.+)$") == [basinbench.__version__]
    assert written("CITATION.cff", r"^license: (.+)$") == [project["license"]]
    assert written("CITATION.cff", r"^  - name: (.+)$") == [author["name"]]
    assert written("CITATION.cff", r"^  - (?!name: )(.+)$") == project["keywords"]
    (abstract,) = written("CITATION.cff", r"^abstract: >-\n((?:  .+\n)+)")
    assert " ".join(abstract.split()) == project["description"]


def test_the_same_ruff_and_the_same_pythons_everywhere():
    (ruff,) = written("pyproject.toml", r'"(ruff==[\d.]+)"')
    hooks = written(".pre-commit-config.yaml", r'^ +additional_dependencies: \["(.+)"\]$')
    assert hooks == [ruff] * 2
    (oldest,) = written("pyproject.toml", r'^requires-python = ">=(.+)"$')
    (pythons,) = written(".github/workflows/ci.yml", r"^ +python: \[(.+)\]$")
    assert pythons.startswith(f'"{oldest}"')


def test_the_installed_pair_of_torch_and_torchvision_fits():
    import torch
    import torchvision

    kept = torchvision.ops.nms(torch.tensor([[0.0, 0, 1, 1]] * 2), torch.tensor([1.0, 0.5]), 0.5)
    assert kept.tolist() == [0]
