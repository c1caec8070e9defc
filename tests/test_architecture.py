"""The shape of the code: imports point one way, files are short."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("methods", "datasets", "results", "runners", "reports")
MAY_IMPORT = {
    "methods": {"methods"},
    "datasets": {"datasets"},
    "results": {"results"},
    "runners": {"runners", "methods", "datasets", "results"},
    "reports": {"reports", "results"},
}
HEAVY = {"torch", "torchvision"}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
CODE = sorted([*MODULES, *ROOT.glob("*.py"), *(ROOT / "tests").rglob("*.py")])


def imports(path: Path, types: bool = True) -> Iterator[tuple[str, int]]:
    """Each imported module with its level: the number of leading dots.

    Without `types` those are left out that only a type checker sees.
    """
    tree = ast.parse(path.read_text())
    if not types:
        tree.body = [n for n in tree.body if not ast.unparse(n).startswith("if TYPE_CHECKING:")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module is None:
                yield from ((alias.name, node.level) for alias in node.names)
            else:
                yield node.module, node.level


def room_of(path: Path, module: str, level: int) -> str:
    """The room that a relative import from `path` reaches; "" for the root."""
    folder = path.relative_to(ROOT).parent.parts
    assert level <= len(folder) + 1, f"{path} reaches out of the package"
    parts = [*folder[: len(folder) - (level - 1)], *module.split(".")]
    return parts[0] if parts[0] in ROOMS else ""


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_imports_point_one_way(path: Path):
    room = path.relative_to(ROOT).parts[0]
    reached = {room_of(path, module, level) for module, level in imports(path) if level}
    if path.name == "verb_report.py":  # the command line alone calls the reports
        reached.discard("reports")
    assert reached - {""} <= MAY_IMPORT[room]


def test_no_module_imports_in_a_circle():
    """Not even through an import within a function; for types alone it may."""
    graph = {path: set[Path]() for path in MODULES}
    for path, reached in graph.items():
        for module, level in imports(path, types=False):
            if level:
                reached.add(path.parents[level - 1].joinpath(*module.split(".")).with_suffix(".py"))
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("path", [*MODULES, *ROOT.glob("*.py")], ids=identify)
def test_imports_within_the_package_are_relative(path: Path):
    assert not [module for module, level in imports(path) if not level and "basinbench" in module]


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=identify)
def test_imports_in_tests_are_absolute(path: Path):
    assert not [module for module, level in imports(path) if level]
    shadows = {module for module, _ in imports(path) if module.partition(".")[0] in ROOMS}
    assert not shadows, "name them basinbench.*"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parent.name in ("reports", "results")], ids=identify
)
def test_results_and_reports_need_no_torch(path: Path):
    assert not {module.partition(".")[0] for module, _ in imports(path)} & HEAVY


@pytest.mark.parametrize("path", CODE, ids=identify)
def test_no_file_is_longer_than_300_lines(path: Path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", [*MODULES, *ROOT.glob("*.py")], ids=identify)
def test_nothing_is_unpickled(path: Path):
    modules = {module for module, _ in imports(path)}
    assert not modules & {"pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) != ("torch", "load"), "checkpoints are safetensors"


def test_tests_are_no_package():
    assert not (ROOT / "tests" / "__init__.py").exists()
    assert not (ROOT / "conftest.py").exists()
