"""The verdicts' pages say what the results say, and nothing where there are none."""

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from committed_results import judged

from basinbench.reports.data.quantities import recovered
from basinbench.reports.data.statistics import Interval
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.claim import (
    Checked,
    Claim,
    Earlier,
    Evidence,
    Finding,
    Look,
    Prediction,
    Quote,
    at_least,
    at_most,
)
from basinbench.reports.judging.statistics import Cells, Mean
from basinbench.reports.judging.verdicts import findings, read_grids
from basinbench.reports.page.verdict_page import write_verdict_page
from basinbench.reports.plotting import verdicts
from basinbench.reports.plotting.pool import FigurePool
from basinbench.reports.tabulation.verdicts import (
    evidence_in_words,
    measured_on,
    verdict_table,
)

NOTHING = Interval(nan, nan, nan, 0)
SOME = Evidence("a number", Interval(0.5, 0.4, 0.6, 5), at_most(1, "nats"), "holds")


def test_without_results_nothing_is_concluded(tmp_path: Path):
    found = findings(read_grids(tmp_path))
    assert [f.claim for f in found] == list(CLAIMS)
    concluded = [f for f in found if f.verdict not in ("not yet measured", "not judged")]
    assert {f.claim.rule for f in concluded} == {"construction"}, "what needs no results"
    assert measured_on(found) == ""


@pytest.mark.slow
def test_pages_are_the_same_bytes_twice_and_name_each_claim(tmp_path: Path):
    found = judged()[4:10]  # some that are measured, and some that are not
    first, drawn = write_verdict_page(found, tmp_path / "a", FigurePool())
    second, _ = write_verdict_page(found, tmp_path / "b", FigurePool())
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    page = (tmp_path / "a" / "README.md").read_text()
    for finding in drawn:
        assert f"| {finding.claim.id} " in page
        if finding.figure:
            assert f"(figures/{finding.figure}.svg)" in page
            assert (tmp_path / "a" / "figures" / f"{finding.figure}.svg").is_file()
    measured = {f.claim.id for f in found if any(e.found.n for e in f.evidence)}
    assert {f.claim.id for f in drawn if f.figure} == measured


@pytest.mark.slow
def test_a_claim_about_committed_results_has_its_device():
    by_id = {f.claim.id: f for f in judged()}
    assert "thread" in measured_on([by_id["G20"]])


def test_states_of_code_are_counted_once_for_all_claims_together():
    """Each of two claims may rest on one state of a method, and both together on two."""

    def by(*digests: str, device: str = "A") -> Finding:
        states = frozenset(("identity", digest) for digest in digests)
        return Finding(CLAIMS[0], "supported", (SOME,), (device,), code=states)

    one, two = by("a"), by("b", device="B")
    assert measured_on([one, one]) == "A"
    assert measured_on([one, two]) == "A; B; not all by one state of the code: Identity by 2"
    many = [by("a", "b"), by("b", "c"), by("c", "d"), one]
    assert measured_on(many) == "A; not all by one state of the code: Identity by 4"
    (overview, *_) = verdict_table(many, measured_on(many)).sections
    assert overview.caption.count("state of the code") == 1


@pytest.mark.parametrize(
    ("found", "bound", "text"),
    [
        (Interval(0.5, 0.4, 0.6, 5), at_most(1, "nats"), "0.50 [0.40, 0.60] nats"),
        (Interval(1.0, 1.0, 1.0, 5), at_least(1), "1"),
        (Interval(3.2e-15, nan, nan, 9), at_most(1e-10), "3.2e−15"),
        (Interval(nan, nan, nan, 0), at_most(1, "s"), "–"),
    ],
)
def test_numbers_are_shown_with_their_units(found: Interval, bound, text: str):
    assert evidence_in_words(Evidence("", found, bound, bound.judge(found))) == text


def test_the_table_has_a_row_a_prediction_and_the_outcome_of_each():
    claim = Claim(
        "G1",
        "somebody",
        "Something.",
        (Prediction("a number", Mean(recovered, Cells()), SOME.bound),),
    )
    missing = replace(SOME, found=NOTHING, outcome="missing")
    table = verdict_table([Finding(claim, "mixed", (SOME, missing))], "a machine")
    assert table.numbers["outcome"].tolist() == ["holds", "missing"]
    assert table.sections[1].rows["Outcome"].tolist() == ["within", "not measured"]
    assert "Something. (somebody)" in table.sections[1].caption


def test_the_figure_has_a_panel_a_measured_number_and_none_without():
    finding = Finding(CLAIMS[0], "mixed", (SOME, replace(SOME, outcome="fails")))
    figure = verdicts.draw_evidence(finding.evidence)
    assert figure is not None
    assert len(figure.axes) == 2
    low, high = figure.axes[0].get_xlim()
    assert low < 0.4
    assert high > 1
    missing = replace(SOME, found=NOTHING, outcome="missing")
    assert verdicts.draw_evidence([missing]) is None


def test_a_verdict_is_shown_with_its_sentence_controls_look_and_history():
    claim = Claim(
        "G1",
        "somebody",
        "Something.",
        (Prediction("a number", Mean(recovered, Cells()), SOME.bound),),
        quote=Quote("Barriers vanish.", "section 5"),
        history=(Earlier("refuted", "narrow networks", "They could not have passed."),),
    )
    checked = Checked("best map", Interval(0.3, 0.2, 0.4, 45, networks=10), at_most(1), passed=True)
    number = replace(
        SOME,
        found=replace(SOME.found, n=45, networks=10),
        controls=(checked, replace(checked, passed=False), replace(checked, found=NOTHING)),
        from_images=0.0123,
    )
    look = Look(1, 3, 10, 0.025, 20)
    finding = Finding(claim, "undecided", (number,), look=look, left_out=2)
    overview, section = verdict_table([finding], "a machine").sections
    assert overview.rows["Stands at"].tolist() == ["look 1 of 3, 10 networks, next at 20"]
    assert section.rows["Outcome"].tolist() == ["within", "passed", "failed", "not measured"]
    assert section.rows["n"].tolist() == ["45 (10 networks)"] * 3 + ["–"]
    assert section.rows["Test images"].tolist() == ["± 0.012", "", "", ""]
    for words in (
        "“Barriers vanish.” (section 5)",
        "Stands at: look 1 of 3, 10 networks, next at 20.",
        "2 cells of these failed.",
        "Earlier: refuted (narrow networks). They could not have passed.",
    ):
        assert words in section.caption


def test_what_is_true_by_construction_is_listed_apart():
    made = Finding(CLAIMS[0], "by construction", (SOME,))
    tested = Finding(CLAIMS[1], "supported", (SOME,))
    verdicts, apart, *sections = verdict_table([made, tested], "a machine").sections
    assert verdicts.rows[""].tolist() == [CLAIMS[1].id]
    assert apart.rows[""].tolist() == [CLAIMS[0].id]
    assert "none is counted" in apart.caption
    assert [section.about for section in sections] == [CLAIMS[0].id, CLAIMS[1].id]
