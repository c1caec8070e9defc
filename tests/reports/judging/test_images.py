"""What the choice of the test images adds to the error of a number."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from crossed_rows import VALUE, cells_of, crossed_results, joined

from basinbench.reports.data.image_groups import GROUP_COLUMNS, groups_by_cell
from basinbench.reports.data.quantities import accuracy, barrier, column, loss, minus
from basinbench.reports.judging.cells import IMAGES
from basinbench.reports.judging.claim import Claim, Prediction, Results, at_most
from basinbench.reports.judging.images import smallest_bound, standard_error
from basinbench.reports.judging.statistics import Difference, Mean
from basinbench.reports.judging.verdicts import find
from basinbench.results.series import GROUP_COUNT, IMAGE_GROUP_COLUMNS


def with_groups(results: Results, losses: np.ndarray, **more: np.ndarray) -> Results:
    """The rows with these losses of the middle on their groups, (cells, groups)."""
    columns = {"test_loss_mid": losses, **more}
    return {
        "claims": [
            {
                **row,
                IMAGES: [
                    dict.fromkeys(GROUP_COLUMNS, 0.0)
                    | {name: float(values[cell, group]) for name, values in columns.items()}
                    for group in range(losses.shape[1])
                ],
            }
            for cell, row in enumerate(results["claims"])
        ]
    }


def test_the_error_of_a_mean_is_that_of_the_groups_means_over_all_pairs():
    losses = np.random.default_rng(0).gamma(2.0, size=(10, GROUP_COUNT))
    results = with_groups(crossed_results(losses.mean(axis=1), 5), losses)
    expected = losses.mean(axis=0).std(ddof=1) / np.sqrt(GROUP_COUNT)
    assert standard_error(Mean(loss, cells_of("one")), results) == pytest.approx(expected)


def test_a_difference_is_paired_image_by_image():
    """What all methods find hard in an image is in no difference between them."""
    hard = np.random.default_rng(1).gamma(2.0, size=(1, GROUP_COUNT))
    own = 0.01 * np.random.default_rng(2).normal(size=(10, GROUP_COUNT))
    results = joined(
        with_groups(crossed_results([0.0] * 10, 5), hard + own),
        with_groups(crossed_results([0.0] * 10, 5, "two"), hard + 0 * own),
    )
    found = standard_error(Difference(loss, cells_of("one"), cells_of("two")), results)
    assert found == pytest.approx(own.mean(axis=0).std(ddof=1) / np.sqrt(GROUP_COUNT))
    assert found < 0.1 * standard_error(Mean(loss, cells_of("one")), results)


def test_a_number_beside_the_best_network_is_paired_too():
    best = np.random.default_rng(3).random((10, GROUP_COUNT))
    middle = best + 0.01 * np.random.default_rng(4).random((10, GROUP_COUNT))
    results = with_groups(
        crossed_results([0.0] * 10, 5),
        middle,
        test_accuracy_mid=middle,
        test_accuracy_max=best,
        test_loss_min=best,
    )
    for quantity, factor in (
        (minus(loss, column("test_loss_min")), 1),
        (minus(accuracy, column("test_accuracy_max", 100)), 100),
    ):
        expected = factor * (middle - best).mean(axis=0).std(ddof=1) / np.sqrt(GROUP_COUNT)
        assert standard_error(Mean(quantity, cells_of("one")), results) == pytest.approx(expected)


def test_what_no_group_has_no_error_is_made_up_for():
    losses = np.random.default_rng(0).random((10, GROUP_COUNT))
    results = with_groups(crossed_results([0.0] * 10, 5), losses)
    scored = {"claims": [{**row, "test_barrier_chord_loss": 0.1} for row in results["claims"]]}
    assert isnan(standard_error(Mean(barrier, cells_of("one")), scored))
    assert isnan(standard_error(Mean(loss, cells_of("none")), results))
    assert isnan(standard_error(Mean(loss, cells_of("one")), crossed_results([0.0] * 10, 5)))
    some = {"claims": [*results["claims"][1:], {**results["claims"][0], IMAGES: []}]}
    assert isnan(standard_error(Mean(loss, cells_of("one")), some))


def test_a_verdict_shows_it_beside_the_networks_own():
    losses = np.random.default_rng(0).random((10, GROUP_COUNT))
    results = with_groups(crossed_results(losses.mean(axis=1), 5), losses)
    prediction = Prediction("a loss", Mean(VALUE, cells_of("one")), at_most(9))
    (evidence,) = find(Claim("G1", "somebody", "Something.", (prediction,)), results).evidence
    assert evidence.from_images == standard_error(prediction.number, results)
    assert evidence.from_images > 0


def test_groups_are_read_by_cell_in_their_order():
    names = [column.name for column in IMAGE_GROUP_COLUMNS]
    rows = [["b", 1, *range(6)], ["a", 0, *range(6, 12)], ["b", 0, *range(12, 18)]]
    found = groups_by_cell(pd.DataFrame(rows, columns=pd.Index(names)))
    assert [group["test_loss_mid"] for group in found["b"]] == [12, 0]
    assert list(found["a"][0].values()) == [6, 7, 8, 9, 10, 11]
    assert groups_by_cell(pd.DataFrame()) == {}


def test_a_bound_is_no_smaller_than_three_images():
    assert smallest_bound(10_000) == pytest.approx(0.03)
    assert smallest_bound(360) == pytest.approx(3 / 3.6)
