"""The page of the committed results: small enough to open, and short enough to be read."""

import pytest
from browser import NEEDS_BROWSER, screen, started, visit
from committed_results import grids, judged

from basinbench.reports.page.answer_page import write_answer_page
from basinbench.reports.page.verdict_page import write_verdict_page
from basinbench.reports.page.webpage import webpage
from basinbench.reports.plotting.pool import FigurePool

BYTES, PIXELS, FIRST_SCREEN = 5_000_000, 12_000, 900
"""What the page may weigh, how long it may be at 1280 pixels, and how much is seen at once."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of all committed results with its figures."""
    out = tmp_path_factory.mktemp("site")
    with FigurePool() as pool:
        pages, drawn = write_verdict_page(judged(), out / "verdicts", pool)
    pages = [*pages, *write_answer_page(grids(), drawn, out / "findings")]
    pictures = {p.stem: p.read_bytes() for p in pages if p.suffix == ".svg"}
    path = out / "index.html"
    path.write_text(webpage(grids(), drawn, pictures), encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_page_is_small_enough_to_be_opened_anywhere(page):
    assert page.stat().st_size < BYTES


@NEEDS_BROWSER[0]
@NEEDS_BROWSER[1]
def test_the_page_is_short_before_anything_is_unfolded_and_opens_with_answers(page):
    with started() as driver:
        screen(driver, 1280)
        visit(driver, page.as_uri())
        assert driver.execute_script("return document.documentElement.scrollHeight") < PIXELS
        tops = driver.execute_script(
            "return [...document.querySelectorAll('.brief dd')]"
            ".map((each) => [each.innerText, each.getBoundingClientRect().bottom])"
        )
        assert len(tops) == 4
        assert all(text and bottom < FIRST_SCREEN for text, bottom in tops)
        order = driver.execute_script(
            "return [...document.querySelectorAll('main > section')].map((each) => each.id)"
        )
        assert [name for name in order if name] == [
            "findings",
            "claims",
            "rankings",
            "curves",
            "cells",
        ]
