"""The verdict engine: each rule as a statistician would state it, on numbers that are given."""

from dataclasses import replace

import numpy as np
import pytest
from crossed_rows import VALUE, cells_of, crossed_results, joined
from scipy import stats

from basinbench.reports.data.quantities import accuracy
from basinbench.reports.judging.claim import (
    Bound,
    Claim,
    Control,
    Prediction,
    PredictionOutcome,
    Results,
    Rule,
    at_least,
    at_most,
    exactly,
    within,
)
from basinbench.reports.judging.statistics import Greatest, Least, Mean, Median, Multiple
from basinbench.reports.judging.verdicts import find

FIVE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.0, 0.4)


def predicted(bound: Bound, method: str = "one", **more) -> Prediction:
    return Prediction(f"{method} {bound}", Mean(VALUE, cells_of(method)), bound, **more)


def claim(*predictions: Prediction, rule: Rule = "all") -> Claim:
    return Claim("G1", "somebody", "Something.", predictions, rule=rule)


def outcomes(found) -> list[PredictionOutcome]:
    return [each.outcome for each in found.evidence]


def test_a_prediction_is_tested_one_sided_at_five_per_cent():
    results = crossed_results(FIVE, 5)
    two_sided = Mean(VALUE, cells_of("one")).of(results)
    (evidence,) = find(claim(predicted(at_most(1))), results).evidence
    assert evidence.found.level == pytest.approx(0.90)
    half = evidence.found.high - evidence.found.estimate
    ratio = stats.t.ppf(0.95, 4) / stats.t.ppf(0.975, 4)
    assert half == pytest.approx((two_sided.high - two_sided.estimate) * ratio)
    between = (evidence.found.high + two_sided.high) / 2
    assert find(claim(predicted(at_most(between))), results).verdict == "supported"


def test_pairs_of_one_network_decide_nothing_where_they_differ():
    """Network 0 is in each of them, so that no spread of networks is seen."""

    def of_network_0(*values: float) -> Results:
        every = crossed_results([*values, *[9.0] * 6], 5)["claims"]
        return {"claims": [row for row in every if str(row["seeds"]).startswith("0-")]}

    results = of_network_0(0.1, 0.2, 0.3, 0.2)
    for bound in (at_most(9), at_least(9)):
        found = find(claim(predicted(bound)), results)
        assert (found.verdict, outcomes(found)) == ("undecided", ["open"])
    for single in (Least, Greatest):
        worst = Prediction("the worst cell", single(VALUE, cells_of("one")), at_most(9))
        assert find(claim(worst), results).verdict == "supported"
    same = of_network_0(0.1, 0.1, 0.1, 0.1)
    assert find(claim(predicted(at_most(9))), same).verdict == "supported"


def test_a_conjunction_is_not_corrected_for_its_parts():
    """Each part holds at its own level: ten of them hold where one does."""
    results = crossed_results(FIVE, 5)
    edge = find(claim(predicted(at_most(9))), results).evidence[0].found.high + 1e-6
    parts = [Prediction(f"part {i}", Mean(VALUE, cells_of("one")), at_most(edge)) for i in range(9)]
    assert find(claim(*parts), results).verdict == "supported"


def test_one_failure_of_several_is_corrected_and_all_failing_is_not():
    results = joined(crossed_results(FIVE, 5), crossed_results([5.0] * 10, 5, "two"))
    low = find(claim(predicted(at_most(9))), results).evidence[0].found.low
    barely = predicted(at_most(low - 1e-6))
    assert find(claim(barely), results).verdict == "refuted"
    assert find(claim(barely, barely), results).verdict == "refuted", "the same prediction twice"
    holds = predicted(at_most(9), "two")
    for rule in ("all", "each"):
        found = find(claim(barely, holds, rule=rule), results)
        assert outcomes(found) == ["open", "holds"]
        assert found.verdict == "undecided"
    clearly = predicted(at_most(low - 0.5))
    assert find(claim(clearly, holds), results).verdict == "mixed"
    assert find(claim(clearly, holds, rule="each"), results).verdict == "refuted"
    assert find(claim(clearly, predicted(at_most(0.2))), results).verdict == "mixed", (
        "one part fails already: supported can never come"
    )


def test_the_second_failure_is_corrected_for_one_fewer():
    """Holm: two parts, one far outside; the other is tested at its own five per cent."""
    results = joined(crossed_results(FIVE, 5), crossed_results([5.0] * 10, 5, "two"))
    low = find(claim(predicted(at_most(9))), results).evidence[0].found.low
    barely, far = predicted(at_most(low - 1e-6)), predicted(at_most(1), "two")
    assert outcomes(find(claim(barely, far, rule="each"), results)) == ["fails", "fails"]


def test_equivalence_is_two_one_sided_tests():
    results = crossed_results([value - 0.2 for value in FIVE], 5)
    found = find(claim(predicted(within(9))), results).evidence[0].found
    edge = max(-found.low, found.high)
    assert find(claim(predicted(within(edge + 1e-6))), results).verdict == "supported"
    assert find(claim(predicted(within(edge - 1e-6))), results).verdict == "undecided"


@pytest.mark.parametrize(
    ("share", "verdict"), [([1.0] * 10, "supported"), ([1.0] * 9 + [0.99], "refuted")]
)
def test_one_value_and_no_other_is_judged_by_counterexample(share: list[float], verdict: str):
    results = crossed_results([0.0] * 10, 5)
    rows = [
        {**row, "test_accuracy_mid": value}
        for row, value in zip(results["claims"], share, strict=True)
    ]
    exact = Prediction("all of them", Mean(accuracy, cells_of("one")), exactly(100, "%"))
    found = find(claim(exact), {"claims": rows})
    assert found.verdict == verdict
    assert np.isnan(found.evidence[0].found.high), "no interval has anything to add"
    least = Prediction("least", Least(accuracy, cells_of("one")), at_least(100, "%"))
    assert find(claim(least), {"claims": rows}).verdict == verdict


def test_a_share_has_no_interval_above_all():
    results = crossed_results([0.0] * 10, 5)
    shares = (1, 1, 1, 1, 1, 1, 1, 0.95, 0.9, 1)
    rows = [
        {**row, "test_accuracy_mid": float(value)}
        for row, value in zip(results["claims"], shares, strict=True)
    ]
    found = Mean(accuracy, cells_of("one")).of({"claims": rows})
    assert found.low < found.estimate < found.high == 100


@pytest.mark.parametrize(
    ("bound", "value", "outcome"),
    [
        (at_most(-0.8), -0.7999999999999999, "holds"),
        (at_least(0.1 + 0.2), 0.3, "holds"),
        (exactly(100), 100 * 0.07 / 0.07, "holds"),
        (at_most(0), 4.4e-16, "holds"),
        (at_most(-0.8), -0.7999, "fails"),
        (at_most(0), 1e-9, "fails"),
        (at_most(1e-10), 2.5e-10, "fails"),
    ],
)
def test_rounding_does_not_decide(bound: Bound, value: float, outcome: str):
    results = crossed_results([value] * 10, 5)
    assert outcomes(find(claim(predicted(bound)), results)) == [outcome]


def test_two_or_three_values_that_differ_decide_nothing():
    results = crossed_results((0.1, 0.2, 0.3), 3)
    assert find(claim(predicted(at_most(9))), results).verdict == "undecided"
    assert find(claim(predicted(at_most(-9))), results).verdict == "undecided"
    assert find(claim(predicted(at_most(9))), crossed_results([0.1] * 3, 3)).verdict == "supported"


def test_medians_of_few_networks_decide_by_their_range():
    number = Median(VALUE, cells_of("one"))
    for bound, verdict in ((0.41, "supported"), (0.39, "undecided"), (-0.1, "refuted")):
        found = find(claim(Prediction("time", number, at_most(bound))), crossed_results(FIVE, 5))
        assert found.verdict == verdict


def test_what_is_true_by_construction_is_no_verdict_of_the_numbers():
    for values in (FIVE, [9.0] * 10):
        found = find(claim(predicted(at_most(1)), rule="construction"), crossed_results(values, 5))
        assert found.verdict == "by construction"
    assert outcomes(found) == ["fails"], "and what was found is shown all the same"


def test_a_prediction_whose_control_fails_is_no_test():
    results = joined(crossed_results(FIVE, 5), crossed_results([2.0] * 10, 5, "two"))
    best = Control("best map known", Mean(VALUE, cells_of("two")), at_most(3))
    fair, unfair = (replace(best, passes=at_most(limit)) for limit in (3, 1))
    absent = replace(best, number=Mean(VALUE, cells_of("three")))
    fails = predicted(at_most(-9), controls=(unfair,))
    holds = predicted(at_most(9), controls=(fair,))
    both = find(claim(fails, holds), results)
    assert outcomes(both) == ["no test", "holds"]
    assert both.verdict == "supported"
    assert [c.passed for e in both.evidence for c in e.controls] == [False, True]
    alone = find(claim(fails), results)
    assert (alone.verdict, outcomes(alone)) == ("not judged", ["no test"])
    missing = find(claim(predicted(at_most(9), controls=(absent,))), results)
    assert missing.verdict == "not yet measured"
    assert outcomes(find(claim(fails, holds, rule="each"), results)) == ["no test", "holds"]


def test_a_multiple_is_judged_in_its_own_unit():
    results = joined(crossed_results([v + 1 for v in FIVE], 5), crossed_results([2.0] * 10, 5, "b"))
    number = Multiple(VALUE, cells_of("one"), cells_of("b"))
    found = number.of(results)
    assert found.low < found.estimate < found.high
    assert found.estimate == pytest.approx(stats.gmean([(v + 1) / 2 for v in FIVE]))
    assert find(claim(Prediction("", number, at_most(0.8))), results).verdict == "supported"


def test_cells_that_failed_are_counted_beside_a_verdict():
    lost = crossed_results([0.0], 2, status="failed", cell="lost")
    results = joined(crossed_results(FIVE, 5), lost)
    found = find(claim(predicted(at_most(9)), predicted(at_most(8))), results)
    assert found.left_out == 1
    assert found.evidence[0].found.n == 10
