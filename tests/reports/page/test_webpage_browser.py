"""The web page in a headless Chromium, opened from disk as a reader would."""

import json

import pytest
from analytic_records import HEIGHTS, PAIRS, SINKHORN, missing, record
from browser import NEEDS_BROWSER, screen, started, visit
from findings import FINDINGS, SVG
from matplotlib.figure import Figure
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named
from basinbench.reports.page.webpage import webpage
from basinbench.reports.plotting.canvas import content
from basinbench.reports.wording import style
from basinbench.results.store import gather

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The address of a page with claims, two data sets, and one cell that failed."""
    folder = tmp_path_factory.mktemp("page")
    cells = [record(m, p, f) for m in HEIGHTS for p in PAIRS for f in ("none", "repair")]
    cells[0] = missing("identity", "0-1", "none", "failed", "ValueError: <i>no</i>")
    gather(cells, folder / "small")
    other = [record(m, p, dataset="mnist", cell=f"{m}{p}") for m in ("pfnm", "cca") for p in PAIRS]
    gather(other, folder / "tiny")
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1])
    (drawn,) = content(figure, ["svg"])
    grids = [read_grid(folder / name) for name in ("small", "tiny")]
    path = folder / "index.html"
    path.write_text(webpage(grids, FINDINGS, {"G2": drawn, "G3": SVG}), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium():
    with started() as driver:
        yield driver


@pytest.fixture
def opened(chromium, page):
    """The page, freshly loaded at the width of a desk."""
    screen(chromium, 1280)
    visit(chromium, page)
    return chromium


def choose(chromium, form, name, text):
    Select(
        chromium.find_element(By.CSS_SELECTOR, f"#{form} [name='{name}']")
    ).select_by_visible_text(text)


def click(chromium, selector):
    chromium.execute_script(
        "arguments[0].click()", chromium.find_element(By.CSS_SELECTOR, selector)
    )


def column(chromium, title):
    """The texts of a column of the table, as they stand there now."""
    return chromium.execute_script(
        "const place = [...document.querySelectorAll('#cells-table thead th')]"
        "  .findIndex((each) => each.innerText.trim() === arguments[0]);"
        "return [...document.querySelectorAll('#cells-table tbody tr')]"
        "  .map((row) => row.cells[place].innerText.trim())",
        title,
    )


def drawn(chromium):
    """Name, colour and values of each line in the plot."""
    lines = chromium.execute_script(
        "return document.getElementById('plot').data.filter((each) => each.name)"
        "  .map((each) => [each.name, each.line.color, each.y, each.line.dash])"
    )
    paths = chromium.find_elements(By.CSS_SELECTOR, "#plot .scatterlayer path.js-line")
    known = [line for line in lines if any(value is not None for value in line[2])]
    assert len(lines) - len(known) <= 1, "the method that failed on a pair has no mean line"
    assert len([p for p in paths if p.get_attribute("d")]) >= len(known)
    return lines


def names(chromium):
    return {line[0] for line in drawn(chromium)}


def test_it_loads_without_errors_and_asks_for_nothing(chromium, page):
    chromium.get_log("browser")
    chromium.get_log("performance")
    visit(chromium, page)
    assert chromium.get_log("browser") == []
    events = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    asked = [
        e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"
    ]
    assert asked.count(page) == 1
    assert [url for url in asked if url != page and not url.startswith(("data:", "blob:"))] == []


def test_every_figure_is_drawn(opened):
    images = opened.execute_script(
        "return [...document.images].map((each) => each.complete && each.naturalWidth)"
    )
    assert len(images) == 2
    assert "" not in opened.execute_script("return [...document.images].map((each) => each.alt)")
    assert all(images)
    shown = {name: colour for name, colour, *_ in drawn(opened)}
    first = (Named("identity"), Named("weight-matching"), SINKHORN)
    assert shown == {style.in_words(m): style.family(m.name).colour for m in first}


def test_a_heading_sorts_and_blanks_come_last(opened):
    Select(opened.find_element(By.CSS_SELECTOR, ".dt-length select")).select_by_visible_text("100")
    for descending, state in ((False, "ascending"), (True, "descending")):
        click(opened, "#cells-table th[data-dt-column='10']")
        header = opened.find_element(By.CSS_SELECTOR, f"#cells-table th[aria-sort={state}]")
        assert "Test barrier" in header.text.replace("\n", " ")
        texts = column(opened, "Test barrier (nats)")
        assert (len(texts), texts.count(""), texts[-1]) == (30, 1, "")
        values = [float(text) for text in texts[:-1]]
        assert len(set(values)) > 5
        assert values == sorted(values, reverse=descending)


def test_choices_and_search_leave_the_cells_that_fit(opened):
    choose(opened, "filters", "Method", "Weight matching")  # and not its variant
    assert set(column(opened, "Method")) == {"● Weight matching"}
    choose(opened, "filters", "Finish", "REPAIR")
    assert set(column(opened, "Finish")) == {"REPAIR"}
    assert len(column(opened, "Networks")) == len(PAIRS)
    click(opened, "#filters [type=reset]")
    assert len(column(opened, "Networks")) == 10
    opened.find_element(By.CSS_SELECTOR, ".dt-search input").send_keys("<i>no</i>")
    assert column(opened, "Status") == ["failed"]
    click(opened, "#cells-table td.more button")
    details = opened.find_element(By.CSS_SELECTOR, "#cells-table .details").text
    assert "ValueError: <i>no</i>" in details
    choose(opened, "filters", "Data set", "mnist")
    assert "No cell fits" in opened.find_element(By.ID, "cells-table").text


def test_a_link_to_a_claim_unfolds_it_and_nothing_else(opened):
    folded = "return [...document.querySelectorAll('details.claim')].filter((e) => !e.open).length"
    every = opened.execute_script(folded)
    assert every == len(FINDINGS)
    opened.execute_script("location.hash = 'claim-G3'")
    WebDriverWait(opened, 5).until(lambda driver: driver.execute_script(folded) == every - 1)
    assert opened.find_element(By.CSS_SELECTOR, "#claim-G3 .evidence").is_displayed()


def test_a_column_can_be_added(opened):
    assert "Device" not in opened.find_element(By.CSS_SELECTOR, "#cells-table thead").text
    opened.execute_script(
        "[...document.querySelectorAll('#columns label')]"
        "  .find((each) => each.textContent.trim() === 'Device').click()"
    )
    assert set(column(opened, "Device")) == {"A Processor"}


def test_curves_follow_every_choice(opened):
    seen = []

    def differs():
        seen.append(json.dumps(drawn(opened)))
        assert seen.count(seen[-1]) == 1

    differs()
    click(opened, "#choices [value=accuracy]")
    differs()
    click(opened, "#choices [value=train]")
    differs()
    choose(opened, "choices", "finish", "REPAIR")
    differs()
    choose(opened, "choices", "dataset", "mnist")
    differs()
    assert names(opened) == {"PFNM", "CCA"}
    click(opened, "#choices [value=loss]")
    click(opened, "#choices [value=test]")
    middle = {name: values[12] for name, _, values, _ in drawn(opened)}
    assert middle == {"PFNM": pytest.approx(0.11 + 0.2), "CCA": pytest.approx(0.11 + 0.2)}
    click(opened, "#lines input")
    assert names(opened) == {"CCA"} or names(opened) == {"PFNM"}
    click(opened, "#choices [value=both]")
    assert [dash for *_, dash in drawn(opened)] == ["solid", "dash"]
    click(opened, "#methods [data-which=none]")
    assert drawn(opened) == []
    click(opened, "#methods [data-which=all]")
    assert len(names(opened)) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(chromium, page, width, theme):
    screen(chromium, width, theme)
    visit(chromium, page)
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    plot = chromium.find_element(By.CSS_SELECTOR, "#plot .main-svg").rect
    assert 0.6 * width < plot["width"] + (0.25 * width if width > 500 else 0) <= width
    dark = chromium.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(24, 23, 21)") == (theme == "dark")


def test_every_control_has_a_name(opened):
    tree = opened.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {"button", "checkbox", "combobox", "radio", "searchbox", "link", "textbox"}
    controls = [node for node in tree if node.get("role", {}).get("value") in roles]
    assert len(controls) > 40
    nameless = [n for n in controls if not n.get("name", {}).get("value", "").strip()]
    assert [n["role"]["value"] for n in nameless] == []


def test_it_prints(opened):
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert len(printed["data"]) > 10_000
    assert opened.get_log("browser") == []
