"""Axes that suit their numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from basinbench.reports.plotting import scales

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=8).map(np.array)


@given(SHARES)
@settings(max_examples=50)
def test_an_axis_of_accuracies_can_be_read(values):
    """At least two labels, and no number beyond the ends but those without any error."""
    axes = Figure().subplots()
    axes.plot(values, np.zeros_like(values))
    axes.plot(np.zeros_like(values), values)
    scales.accuracy_axis(axes, values)
    low, high = axes.get_ylim()
    assert sum(low <= tick <= high for tick in axes.get_yticks()) >= 2
    assert low <= values.min()
    assert values[values < 1 - 1e-9].max(initial=0) <= high
