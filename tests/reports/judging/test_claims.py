"""Laws of the claims: judged by their numbers alone, on cells that the grids have."""

from dataclasses import replace
from math import inf, nan

import pytest
from claim_rows import results, row

from basinbench.reports.data.named import Named
from basinbench.reports.data.quantities import (
    after,
    climb,
    climb_share,
    column,
    epochs,
    fully_recovered,
    hardness,
    minus,
    on_the_line,
    ratio,
    stat,
    width,
)
from basinbench.reports.data.statistics import Interval
from basinbench.reports.judging.cells import Cells
from basinbench.reports.judging.claim import (
    Bound,
    Claim,
    Prediction,
    at_least,
    at_most,
    exactly,
    within,
)
from basinbench.reports.judging.statistics import (
    Difference,
    Greatest,
    Least,
    Mean,
    Median,
    Multiple,
)
from basinbench.reports.judging.verdicts import find

value = column("test_loss_mid")
ONE, TWO = (Cells(method=Named(name, "")) for name in ("one", "two"))


@pytest.mark.parametrize(
    ("bound", "low", "high", "outcome"),
    [
        (at_most(1), 0.0, 1.0, "holds"),
        (at_most(1), 0.5, 1.5, "open"),
        (at_most(1), 1.1, 1.5, "fails"),
        (at_least(1), 0.5, 0.9, "fails"),
        (at_least(1), 1.0, 2.0, "holds"),
        (within(1), -1.0, 1.0, "holds"),
        (within(1), -1.5, 0.0, "open"),
        (within(1), -3.0, -1.5, "fails"),
        (exactly(2), 2.0, 2.0, "holds"),
        (exactly(2), 1.9, 2.1, "open"),
    ],
)
def test_a_bound_holds_an_interval_that_lies_within_it(
    bound: Bound, low: float, high: float, outcome: str
):
    assert bound.judge(Interval((low + high) / 2, low, high, 3)) == outcome


def test_a_number_without_an_interval_counts_by_itself_and_no_number_is_missing():
    assert at_most(1).judge(Interval(1, nan, nan, 1)) == "holds"
    assert at_most(1).judge(Interval(2, nan, nan, 1)) == "fails"
    assert at_most(1).judge(Interval(nan, nan, nan, 0)) == "missing"
    assert at_most(1).judge(Interval(inf, nan, nan, 1)) == "fails"


def test_a_verdict_follows_from_the_outcomes():
    found = results(row(loss=1.0), row(seeds="2-3", loss=1.0))

    def verdict(*bounds: Bound, **more) -> str:
        tests = tuple(Prediction("a number", Mean(value, ONE), bound) for bound in bounds)
        return find(Claim("G1", "somebody", "something", tests, **more), found).verdict

    assert verdict(at_most(1), at_least(1)) == "supported"
    assert verdict(at_most(0), at_least(2)) == "refuted"
    assert verdict(at_most(1), at_most(0)) == "mixed"
    assert verdict(at_most(1), at_most(0), rule="each") == "refuted"
    assert verdict(at_most(1), rule="each") == "supported"
    assert verdict() == "not yet measured"
    assert verdict(at_most(1), judged=False) == "not judged"
    claim = Claim(
        "G1", "somebody", "something", (Prediction("none", Mean(value, TWO), at_most(1)),)
    )
    assert find(claim, found).verdict == "not yet measured"
    assert find(claim, {}).verdict == "not yet measured"
    both = replace(
        claim, predictions=(*claim.predictions, Prediction("some", Mean(value, ONE), at_most(1)))
    )
    assert find(both, found).verdict == "not yet measured", "nothing is concluded from a part"
    assert [e.outcome for e in find(both, found).evidence] == ["missing", "holds"]


def test_an_interval_over_the_bound_decides_nothing():
    losses = (0.0, 0.1, 2.0, 1.0)
    found = results(*(row(seeds=str(i), loss=loss) for i, loss in enumerate(losses)))
    claim = Claim("G1", "somebody", "something", (Prediction("", Mean(value, ONE), at_most(0.7)),))
    assert [e.outcome for e in find(claim, found).evidence] == ["open"]
    assert find(claim, found).verdict == "undecided"
    for bound, rule, verdict in (
        (at_most(9), "all", "undecided"),
        (at_most(-9), "all", "mixed"),
        (at_most(-9), "each", "refuted"),
    ):
        more = (*claim.predictions, Prediction("more", Mean(value, ONE), bound))
        both = replace(claim, predictions=more, rule=rule)
        assert find(both, found).verdict == verdict


def test_one_pair_decides_nothing():
    claim = Claim("G1", "somebody", "something", (Prediction("", Mean(value, ONE), at_most(1)),))
    alone = find(claim, results(row(loss=0.0)))
    assert [e.outcome for e in alone.evidence] == ["open"]
    assert alone.verdict == "undecided"
    time = Claim("G1", "somebody", "something", (Prediction("", Median(value, ONE), at_most(1)),))
    assert find(time, results(row(loss=0.0))).verdict == "undecided"
    both = find(claim, results(row(loss=0.0), row(seeds="2-3", loss=0.0)))
    assert both.verdict == "supported"
    law = Claim("G1", "somebody", "something", (Prediction("", Least(value, ONE), at_most(1)),))
    assert find(law, results(row(loss=0.0))).verdict == "supported", "a law holds of each cell"


def test_statistics_are_taken_pair_by_pair():
    found = results(
        row("one", "0-1", 1.0),
        row("one", "2-3", 2.0),
        row("two", "0-1", 0.5),
        row("two", "2-3", 0.5),
        row("two", "4-5", 100.0),
        row("one", "6-7", 50.0, status="failed"),
        row("one", "0-1", 9.0, against="two"),
    )
    assert Mean(value, ONE).of(found).estimate == 1.5
    assert Mean(value, ONE).of(found).n == 2
    assert Median(value, TWO).of(found).estimate == 0.5
    assert Greatest(value, TWO).of(found).estimate == 100
    assert Least(value, ONE).of(found).estimate == 1
    assert Difference(value, ONE, TWO).of(found).estimate == 1.0
    assert Difference(value, ONE, TWO).of(found).n == 2
    assert Multiple(value, ONE, TWO).of(found).estimate == pytest.approx(8**0.5)
    assert Mean(value, replace(ONE, against=Named("two", ""))).of(found).estimate == 9


def test_differences_pair_networks_that_share_all_that_is_asked_alike():
    wide = [row("one", "0-1", 1.0, network_family=n) for n in ("a", "b")]
    narrow = [
        row("two", "0-1", 3.0, network_family="a"),
        row("two", "0-1", 5.0, network_family="b"),
    ]
    found = results(*wide, *narrow)
    assert Difference(value, ONE, TWO).of(found).n == 2
    a, b = (replace(TWO, network=Named(n, "")) for n in ("a", "b"))
    across = Difference(value, a, b).of(found)
    assert (across.estimate, across.n) == (-2, 1)


def test_quantities_of_one_cell():
    cell = row(
        network_params='{"norm":"layer","width":0.25}',
        recipe_params='{"epochs":3}',
        stats='{"soft_groups": 1, "groups": 4, "sweeps": 3, "converged": true}',
        test_loss_max=2.0,
        loss=1.0,
        curve={"train": {0.0: (0.1, 1.0), 0.5: (0.5, 0.5), 1.0: (0.4, 0.2)}},
        retraining={"test": {0: (2.0, 0.5), 5: (1.0, 0.9)}},
    )
    assert width(cell) == 0.25
    assert width(row(network_params='{"widths":[512,64]}')) == 512
    assert epochs(cell) == 3
    assert epochs(row(recipe_params="{}")) is None
    assert hardness(cell) == 75
    assert (stat("sweeps")(cell), stat("converged")(cell), stat("none")(cell)) == (3, 1, None)
    assert minus(value, column("test_loss_max"))(cell) == -1
    assert ratio(value, column("test_loss_max"))(cell) == 0.5
    assert ratio(value, column("test_loss_min"))(cell) is None
    assert (after(5, "loss")(cell), after(5, "accuracy")(cell)) == (1, 90)
    assert after(9, "loss")(cell) is None
    places = (0.0, 0.25, 0.5, 0.75, 1.0)
    held_out = ((0.1, 1.0), (0.4, 0.8), (0.3, 0.7), (0.5, 0.6), (0.0, 1.0))
    curve = {
        "validation": dict(zip(places, held_out, strict=True)),
        "test": {t: (t, 1 - t) for t in places},
    }
    assert on_the_line("loss")(cell | {"curve": curve}) == 0.5, (
        "the lowest inner loss on validation"
    )
    assert on_the_line("accuracy")(cell | {"curve": curve}) == 75
    assert on_the_line("loss")(cell | {"curve": {}}) is None
    assert on_the_line("loss")(cell | {"curve": {"train": curve["validation"]}}) is None
    assert climb(cell) == pytest.approx(0.1), "walked from the second network to the first"
    assert climb_share(cell) == pytest.approx(100 / 3), "of a fall by 0.3"
    assert fully_recovered(row(recovered=1.0)) == 1
    assert fully_recovered(row(recovered=0.99)) == 0
