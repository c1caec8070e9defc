"""The first page and the committed reports show what the committed results hold."""

import re
from pathlib import Path

import pytest

from basinbench.reports.grid import read
from basinbench.reports.headline import MARKS, headline, insert
from basinbench.reports.tables import tables

ROOT = Path(__file__).parents[1]
REPORTED = sorted(folder.parent.name for folder in ROOT.glob("reports/*/tables"))


def test_the_first_page_shows_the_results_of_the_mnist_grid():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    made = insert(page, headline(read(ROOT / "results" / "mnist")))
    assert made == page, "run: python -m basinbench.reports.headline results/mnist README.md"


def test_a_table_goes_between_the_marks_and_nowhere_else():
    assert insert(f"a\n{MARKS[0]}old\n{MARKS[1]}b\n", "new\n") == (
        f"a\n{MARKS[0]}\nnew\n\n{MARKS[1]}b\n"
    )
    with pytest.raises(ValueError, match="the page has no"):
        insert(f"a\n{MARKS[1]}b\n", "new\n")


@pytest.mark.parametrize("name", REPORTED)
def test_committed_tables_are_made_from_committed_results(name: str):
    for table in tables(read(ROOT / "results" / name)):
        for file, text in table.files().items():
            path = ROOT / "reports" / name / "tables" / file
            assert path.read_bytes() == text.encode(), f"run: basinbench report {name}"


def test_the_first_page_links_to_what_is_there():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    assert "reports/mnist" in links
    assert [link for link in links if not (ROOT / link).exists()] == []
