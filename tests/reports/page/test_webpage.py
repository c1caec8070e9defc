"""The web page as text; in a browser: test_webpage_browser.py."""

import gzip
import json
import re
from base64 import b64decode
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analytic_records import FORWARD, HEIGHTS, PAIRS, missing, record
from findings import FINDINGS, SVG

from basinbench.reports.data import families
from basinbench.reports.data.grid import read_grid
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.claim import Claim, Quote
from basinbench.reports.page import webpage_curves
from basinbench.reports.page.claims import cited
from basinbench.reports.page.webpage import webpage
from basinbench.reports.wording import style
from basinbench.results.store import gather

EVIL = 'ValueError: "</script><b>&amp;\nand more'
PICTURES = {"G2": SVG, "G3": SVG}


@pytest.fixture(scope="module")
def grids(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    cells = [record(m, p, f) for m in HEIGHTS for p in PAIRS for f in ("none", "repair")]
    cells[0] = missing("identity", "0-1", "none", "failed", EVIL)
    cells[1] = record("identity", "0-1", "repair", test_barrier_chord_loss=float("inf"))
    gather(cells, folder / "small")
    # in this grid alone the variant would have the marker of the plain method
    other = ("pfnm", FORWARD)
    gather([record(m, p, network="other") for m in other for p in PAIRS], folder / "tiny")
    return [read_grid(folder / name) for name in ("small", "tiny")]


@pytest.fixture(scope="module")
def page(grids):
    return webpage(grids, FINDINGS, PICTURES)


def embedded(page, name):
    (text,) = re.findall(rf'<script type="text/plain" id="{name}">(.*?)</script>', page, re.S)
    return json.loads(gzip.decompress(b64decode(text)))


def column(page, title):
    (found,) = (c for c in embedded(page, "cells-data")["columns"] if c["title"] == title)
    return found["values"] if "values" in found else [found["texts"][i] for i in found["places"]]


def test_the_page_names_nothing_outside_itself(page):
    own = re.sub(r"<script.*?</script>|<style>.*?</style>", "", page, flags=re.S)
    addresses = re.findall(r"""(?:src|href|srcset|action|data)\s*=\s*["']([^"']*)""", own)
    assert len(addresses) > 10
    beside = {"guide.html"}  # which `basinbench report` writes into the same folder
    assert {a[:1] if a[:1] == "#" else a[:5] for a in {*addresses} - beside} == {"#", "data:"}
    ids = set(re.findall(r'id="([^"]+)"', own))
    assert {a[1:] for a in addresses if a[0] == "#"} <= ids
    assert "default-src 'none'" in own


def test_every_cell_is_in_the_table_as_it_was_measured(grids, page):
    rows = pd.concat([grid.cells for grid in grids])
    assert embedded(page, "cells-data")["count"] == len(rows) == 30
    assert column(page, "Method") == [style.in_words(method) for method in rows["method_id"]]
    assert column(page, "Grid") == ["small"] * 24 + ["tiny"] * 6
    accuracies = column(page, "Test accuracy (%)")
    measured = zip(rows["status"], rows["test_accuracy_mid"], accuracies, strict=True)
    for status, accuracy, value in measured:
        assert (value is None) == (status == "failed")
        assert value is None or value == pytest.approx(accuracy, rel=1e-4)
    assert column(page, "Test barrier (nats)").count("Infinity") == 1


def test_what_a_record_says_cannot_break_the_page(page):
    assert EVIL in column(page, "Reason")
    assert "</script><b>" not in page
    shown = re.search(r'<td data-title="Reason">(.*?)</td>', page, re.S)
    assert shown
    assert unescape(shown.group(1)).split() == EVIL.split()


def test_curves_are_means_over_pairs_and_of_three_have_no_band(page):
    entry = embedded(page, "curves-data")[0]
    found = next(line for line in entry["lines"] if line["label"] == "Weight matching")
    values = found["values"]["test"]["loss"]
    t = np.linspace(0, 1, 25)
    assert found["n"] == 3
    assert values["at"] == pytest.approx(t, abs=1e-4)
    assert values["mean"] == pytest.approx(0.1 + 0.02 * t + 0.02 * 4 * t * (1 - t), rel=1e-4)
    assert "low" not in values, "three pairs have no band"
    assert found["values"]["train"]["loss"]["mean"][12] == pytest.approx(0.12, rel=1e-4)
    references = entry["references"]["test"]["loss"]
    assert references == {"networks": pytest.approx(0.11), "ensemble": pytest.approx(0.09)}


def test_a_method_looks_alike_in_table_and_curves(page):
    looks = embedded(page, "cells-data")["methods"]
    for entry in embedded(page, "curves-data"):
        for line in entry["lines"]:
            assert looks[line["label"]].items() <= line.items()
    assert looks["Weight matching"]["colour"] == families.FAMILIES["weight-matching"].colour
    assert set(style.MARKERS) == set(webpage_curves.SYMBOLS)


def test_settings_that_two_grids_share_are_told_apart(grids):
    once = webpage_curves.curves(grids)
    twice = webpage_curves.curves([grids[0], replace(grids[0], name="other")])
    for entries in (once, twice):
        keys = ("dataset", "network", "training", "finish")
        assert len({tuple(entry[key] for key in keys) for entry in entries}) == len(entries) > 2
    assert not any("grid" in entry["training"] for entry in once)
    assert {entry["training"].partition("grid ")[2] for entry in twice} == {"small", "other"}


def test_every_claim_has_its_verdict_evidence_and_figure(page):
    for finding in FINDINGS:
        (article,) = re.findall(
            rf'<details class="claim" id="claim-{finding.claim.id}".*?</details>', page, re.S
        )
        assert f"</span> {finding.verdict}</span>" in article
        assert article.count("<li>") == len(finding.evidence)
        assert article.count("<img") == (finding.figure is not None)
    assert "Depends on the &lt;learning rate&gt;." in page
    assert "<b>0.012 [0.008, 0.017] nats</b> <small>n = 3</small>" in page
    assert "&lt;b&gt;train&lt;/b&gt;" in page
    assert "No claim has been judged" in webpage([])


def test_a_claim_has_its_words_controls_look_and_history(page):
    (article,) = re.findall(r'<details class="claim" id="claim-Q1".*?</details>', page, re.S)
    told = " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).split())
    for words in (
        "It is <all> there. Someone else 2024, page 6",
        "Control: barrier under the best map known: 0.012 [0.008, 0.017] nats "
        "(at most 0.5 nats): passed",
        "(at least 1 points): failed",
        "± 0.0031 nats (standard error) by the test images",
        "Stands at look 1 of 3, 10 networks, next at 20; it may err in 2.50% of cases.",
        "2 cells failed and are left out.",
        "Earlier: refuted (one of two was enough). The sentence is about both.",
    ):
        assert words in told, told
    assert "in our words" in page


def test_nothing_of_a_citation_stands_twice():
    for claim in CLAIMS:
        parts = re.split(r"[,;:] | and ", cited(claim))
        assert len(parts) == len(set(parts)) or "the words are those of" in cited(claim), parts
        assert claim.quote is None or claim.quote.place.split()[-1] in cited(claim)
    one = Claim("G1", "Someone 2024, section 5.1", "", quote=Quote("", "section 5"))
    assert cited(one) == "Someone 2024, section 5"
    assert cited(replace(one, quote=Quote("", "section 5.1"))) == "Someone 2024, section 5.1"


def test_what_is_true_by_construction_stands_apart_and_is_not_counted(page):
    heading = page.index("True by construction")
    assert page.index('id="claim-Q18"') < heading < page.index('id="claim-G11"')
    (count,) = re.findall(r'<ul class="count">.*?</ul>', page, re.S)
    assert "by construction" not in count
    assert "undecided</span> 1" in count


def test_it_opens_with_answers_and_ends_with_cells(page, grids):
    sections = re.findall(r'<section id="(\w+)"', page)
    assert sections == ["findings", "claims", "rankings", "curves", "cells"]
    (brief,) = re.findall(r'<dl class="brief">.*?</dl>', page, re.S)
    assert "Which method should I use?" in brief
    own = [replace(grids[0], origin="own"), replace(grids[0], name="b", origin="shipped")]
    beside = webpage(own)
    assert "From the results that came with the package" in beside
    assert "From the results that came with the package" not in page
    assert beside.index("Your own results") < beside.index("As it came with the package")


def test_the_curves_open_where_methods_lie_furthest_apart(grids):
    first = grids[1].conditions[0]
    wanted = [(first, first.finishes[0])]
    assert webpage_curves.curves(grids)[0]["network"] != first.network
    assert webpage_curves.curves(grids, wanted)[0]["network"] == first.network


def test_a_finding_that_makes_no_sense_is_one_clear_sentence(grids):
    with pytest.raises(ValueError, match="claim G2 names the figure 'G2', which is not drawn"):
        webpage(grids, FINDINGS)
    with pytest.raises(ValueError, match="more than one finding about claim G3"):
        webpage(grids, [FINDINGS[1], *FINDINGS], PICTURES)


def test_texts_stand_out_from_their_ground_in_light_and_dark():
    style_sheet = (Path(webpage_curves.__file__).parent / "webpage.css").read_text()
    themes = re.findall(r":root \{[^}]*--ground[^}]*\}", style_sheet)
    assert len(themes) == 3  # light, dark, print
    for theme in themes:
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})", theme))
        for name in ("ink", "soft", "link", "good", "bad", "half", "none"):
            assert contrast(colours[name], colours["ground"]) >= 4.5, (name, theme)


def contrast(one, other):
    """WCAG 2.1's ratio of two colours."""
    lights = sorted(
        luminance(c if len(c) == 7 else "#" + "".join(2 * d for d in c[1:])) for c in (one, other)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour):
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)
