"""The shape of the code, a test for each rule: each names all files at fault at once."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

ROOT = next(p for p in Path(__file__).parents if (p / "pyproject.toml").exists())
MAY_IMPORT = {
    "methods": {"methods"},
    "datasets": {"datasets"},
    "results": {"results"},
    "runners": {"runners", "methods", "datasets", "results"},
    "reports": {"reports", "results"},
}
CALLS_REPORTS = ("runners/commands/report.py", "runners/commands/looks.py")
HEAVY = {"torch", "torchvision"}
PICKLERS = {"pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
MODULES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))
PACKAGE = [*MODULES, *sorted(ROOT.glob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))


@dataclass(frozen=True)
class Import:
    """`from {level dots}{module} import {names}`; for `import a.b` there are no names."""

    module: str
    level: int
    names: tuple[str, ...]
    for_types: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """All imports of a file, those within functions too."""
    for_types = {
        id(node)
        for block in ast.walk(tree(path))
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in chain.from_iterable(map(ast.walk, block.body))
    }
    found: list[Import] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, 0, (), id(node) in for_types) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Import(node.module or "", node.level, names, id(node) in for_types))
    return tuple(found)


def targets(path: Path, found: Import) -> Iterator[Path]:
    """The files that a relative import reads: modules, or the `__init__` of a folder."""
    folder = path.parents[found.level - 1].joinpath(*found.module.split("."))
    own = [folder.with_suffix(".py")] if found.module else []
    for name in found.names:
        places = [folder / f"{name}.py", folder / name / "__init__.py", *own]
        yield next((p for p in places if p.is_file()), folder / "__init__.py")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def none(faults: Sequence[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def test_the_rules_have_files_to_look_at():
    assert all((ROOT / room / "__init__.py") in MODULES for room in MAY_IMPORT)
    assert Path(__file__) in TESTS
    none([relative(p) for p in MODULES if not (p.parent / "__init__.py").exists()])


def test_imports_point_one_way():
    faults: list[str] = []
    for path in MODULES:
        room, *_ = path.relative_to(ROOT).parts
        may = MAY_IMPORT[room] | ({"reports"} if relative(path) in CALLS_REPORTS else set())
        reached = {t for i in imports(path) if i.level for t in targets(path, i)}
        outside = {t for t in reached if not t.is_relative_to(ROOT)}
        rooms = {t.relative_to(ROOT).parts[0] for t in reached - outside} & MAY_IMPORT.keys()
        faults += [f"{relative(path)} imports {other}" for other in sorted(rooms - may)]
        faults += [f"{relative(path)} reaches out of the package" for _ in outside]
    none(faults)


def test_no_module_imports_in_a_circle():
    """Not even through an import within a function; for types alone it may."""
    graph = {
        path: {t for i in imports(path) if i.level and not i.for_types for t in targets(path, i)}
        for path in MODULES
    }
    assert any(graph.values())
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_imports_within_the_package_are_relative_and_lead_somewhere():
    found = [(path, i) for path in PACKAGE for i in imports(path)]
    faults = [f"{relative(p)} imports {i.module}" for p, i in found if i.top == "basinbench"]
    for path, i in found:
        if i.level:
            missing = [t for t in targets(path, i) if not t.is_file()]
            faults += [f"{relative(path)} imports {t}, which there is not" for t in missing]
    none(faults)


def test_imports_in_tests_are_absolute():
    found = [(path, i) for path in TESTS for i in imports(path)]
    faults = [f"{relative(p)} imports with dots: {i.module}" for p, i in found if i.level]
    shadows = [(p, i) for p, i in found if not i.level and i.top in MAY_IMPORT]
    faults += [f"{relative(p)} imports {i.module}: name it basinbench.*" for p, i in shadows]
    none(faults)


def test_results_and_reports_need_no_torch():
    light = [p for p in MODULES if p.relative_to(ROOT).parts[0] in ("results", "reports")]
    none([f"{relative(p)} imports {i.module}" for p in light for i in imports(p) if i.top in HEAVY])


def test_no_file_is_longer_than_300_lines():
    lengths = {path: len(path.read_text().splitlines()) for path in (*PACKAGE, *TESTS)}
    none([f"{relative(path)} has {n} lines" for path, n in lengths.items() if n > 300])


def test_nothing_is_unpickled_but_weights_alone():
    faults = [
        f"{relative(p)} imports {i.module}"
        for p in PACKAGE
        for i in imports(p)
        if i.top in PICKLERS or (i.module, "load") in [("torch", name) for name in i.names]
    ]
    calls = [
        (path, node)
        for path in PACKAGE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("torch.load", "torch.serialization.load", "serialization.load")
    ]
    assert calls, "checkpoints of others are read"
    faults += [
        f"{relative(path)}:{node.lineno}: a file may hold code: weights_only=True"
        for path, node in calls
        if "weights_only=True" not in [ast.unparse(word) for word in node.keywords]
    ]
    none(faults)


def test_tests_are_no_package():
    none([relative(path) for path in TESTS if path.name == "__init__.py"])
    assert not (ROOT / "conftest.py").exists()
