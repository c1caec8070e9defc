"""One name, two data sets: no number is made of both, and the reader is told."""

import pytest
from crossed_rows import VALUE, cells_of, crossed_results, joined

from basinbench.reports.judging.cells import mixed_data
from basinbench.reports.judging.claim import Claim, Control, Prediction, Results, at_most
from basinbench.reports.judging.comparisons import Above, Excess
from basinbench.reports.judging.statistics import (
    Difference,
    Greatest,
    Mean,
    Median,
    Multiple,
    OverPairs,
)
from basinbench.reports.judging.verdicts import find
from basinbench.reports.tabulation.verdicts import verdict_table

ONE, TWO = cells_of("one"), cells_of("two")
LOSSES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.0, 0.4)


def of_data(digest: str, method: str = "one", dataset: str = "own", loss: float = 0.0) -> Results:
    """The pairs of five networks, measured on this state of the data set."""
    values = [loss + value for value in LOSSES]
    return crossed_results(values, 5, method, dataset=dataset, dataset_digest=digest)


OLD, NEW = of_data("aaaa"), of_data("bbbb", loss=5.0)


def judged(results: Results, *predictions: Prediction):
    return find(Claim("G1", "somebody", "Something.", predictions), results)


@pytest.mark.parametrize("number", [Mean(VALUE, ONE), Median(VALUE, ONE)], ids=["mean", "median"])
def test_no_number_over_pairs_is_made_of_two_data_sets_of_one_name(number: OverPairs):
    assert (number.of(OLD).n, number.of(NEW).n, number.of(joined(OLD, NEW)).n) == (10, 10, 0)


@pytest.mark.parametrize(
    "number",
    [
        Difference(VALUE, ONE, TWO),
        Multiple(VALUE, ONE, TWO),
        Excess(VALUE, ONE, TWO, 0.5),
        Above(VALUE, ONE, VALUE, TWO),
    ],
    ids=lambda number: type(number).__name__,
)
def test_none_sets_one_of_them_against_the_other(number: OverPairs):
    other = of_data("aaaa", "two")
    assert (number.of(joined(OLD, other)).n, number.of(joined(NEW, other)).n) == (10, 0)


def test_a_verdict_is_not_drawn_from_them_and_says_why():
    prediction = Prediction("a number", Mean(VALUE, ONE), at_most(1))
    assert judged(OLD, prediction).verdict == "supported"
    assert judged(NEW, prediction).verdict == "refuted"
    both = judged(joined(OLD, NEW), prediction)
    assert both.verdict == "not yet measured"
    assert [each.outcome for each in both.evidence] == ["missing"]
    assert "2 states of own (aaaa, bbbb)" in both.note
    section = verdict_table([both], "a machine").sections[-1]
    assert "2 states of own (aaaa, bbbb)" in section.caption
    assert section.rows["Found"].tolist() == ["–"]


def test_a_number_and_its_control_rest_on_the_same_data():
    control = Control("control", Mean(VALUE, TWO), at_most(9))
    prediction = Prediction("a number", Mean(VALUE, ONE), at_most(1), (control,))
    assert judged(joined(OLD, of_data("aaaa", "two")), prediction).verdict == "supported"
    apart = judged(joined(OLD, of_data("bbbb", "two")), prediction)
    assert apart.verdict == "not yet measured"
    assert all(not each.found.n for each in apart.evidence[0].controls)


def test_data_sets_of_two_names_are_no_mixture_and_an_unknown_state_is_one():
    assert mixed_data(ONE, joined(OLD, of_data("bbbb", dataset="another"))) == ""
    assert "(unknown, aaaa)" in mixed_data(ONE, joined(OLD, of_data("")))


def test_a_law_of_every_cell_stands_on_whatever_data_they_rest():
    law = Prediction("worst", Greatest(VALUE, ONE), at_most(9))
    found = judged(joined(OLD, NEW), law)
    assert (found.verdict, found.evidence[0].found.n) == ("supported", 20)
