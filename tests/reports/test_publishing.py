"""A report takes away what an earlier one wrote, and nothing else."""

import json
import warnings
from pathlib import Path

import pytest
from analytic_records import PAIRS, missing, record

from basinbench.reports.build import build
from basinbench.reports.publishing import publish
from basinbench.results.store import gather

MINE = {
    "small/figures/mine.svg": "a drawing",
    "small/figures/mine.pdf": "a paper",
    "small/tables/mine.csv": "1,2",
    "small/tables/mine.md": "# Notes",
    "small/notes.md": "more",
    "verdicts/tables/mine.tex": "mine",
    "site/mine.html": "mine",
    "mine.csv": "3,4",
}


def made(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.md")}


def test_what_an_earlier_report_left_goes(tmp_path: Path):
    out = tmp_path / "out"
    publish(made(tmp_path / "one", a="a", b="b"), out)
    written = publish(made(tmp_path / "two", a="other", c="c"), out)
    assert files(out) == {"a.md": "other", "c.md": "c"}
    assert written == [out / "a.md", out / "c.md", out / "written.json"]


def test_what_was_changed_since_stays(tmp_path: Path):
    out = tmp_path / "out"
    publish(made(tmp_path / "one", a="a", b="b"), out)
    (out / "b.md").write_text("b, and what I think of it")
    publish(made(tmp_path / "two", a="a"), out)
    assert files(out) == {"a.md": "a", "b.md": "b, and what I think of it"}
    publish(made(tmp_path / "three", a="a"), out)
    assert "b.md" in files(out), "nor does it go later"


def test_a_file_whose_name_is_taken_is_kept_beside_it(tmp_path: Path):
    out = made(tmp_path / "out", a="mine")
    with pytest.warns(UserWarning, match=r"a\.md was not written by a report: kept as a\.kept\.md"):
        publish(made(tmp_path / "one", a="a"), out)
    (out / "a.md").write_text("mine again")
    with pytest.warns(UserWarning, match=r"kept as a\.kept-2\.md"):
        publish(made(tmp_path / "two", a="a"), out)
    assert files(out) == {"a.md": "a", "a.kept.md": "mine", "a.kept-2.md": "mine again"}


@pytest.mark.parametrize("text", ["", "[]", "\0", '{"a.md": 3, "../mine.md": "0"}'])
def test_a_damaged_list_deletes_nothing(text: str, tmp_path: Path):
    out = tmp_path / "out"
    publish(made(tmp_path / "one", a="a"), out)
    made(tmp_path, mine="mine")
    (out / "written.json").write_text(text)
    publish(made(tmp_path / "two", b="b"), out)
    assert files(out) == {"a.md": "a", "b.md": "b"}
    assert (tmp_path / "mine.md").is_file()


def test_a_list_does_not_reach_beyond_its_folder(tmp_path: Path):
    out = tmp_path / "out"
    publish(made(tmp_path / "one", a="a"), out)
    made(tmp_path, mine="a")
    listed = json.loads((out / "written.json").read_text())
    (out / "written.json").write_text(json.dumps({"../mine.md": listed["a.md"]}))
    publish(made(tmp_path / "two", b="b"), out)
    assert (tmp_path / "mine.md").is_file()


@pytest.mark.slow
def test_no_file_of_a_user_vanishes_in_a_whole_report(tmp_path: Path):
    gather([record("identity", p) for p in PAIRS], tmp_path / "in" / "small")
    out = tmp_path / "out"
    for name, text in MINE.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = build(tmp_path / "in", out)
        gather([missing("identity", "0-1", "none", "skipped", "no")], tmp_path / "in" / "small")
        second = build(tmp_path / "in", out)
    gone = set(first) - set(second)
    assert any(path.suffix == ".svg" for path in gone)
    assert not any(path.exists() for path in gone)
    assert {name: (out / name).read_text() for name in MINE} == MINE
    left = {p for p in out.rglob("*") if p.is_file()}
    assert left == set(second) | {out / name for name in MINE}
