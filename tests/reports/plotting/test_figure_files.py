"""Figures become files: the same bytes every time, and text stays text."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from basinbench.reports.plotting.canvas import FONTS, content, styled
from basinbench.reports.plotting.pool import FigurePool, paths, write_figure
from basinbench.reports.wording import style

REPORTS = Path(style.__file__).parents[1]


@styled()
def figure() -> Figure:
    drawn = Figure(figsize=(3, 2), layout="constrained")
    axes = drawn.subplots()
    axes.plot([0, 1], label="a line")
    axes.fill_between([0, 1], [0, 1], [1, 2])
    axes.set_title("σ₀ < λ − 1")
    axes.legend()
    return drawn


def save(stem: Path) -> None:
    write_figure(figure(), stem, ["svg"])


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_a_figure_that_cannot_be_written_is_no_silent_loss(tmp_path, processes):
    (tmp_path / "figures").write_text("no folder")
    with pytest.raises(OSError, match="figures"), FigurePool(processes) as pool:
        list(pool.map(save, [tmp_path / "figures" / "one"]))


@pytest.mark.slow
def test_a_figure_is_the_same_bytes_in_this_process_and_in_others(tmp_path):
    for processes in (1, 2):
        stems = [tmp_path / str(processes) / name for name in ("one", "two", "three")]
        with FigurePool(processes) as pool:
            list(pool.map(save, stems))
    files = [path.read_bytes() for path in tmp_path.rglob("*.svg")]
    assert len(files) == 6
    assert len(set(files)) == 1


def test_a_figure_is_written_in_every_format_that_is_asked_for(tmp_path):
    formats = ["svg", "pdf", "png"]
    write_figure(figure(), tmp_path / "a.b", formats)
    made = paths(tmp_path / "a.b", formats)
    assert [path.name for path in made] == ["a.b.svg", "a.b.pdf", "a.b.png"]
    starts = [path.read_bytes()[:5] for path in made]
    assert starts == [b"<?xml", b"%PDF-", b"\x89PNG\r"]
    assert content(figure(), formats) == content(figure(), formats)


def test_a_figures_text_is_text_and_it_says_neither_when_nor_by_what_it_was_made():
    (drawn,) = content(figure(), ["svg"])
    words = [each.text for each in ElementTree.fromstring(drawn).iter() if each.text]  # noqa: S314
    assert {"a line", "σ₀ < λ − 1"} <= set(words)
    assert not re.search(rb"\d{4}-\d\d-\d\d|Matplotlib v|<metadata", drawn)


def test_the_typeface_has_every_sign_of_ours():
    drawing = [path for path in REPORTS.rglob("*.py") if path.parent.name != "page"]
    used = set().union(*(path.read_text(encoding="utf-8") for path in drawing))
    font = get_font(findfont(FontProperties(family=[FONTS[0]]), fallback_to_default=False))
    assert used - set(map(chr, font.get_charmap())) == {"\n"}
