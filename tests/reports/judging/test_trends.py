"""Laws of trends: within each pair, and along the whole of the ladder that they are named by."""

from dataclasses import replace

import pytest
from claim_rows import of_width, results, row

from basinbench.reports.data.named import Named
from basinbench.reports.data.quantities import column, width
from basinbench.reports.judging.cells import Cells, any_of
from basinbench.reports.judging.claim import Claim, Prediction, at_most
from basinbench.reports.judging.trends import RelativeTrend, Trend
from basinbench.reports.judging.verdicts import find

value = column("test_loss_mid")
WIDTHS = [2.0**i for i in range(4)]
LADDER = any_of(*(Named(*of_width(width).values()) for width in WIDTHS))
ONE, TWO = (Cells(method=Named(name, ""), network=LADDER) for name in ("one", "two"))
TREND, SHARE = Trend(value, width, ONE), RelativeTrend(value, width, ONE, TWO)

FALLING = (3.0, 2.0, 1.0, 0.0)
EVERY_PAIR = ("0-1", "0-2", "1-2")


def line(seeds: str, losses: tuple[float, ...], method: str = "one") -> list[dict]:
    """What was measured at the first so many widths."""
    found = zip(WIDTHS, losses, strict=False)
    return [row(method, seeds, loss, **of_width(width)) for width, loss in found]


def test_a_trend_is_rank_correlation_within_each_pair():
    falling, rising = line("0-1", FALLING), line("2-3", (0, 1, 4, 9))
    assert TREND.of(results(*falling)).estimate == pytest.approx(-1)
    assert TREND.of(results(*falling, *rising)).estimate == pytest.approx(0)
    assert TREND.of(results(*line("0", (1, 1, 1, 1)))).estimate == 0
    again = row(seeds="0-1", loss=1.5, **of_width(8))  # the widest once more
    assert TREND.of(results(*falling, again)).estimate == pytest.approx(-1)
    more = [*line("4-5", (2, 1, 1, 0)), *line("6-7", FALLING)]
    spread = TREND.of(results(*falling, *rising, *more))
    assert spread.low == -1, "cut where no correlation can be"
    assert -1 <= spread.low <= spread.estimate <= spread.high <= 1


def test_a_relative_trend_is_that_of_the_share():
    growing, whole = line("0-1", (1, 2, 3, 4)), line("0-1", (1, 4, 9, 16), "two")
    assert SHARE.of(results(*growing, *whole)).estimate == pytest.approx(-1), "the share falls"
    assert SHARE.of(results(*growing)).n == 0
    others = line("2-3", (1, 4, 9, 16), "two")
    assert SHARE.of(results(*growing, *others)).n == 0, "shares are of the same networks"


@pytest.mark.parametrize("cells", [replace(ONE, network=None), replace(ONE, network=any_of(1, 2))])
def test_a_trend_names_its_places_of_which_two_are_no_ladder(cells: Cells):
    with pytest.raises(ValueError, match="a trend needs 3 places"):
        Trend(value, width, cells)


def test_a_pair_that_lacks_a_place_is_left_out_and_the_reader_is_told():
    whole = [each for seeds in EVERY_PAIR for each in line(seeds, FALLING)]
    rising = line("0-3", (0, 1, 2))
    assert TREND.of(results(*whole, *rising)) == TREND.of(results(*whole))
    claim = Claim("G1", "somebody", "Something.", (Prediction("trend", TREND, at_most(0)),))
    told = find(claim, results(*whole, *rising))
    assert told.note == (
        "trend: 1 of 4 sets of networks lack some of the 4 places of the ladder and are left out."
    )
    assert find(claim, results(*whole)).note == ""


def test_of_a_ladder_that_no_pair_has_as_a_whole_nothing_is_said():
    begun = [each for seeds in EVERY_PAIR for each in line(seeds, FALLING[:3])]
    claim = Claim("G1", "somebody", "Something.", (Prediction("trend", TREND, at_most(0)),))
    found = find(claim, results(*begun))
    assert found.verdict == "not yet measured"
    assert "3 of 3" in found.note
    assert "none has own(width=8.0)" in found.note
    assert find(claim, {}).note == "", "and nothing of a ladder that nobody has begun"


def test_a_place_without_a_whole_is_one_that_the_pair_lacks():
    growing = line("0-1", (1, 2, 3, 4))
    nothing = results(*growing, *line("0-1", (0, 4, 9, 16), "two"))
    assert SHARE.of(nothing).n == 0
    assert SHARE.remark(nothing).startswith("1 of 1 sets of networks")
    third = results(*growing, *line("0-1", (1, 4, 9), "two"))
    assert SHARE.of(third).n == 0, "nor is a place that the others lack"


def test_a_merge_that_diverged_leaves_no_trend():
    found = TREND.of(results(*line("0-1", (3, 2, float("inf"), 0))))
    assert (found.n, found.failed) == (1, 1)
