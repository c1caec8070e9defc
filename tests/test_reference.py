"""`make docs`: the reference has every public name, with what its docstring says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import basinbench
from basinbench import methods
from basinbench.reports.page.guide import GUIDE, guide_page

ROOT = Path(__file__).parents[1]


def test_every_public_name_says_what_it_is():
    for package in (basinbench, methods):
        assert package.__all__ == sorted(package._HOMES)
        silent = [name for name in package.__all__ if not getattr(package, name).__doc__]
        assert not silent


@pytest.mark.slow
def test_the_reference_has_every_public_name(tmp_path: Path):
    pytest.importorskip("pdoc")
    listed = subprocess.run(
        ["make", "--dry-run", "docs"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (line,) = re.findall(r"-m pdoc --output-directory \S+ (.+)$", listed, re.MULTILINE)
    command = [sys.executable, "-m", "pdoc", "--output-directory", tmp_path, *line.split()]
    subprocess.run(command, check=True, cwd=tmp_path)
    for package, page in ((basinbench, "basinbench.html"), (methods, "basinbench/methods.html")):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert set(package.__all__) <= set(re.findall(r'id="(\w+)"', text))
    assert "the lowest barrier" in (tmp_path / "basinbench.html").read_text(encoding="utf-8")


def test_the_guide_is_a_page_of_the_site():
    page = guide_page()
    titles = re.findall(r"^## (.+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(titles) >= 5
    assert all(f"<h2>{title}</h2>" in page for title in titles)
    assert "basinbench compare seed0.pt seed1.pt" in page
    assert '<a href="index.html">' in page
