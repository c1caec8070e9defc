"""Whatever a plug-in, a data set or an error is called: it is shown, and nothing comes of it."""

import csv
import gzip
import io
import re
from base64 import b64decode
from pathlib import Path

import pandas as pd
import pytest
from analytic_records import PAIRS, missing, record
from markdown_it import MarkdownIt

from basinbench.errors import printable
from basinbench.reports.build import build
from basinbench.reports.data.grid import LONGEST, read_grid, slug
from basinbench.reports.data.named import Named, named
from basinbench.reports.plotting.catalogue import figure_entries
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.wording import markdown
from basinbench.results.csv_files import kept_from_formulas, without_apostrophe
from basinbench.results.store import gather, read_table

NASTY = (
    "=cmd|' /C calc'!A0 \x1b[31mred\x1b]0;title\x07 **bold** _it_ [link](http://x.y) "
    "![p](http://x.y) <script>alert(1)</script> <b>b</b> &amp; $x^{$ 50% #1 a_b ~tilde~ "
    "\\input{x} \u202eltr\x00 ../../up"
)
METHOD = named(NASTY, choice=NASTY)
LONG = "m" * 400
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "'quoted'", "plain", "", "=\n1")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    about = {"dataset": NASTY, "split": NASTY, "device": NASTY, "paper": NASTY}
    cells = [
        record(m, p, finish, network=Named(NASTY), recipe=Named(NASTY), cell=f"{i}{j}{k}", **about)
        for i, m in enumerate((METHOD, Named("identity"), Named(LONG), Named(LONG + "2")))
        for j, p in enumerate(PAIRS)
        for k, finish in enumerate(
            (Named("none"), Named(f"{NASTY}{LONG}"), Named(f"{NASTY}{LONG}2"))
        )
    ]
    failed = missing("identity", "0-1", "none", "failed", NASTY, network=Named("mlp-1"))
    gather([*cells, failed], folder / "small")
    return folder


@pytest.fixture(scope="module")
def built(nasty: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(nasty, tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_and_all_read_back(text: str):
    kept = kept_from_formulas(text)
    assert kept[:1] not in tuple("=+-@")
    assert without_apostrophe(kept) == text


def test_texts_of_the_results_are_no_formulas_either(tmp_path: Path):
    methods = [text for text in FORMULAS if text]
    gather([record(Named(m), "0-1", cell=f"c{i}") for i, m in enumerate(methods)], tmp_path)
    with (tmp_path / "cells.csv").open(newline="", encoding="utf-8") as file:
        fields = [field for row in csv.reader(file) for field in row]
    assert not [f for f in fields if f[:1] in tuple("=+@") or re.match(r"-\D", f)]
    cells, _ = read_table(tmp_path)
    assert sorted(cells["method"]) == sorted(methods)


def test_controls_are_written_out_once():
    assert printable("a\x1b[31m\x07\x9b\u202e\ud800") == r"a\x1b[31m\x07\x9b\u202e\ud800"
    assert printable(printable(NASTY)) == printable(NASTY)
    assert printable("two\nlines\tand −½ é 漢 🙂") == "two\nlines\tand −½ é 漢 🙂"


def test_no_control_reaches_a_table_of_results_or_any_file_of_a_report(
    nasty: Path, built: list[Path]
):
    texts = [*nasty.rglob("*.csv"), *(p for p in built if p.name != "index.html")]
    assert len(texts) > 20
    assert [p.name for p in texts if CONTROL.search(p.read_text(encoding="utf-8"))] == []
    page = next(p for p in built if p.name == "index.html").read_text(encoding="utf-8")
    assert not CONTROL.search(page)
    for name in ("cells-data", "curves-data"):
        (packed,) = re.findall(rf'id="{name}">(.*?)</script>', page)
        ours = gzip.decompress(b64decode(packed)).decode()
        assert not CONTROL.search(ours)
        assert r"\\x1b" in ours


def test_a_table_from_elsewhere_is_shown_without_its_controls(tmp_path: Path):
    gather([record("identity", "0-1", device="A Processor")], tmp_path)
    (tmp_path / "tables.json").unlink()
    path = tmp_path / "cells.csv"
    path.write_text(path.read_text().replace("A Processor", "A \x1b[31mProcessor"))
    assert read_table(tmp_path)[0]["device"].tolist() == [r"A \x1b[31mProcessor"]


def test_the_tables_of_a_report_have_no_formulas(built: list[Path]):
    found = [p for p in built if p.suffix == ".csv"]
    assert len(found) >= 4
    for path in found:
        frame = pd.read_csv(io.StringIO(path.read_text(encoding="utf-8")), dtype=str)
        texts = frame.map(str).to_numpy().ravel()
        assert not [t for t in texts if t[0] in "=+@" or re.match(r"-\D", t)], path.name
    assert any("'=cmd" in p.read_text(encoding="utf-8") for p in found)


def test_markdown_has_no_link_picture_tag_or_emphasis_of_theirs(built: list[Path]):
    for path in (p for p in built if p.suffix == ".md"):
        parsed = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
        inline = [child for token in parsed for child in token.children or ()]
        links = {str(t.attrs.get("href") or t.attrs.get("src") or "") for t in inline} - {""}
        assert all((path.parent / link).is_file() for link in links), links
        assert not [t.content for t in (*parsed, *inline) if t.type.startswith("html")]
        shown = "".join(t.content for t in inline if t.type == "text")
        assert "**bold** _it_ [link](http://x.y)" in shown
        assert "&amp;" in shown


def test_the_web_page_has_no_tag_of_theirs(built: list[Path]):
    page = next(p for p in built if p.name == "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<b>b</b>" not in page
    assert "&lt;script&gt;alert" in page


def test_latex_of_theirs_does_not_run(built: list[Path]):
    for path in (p for p in built if p.suffix == ".tex"):
        text = path.read_text(encoding="utf-8")
        assert r"\input" not in text
        assert "$x^{$" not in text
        assert not re.search(r"(?<!\\)#1", text)


def test_file_names_are_short_and_stay_apart(nasty: Path, built: list[Path]):
    assert all(len(p.name.encode()) <= 200 for p in built)
    assert len({p.name.lower() for p in built if p.suffix == ".svg"}) == len(
        [p for p in built if p.suffix == ".svg"]
    )
    (condition,) = read_grid(nasty / "small").conditions
    assert len(condition.finishes) == 3
    assert sum(p.name.startswith("curves-") for p in built) == 3
    for text in ("a/b", "a\x00b", "..", ".", "/", "漢字", LONG, f"{LONG}2", NASTY):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", slug(text)), text
        assert len(slug(text)) <= LONGEST
    assert slug(LONG) != slug(f"{LONG}2")
    assert slug("漢字") != slug("漢")


def test_conditions_that_differ_in_signs_alone_have_names_of_their_own(tmp_path: Path):
    names = ("a b", "a-b", "a/b", "a_b")
    gather(
        [record("identity", "0-1", cell=f"c{i}", dataset=n) for i, n in enumerate(names)], tmp_path
    )
    assert len({c.slug for c in read_grid(tmp_path).conditions}) == 4


def test_figures_of_finishes_that_differ_in_signs_alone_have_names_of_their_own(tmp_path: Path):
    cells = [
        record("identity", p, Named(finish), cell=f"{i}{p}")
        for i, finish in enumerate(("a b", "a-b", "other"))
        for p in PAIRS
    ]
    gather(cells, tmp_path)
    (condition,) = read_grid(tmp_path).conditions
    names = [entry.name for entry in figure_entries(condition)]
    assert len(set(names)) == len(names)
    assert sum(name.startswith(f"curves-{condition.slug}-a-b-") for name in names) == 2
    assert f"curves-{condition.slug}-other" in names


def test_what_is_ours_in_markdown_stays():
    assert markdown.cell("*networks*") == "*networks*"
    assert markdown.cell("0.012 [0.008, 0.017]") == "0.012 [0.008, 0.017]"
    assert markdown.prose("of `align_x` alone, mlp-64x2(a=(1, 2))") == (
        "of `align_x` alone, mlp-64x2(a=(1, 2))"
    )
    assert markdown.cell("a | b\nc") == "a \\| b c"


def test_names_read_back_from_a_report_s_table(nasty: Path):
    grid = read_grid(nasty / "small")
    cost = next(table for table in tables(grid) if table.name == "cost")
    frame = pd.read_csv(io.StringIO(cost.csv()))
    assert {without_apostrophe(text) for text in frame["method"]} == set(cost.numbers["method"])
