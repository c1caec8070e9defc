"""Laws of the barriers (laws.md 25 to 27), over curves drawn at random."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basinbench.results.barriers import (
    barriers,
    centroid,
    chord_barrier,
    highest,
    mean_barrier,
)

losses = st.floats(0, 10, allow_subnormal=False)


@st.composite
def curves(draw, counts: tuple[int, ...] = tuple(range(2, 26))):
    """Lambdas with both ends, equally spaced as in a cell, and a loss at each."""
    count = draw(st.sampled_from(counts))
    x = np.linspace(0, 1, count)
    return x, np.array(draw(st.lists(losses, min_size=count, max_size=count)))


@given(curves())
def test_the_chord_barrier_is_zero_at_the_ends_and_never_below(curve):
    x, y = curve
    assert chord_barrier(x, y) >= 0
    assert chord_barrier(x[[0, -1]], y[[0, -1]]) == 0


@given(curves())
def test_the_mean_barrier_is_at_least_half_the_distance_of_the_ends(curve):
    x, y = curve
    assert mean_barrier(x, y) >= 0
    assert mean_barrier(x, y) >= abs(y[0] - y[-1]) / 2 - 1e-12


@given(curves(counts=(3, 5, 25)))
def test_both_are_at_least_the_rise_of_the_middle_above_the_mean(curve):
    x, y = curve
    rise = y[len(y) // 2] - (y[0] + y[-1]) / 2
    assert chord_barrier(x, y) >= rise - 1e-12
    assert mean_barrier(x, y) >= rise - 1e-12


@given(curves())
def test_the_two_definitions_differ_by_no_more_than_half_the_distance_of_the_ends(curve):
    x, y = curve
    half = abs(y[0] - y[-1]) / 2
    assert (
        chord_barrier(x, y) - half - 1e-12
        <= mean_barrier(x, y)
        <= chord_barrier(x, y) + half + 1e-12
    )


@given(losses, st.integers(2, 25))
def test_a_network_merged_with_itself_has_no_barrier_to_the_last_bit(loss, points):
    x = np.linspace(0, 1, points)
    found = barriers(x, np.full(points, loss), np.full(points, loss / 10))
    assert (found.chord_loss, found.mean_loss) == (0, 0)
    assert (found.chord_accuracy, found.mean_accuracy) == (0, 0)


@given(curves())
def test_exchanging_the_networks_changes_nothing(curve):
    x, y = curve
    assert chord_barrier(1 - x, y) == pytest.approx(chord_barrier(x, y), abs=1e-12)
    assert mean_barrier(1 - x, y) == mean_barrier(x, y)


@given(curves(), st.randoms(use_true_random=False))
def test_the_order_of_the_points_changes_nothing(curve, random):
    x, y = curve
    order = list(range(len(x)))
    random.shuffle(order)
    assert chord_barrier(x[order], y[order]) == chord_barrier(x, y)
    assert mean_barrier(x[order], y[order]) == mean_barrier(x, y)


@given(st.integers(0, 10_000))
def test_a_linear_classifier_has_no_chord_barrier(seed):
    """Cross-entropy is convex in the weights of a model without hidden layers (law 26)."""
    random = np.random.default_rng(seed)
    x, labels = random.normal(size=(40, 6)), random.integers(4, size=40)
    a, b = random.normal(size=(2, 6, 4)) * 3

    def loss(weights):
        logits = x @ weights
        shift = logits.max(axis=1, keepdims=True)
        total = np.log(np.exp(logits - shift).sum(axis=1)) + shift[:, 0]
        return (total - logits[np.arange(40), labels]).mean()

    lambdas = np.linspace(0, 1, 25)
    values = [loss((1 - t) * a + t * b) for t in lambdas]
    assert chord_barrier(lambdas, values) == pytest.approx(0, abs=1e-12)
    assert mean_barrier(lambdas, values) == pytest.approx(
        abs(values[0] - values[-1]) / 2, abs=1e-12
    )


@given(st.floats(0, 5), losses, losses)
def test_a_parabola_on_a_line_has_its_height_as_chord_barrier(height, a, b):
    x = np.linspace(0, 1, 25)
    y = (1 - x) * a + x * b + height * 4 * x * (1 - x)
    assert chord_barrier(x, y) == pytest.approx(height, abs=1e-12)


def test_the_highest_point_counts_wherever_it_is():
    assert chord_barrier([0, 0.25, 0.5, 1], [1, 3, 1.5, 1]) == 2
    assert mean_barrier([0, 0.25, 0.5, 1], [1, 3, 1.5, 2]) == 1.5


def test_accuracy_falls_where_loss_rises():
    found = barriers([0, 0.5, 1], [0.1, 0.9, 0.3], [0.98, 0.58, 0.94])
    assert found.chord_loss == pytest.approx(0.7)
    assert found.chord_accuracy == pytest.approx(0.38)
    assert found.mean_accuracy == pytest.approx(0.38)
    gain = barriers([0, 0.5, 1], [0.3, 0.1, 0.3], [0.9, 0.95, 0.94])
    assert (gain.chord_loss, gain.chord_accuracy) == (0, 0)
    assert gain.mean_accuracy == pytest.approx(0.02)


def test_a_loss_that_is_not_a_number_is_not_hidden():
    assert math.isnan(chord_barrier([0, 0.5, 1], [0.1, math.nan, 0.1]))
    assert math.isnan(mean_barrier([0, 0.5, 1], [0.1, math.nan, 0.1]))
    assert chord_barrier([0, 0.5, 1], [0.1, math.inf, 0.1]) == math.inf


def test_a_merge_of_many_is_compared_with_their_mean():
    assert centroid([1.0, 2.0, 3.0], 2.5) == 0.5
    assert centroid([0.5, 0.5], 0.5) == 0


@pytest.mark.parametrize(
    ("lambdas", "values"),
    [
        ([0, 0.5], [1, 2]),
        ([0.5, 1], [1, 2]),
        ([0, 1, 1.5], [1, 2, 3]),
        ([-0.1, 0, 1], [1, 2, 3]),
        ([0, 1], [1, 2, 3]),
        ([[0, 1]], [[1, 2]]),
        ([], []),
        ([0, math.nan, 1], [1, 2, 3]),
    ],
)
def test_what_is_no_curve_is_refused(lambdas, values):
    with pytest.raises(ValueError, match="a curve needs"):
        chord_barrier(lambdas, values)
    with pytest.raises(ValueError, match="a curve needs"):
        mean_barrier(lambdas, values)


@given(curves(), st.data())
def test_barriers_are_those_of_the_highest_places_and_the_ends(curve, data):
    x, loss = curve
    share = st.floats(0, 1, allow_subnormal=False)
    accuracy = np.array(data.draw(st.lists(share, min_size=len(x), max_size=len(x))))
    places = highest(x, loss, accuracy) | {0.0, 1.0}
    kept = np.isin(x, list(places))
    assert len(places) <= 6
    assert barriers(x[kept], loss[kept], accuracy[kept]) == barriers(x, loss, accuracy)
