"""The first page and the committed reports show what the committed results hold."""

import re

import pytest
from committed_results import ROOT, differing, grids, judged

from basinbench.reports.page.answer_page import write_answer_page
from basinbench.reports.page.verdict_page import table_of
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.headline import MARKS, headline, insert
from basinbench.reports.tabulation.peers import peer_table
from basinbench.results.peer_table import read_peers
from basinbench.results.report_folders import PROGRAMS, TAKEN

pytestmark = pytest.mark.slow

REPORTED = sorted({f.parent.name for f in ROOT.glob("reports/*/tables")} - set(TAKEN))


def test_the_first_page_shows_the_findings_of_the_committed_results():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    made = insert(page, headline(grids(), judged()))
    assert made == page, "run: python -m basinbench.reports.tabulation.headline results README.md"


def test_a_table_goes_between_the_marks_and_nowhere_else():
    assert insert(f"a\n{MARKS[0]}old\n{MARKS[1]}b\n", "new\n") == (
        f"a\n{MARKS[0]}\nnew\n\n{MARKS[1]}b\n"
    )
    with pytest.raises(ValueError, match="the page has no"):
        insert(f"a\n{MARKS[1]}b\n", "new\n")


@pytest.mark.parametrize("name", REPORTED)
def test_committed_tables_are_made_from_committed_results(name: str):
    (grid,) = (grid for grid in grids() if grid.name == name)
    for table in tables(grid):
        for file, text in table.files().items():
            path = ROOT / "reports" / name / "tables" / file
            assert not differing(path, text), f"run: basinbench report {name}"


def test_the_committed_table_of_other_programs_is_made_from_committed_results():
    table = peer_table(read_peers(ROOT / "results" / PROGRAMS))
    for file, text in table.files().items():
        path = ROOT / "reports" / PROGRAMS / "tables" / file
        assert not differing(path, text), "run: basinbench report"


def test_committed_verdicts_are_made_from_committed_results():
    for file, text in table_of(judged()).files().items():
        path = ROOT / "reports" / "verdicts" / "tables" / file
        assert not differing(path, text), "run: basinbench report"


def test_committed_findings_are_made_from_committed_results(tmp_path):
    for path in write_answer_page(grids(), judged(), tmp_path):
        if path.suffix != ".svg":  # figures differ by the version of what draws them
            kept = ROOT / "reports" / "findings" / path.relative_to(tmp_path)
            assert not differing(kept, path.read_text("utf-8")), "run: basinbench report"


def test_all_committed_results_are_reported():
    assert sorted(f.parent.name for f in ROOT.glob("results/*/cells.csv")) == REPORTED


def test_the_first_page_links_to_what_is_there():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    assert "reports/findings" in links
    assert [link for link in links if not (ROOT / link).exists()] == []
