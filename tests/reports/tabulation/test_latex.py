"""Tables for a paper: every text is printed as it reads, and nothing stops LaTeX."""

import re
import shutil
import subprocess

import pandas as pd
import pytest
from analytic_records import HEIGHTS, PAIRS, missing, record

from basinbench.reports.data.grid import read_grid
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.latex import tabular, text
from basinbench.reports.tabulation.table import Section, Table
from basinbench.results.store import gather

NASTY = r"ValueError: 100 % of $x_1^2$ & \{a, b\} #3 ~ <|> "
SIGNS = "−0.20 [−0.30, ∞] 2 µs – σ₀ γ λ × é 漢"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> list[Table]:
    folder = tmp_path_factory.mktemp("latex")
    cells = [record(m, p) for m in HEIGHTS for p in PAIRS]
    gather([*cells, missing("pfnm", "0-1", "none", "failed", NASTY + SIGNS)], folder)
    return tables(read_grid(folder))


def test_every_section_is_a_tabular_with_its_caption_in_a_comment(built):
    for table in built:
        found = table.latex()
        assert found.count(r"\begin{tabular}") == found.count(r"\bottomrule")
        assert found.count(r"\bottomrule") == len(table.sections) > 0
        for section in table.sections:
            assert f"% {text(section.heading)}. {text(section.caption)}\n" in found
            assert section.latex().count(r"\\") == 1 + len(section.rows)


def test_special_characters_are_escaped(built):
    outcomes = next(table for table in built if table.name == "outcomes").latex()
    assert r"ValueError: 100 \% of \$x\_1\textasciicircum 2\$ \& \textbackslash \{a, b" in outcomes
    assert (
        r"\textless{}\textbar{}\textgreater{} $-$0.20 [$-$0.30, $\infty$] 2 $\mu$s -- " in outcomes
    )
    for table in built:
        for line in table.latex().splitlines():
            words = line.removeprefix("% ")
            assert not re.search(r"(?<!\\)[%#~<>|\"]", words), line
            assert all(ord(sign) < 0x250 for sign in words), line
            if not line.startswith("%") and line.endswith(r"\\"):
                columns = len(re.findall(r"(?<!\\)&", line))
                assert columns > 2


def test_a_cell_cannot_be_taken_for_an_option_of_the_line_before():
    shown = tabular(
        pd.DataFrame({"*": ["[1em]", "*", "*whole*"], "n": ["1", "2", "3"]}), [False, True]
    )
    rows = [line for line in shown.splitlines() if line.endswith(r"\\")]
    assert rows == [r"{}* & n \\", r"{}[1em] & 1 \\", r"{}* & 2 \\", r"\emph{whole} & 3 \\"]
    assert r"\begin{tabular}{lr}" in shown


def test_a_section_without_rows_is_its_comment_alone():
    assert Section("", "0 % done", pd.DataFrame(), "a_b").latex() == "% 0 \\% done. a\\_b\n"


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no LaTeX here")
def test_the_tables_compile(built, tmp_path):
    body = "\n".join(table.latex() for table in built)
    page = f"\\documentclass{{article}}\\usepackage{{booktabs}}\n\\begin{{document}}\n{body}"
    (tmp_path / "page.tex").write_text(page + "\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:]
