"""Laws of the statistics that set two selections against each other, on numbers made by hand."""

import pytest
from claim_rows import results, row

from basinbench.reports.data.named import Named
from basinbench.reports.data.quantities import column
from basinbench.reports.judging.cells import Cells
from basinbench.reports.judging.comparisons import Above, Excess

value = column("test_loss_mid")
ONE, TWO = (Cells(method=Named(name, "")) for name in ("one", "two"))


def test_an_excess_is_what_is_more_than_a_share_of_the_others():
    found = results(
        row("one", "0-1", 0.5), row("two", "0-1", 1.0), row("one", "0-2", 0.1), row("two", "0-2", 1)
    )
    assert Excess(value, ONE, TWO, 0.4).of(found).estimate == pytest.approx((0.1 - 0.3) / 2)
    assert Excess(value, ONE, TWO, 0).of(found).estimate == pytest.approx(0.3)
    alone = results(row("one", "0-1", 0.5))
    assert Excess(value, ONE, TWO, 0.4).of(alone).n == 0


def test_one_model_of_other_networks_is_enough_to_stand_above():
    ours = [row("one", seeds, loss) for seeds, loss in (("0-1", 1.0), ("0-2", 3.0))]
    found = Above(value, ONE, value, TWO).of(results(*ours, row("two", "7-8", 0.5)))
    assert (found.estimate, found.n) == (pytest.approx(1.5), 2)
    assert Above(value, ONE, value, TWO).of(results(*ours)).n == 0, "nothing to stand above"
