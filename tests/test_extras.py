"""What each use needs to be installed, and the sentence where it is not."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from basinbench.errors import EXTRAS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CORE = [Requirement(text).name for text in PROJECT["dependencies"]]
RUN, REPORT, MODELS, RAY, SLURM = (
    [Requirement(text).name for text in PROJECT["optional-dependencies"][extra]]
    for extra in ("run", "report", "models", "ray", "slurm")
)

INSTALLED = packages_distributions()

HIDE = """
import sys

class Only:
    "Finds the standard library and the modules in `allowed`, as if nothing else were installed."
    allowed = {allowed!r}

    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top[0] == "_" or top in sys.stdlib_module_names or top in self.allowed:
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Only, sys.meta_path)
"""


def modules(libraries: Iterable[str], whole: bool = True) -> set[str]:
    """The modules at the top level of `libraries` and, as a `whole`, of all that they need."""
    found, left = set[str](), {canonicalize_name(name) for name in libraries}
    while left - found:
        found |= (new := left - found)
        needed = [Requirement(text) for name in new for text in requires(name) or () if whole]
        here = [r for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
        left = {canonicalize_name(r.name) for r in here}
    return {
        module
        for module, owners in INSTALLED.items()
        if found & {canonicalize_name(owner) for owner in owners}
    }


def without_others(code: str, libraries: Iterable[str]) -> str:
    """What `code` prints in a process that has these `libraries` and what they need alone."""
    whole = HIDE.format(allowed=modules(libraries) | {"basinbench"}) + code
    command = [sys.executable, "-c", whole]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_methods_and_symmetries_need_torch_numpy_and_scipy_alone():
    code = """
import importlib, basinbench, torch
from torch import nn
from basinbench.methods.weight_matching import WeightMatching

first, second = (nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)) for _ in "ab")
symmetry = basinbench.trace(first, torch.zeros(2, 4))
networks = [basinbench.Network(m, dict(m.state_dict()), symmetry) for m in (first, second)]
problem = basinbench.Problem(tuple(networks))
alignment = WeightMatching().align(problem)
assert alignment.is_permutation
assert WeightMatching().merge(problem, alignment, [0.5, 0.5]).keys() == first.state_dict().keys()
for name in ("pandas", "rich", "safetensors", "sklearn", "torchvision"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        print(name)
"""
    hidden = without_others(code, ("torch", "numpy", "scipy"))
    assert hidden.split() == ["pandas", "rich", "safetensors", "sklearn", "torchvision"]


@pytest.mark.slow
def test_the_command_names_the_extra_that_a_verb_needs():
    code = """
from basinbench.runners.cli import main

sys.stderr = sys.stdout
for verb, *words in (["check", "identity"], ["list"], ["run", "quick"], ["report", "quick"]):
    print(verb, main([verb, *words]))
"""
    lines = without_others(code, CORE).splitlines()
    assert {"check 0", "list 0", "run 2", "report 2"} <= set(lines)
    run, report = (lines[lines.index(f"{verb} 2") - 1] for verb in ("run", "report"))
    assert run == (
        "basinbench: POT, pandas, pillow, pyarrow, scikit-learn and torchvision are not installed; "
        "pip install 'basinbench[run]' brings them"
    )
    assert report.startswith("basinbench: itables, matplotlib, ")
    assert report.endswith(" are not installed; pip install 'basinbench[report]' brings them")


USES = {
    "digits": ("basinbench.load('digits')", "scikit-learn", "run"),
    "a folder of parquet": ("basinbench.load('toy', root)", "pyarrow and pillow", "run"),
    "CIFAR-10": ("basinbench.load('cifar10', root)", "torchvision", "run"),
    "a network of torchvision": ("TorchvisionViT().build((1, 8, 8), 2)", "torchvision", "run"),
    "OTFusion": ("OTFusionWeights().match(torch.eye(2), torch.eye(2))", "POT", "run"),
    "tables of results": ("read_table(root)", "pandas", "report"),
}


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Python says to each of `USES` in a process without any extra."""
    root = tmp_path_factory.mktemp("data")
    for part in ("train", "test"):
        (root / "toy" / f"{part}-0.parquet").parent.mkdir(exist_ok=True)
        (root / "toy" / f"{part}-0.parquet").touch()
    code = f"""
import json, torch, basinbench
from pathlib import Path
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.results.store import read_table
from basinbench.runners.networks.torchvision import TorchvisionViT

root, said = Path({str(root)!r}), {{}}
for use, code in { ({use: code for use, (code, *_) in USES.items()})!r}.items():
    try:
        eval(code)
    except basinbench.UserError as error:
        said[use] = str(error)
try:
    basinbench.load("mnist", root)
except FileNotFoundError as error:
    said["MNIST"] = str(error)
try:
    import basinbench.reports.wording.style
except basinbench.UserError as error:
    said["reports"] = str(error)
print(json.dumps(said))
"""
    return json.loads(without_others(code, CORE))


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_a_use_names_the_library_and_its_extra(sentences: dict[str, str], use: str):
    _, library, extra = USES[use]
    are, them = ("are", "them") if " and " in library else ("is", "it")
    assert sentences[use] == (
        f"{library} {are} not installed; pip install 'basinbench[{extra}]' brings {them}"
    )


@pytest.mark.slow
def test_the_reports_and_a_download_name_their_extra_as_well(sentences: dict[str, str]):
    assert sentences["reports"].endswith("pip install 'basinbench[report]' brings them")
    reason = "(torchvision is not installed; pip install 'basinbench[run]' brings it)"
    assert reason in sentences["MNIST"]


def test_extras_bring_what_the_sentences_promise():
    declared = {"run": RUN, "report": REPORT, "models": MODELS, "ray": RAY, "slurm": SLURM}
    assert {extra: sorted(names.values()) for extra, names in EXTRAS.items()} == {
        extra: sorted(names) for extra, names in declared.items()
    }
    for extra, names in EXTRAS.items():
        for module, library in names.items():
            if extra in {"run", "report"} or module in INSTALLED:
                assert module in modules([library], whole=False)


def imported(path: Path) -> set[str]:
    """The modules at the top level of other libraries that a file imports, within functions too."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    names += [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and not n.level]
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


@pytest.mark.parametrize("room", ["methods", "datasets", "results", "runners", "reports"])
def test_what_is_imported_is_declared(room: str):
    """For the package itself, or for the extra of the verb that is about this folder."""
    extra = REPORT if room == "reports" else [*RUN, *RAY, *SLURM]
    known = modules([*CORE, *extra], whole=False)
    for path in (ROOT / room).rglob("*.py"):
        assert imported(path) <= known, path
