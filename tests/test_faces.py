"""The public names of every package: the same for Python and for type checkers."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = next(p for p in Path(__file__).parents if (p / "pyproject.toml").exists())
ROOMS = ("methods", "datasets", "results", "runners", "reports")
FACES = [ROOT / "__init__.py", *(f for room in ROOMS for f in ROOT.glob(f"{room}/**/__init__.py"))]
PACKAGES = {".".join(("basinbench", *f.parent.relative_to(ROOT).parts)): f for f in sorted(FACES)}


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_are_the_same_for_python_and_for_type_checkers(name: str):
    package = import_module(name)
    tree = ast.parse(PACKAGES[name].read_text())
    faces = {
        alias.asname: "." * node.level + (node.module or "")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.asname == alias.name
    }
    if hasattr(package, "_HOMES"):
        assert faces == package._HOMES
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = package.nonsense
    assert faces.keys() <= set(dir(package))
    for public, home in faces.items():
        assert getattr(package, public) is getattr(import_module(home, name), public)


def test_the_faces_of_large_folders_load_nothing_before_it_is_asked_for():
    heavy = ("torch", "numpy", "pandas", "matplotlib")
    code = (
        "import sys, basinbench, basinbench.methods, basinbench.methods.plugins, "
        f"basinbench.runners, basinbench.reports; print(*sys.modules.keys() & {set(heavy)!r})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"
