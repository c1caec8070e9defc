"""Filters open a grid: new values take the place of those in the blocks that are left."""

from dataclasses import replace

import pytest

from basinbench.errors import UserError
from basinbench.methods.baselines import Identity
from basinbench.methods.zipit import ZipIt
from basinbench.runners.cells.merge import Cell
from basinbench.runners.cells.planted import PlantedCell
from basinbench.runners.commands.filters import select_cells
from basinbench.runners.finishes import Nothing, Retrain
from basinbench.runners.grids.named import grid
from basinbench.runners.networks import MLP
from basinbench.runners.training.recipes import recipe


def merges(name: str, **wanted: str) -> list[Cell]:
    cells = select_cells(grid(name), {option: [text] for option, text in wanted.items()})
    assert len(set(cells)) == len(cells)
    merged = [cell for cell in cells if isinstance(cell, Cell)]
    assert len(merged) == len(cells)
    return merged


PAIRS = ("0-1", "0-2", "0-3", "1-2", "1-3", "2-3")
TRIPLES = ("0-1-2", "1-2-3", "2-3-0", "3-0-1")


def test_a_new_network_goes_through_the_methods_and_finishes_that_are_left():
    cells = merges("quick", network="mlp-1024x3", method="identity,zipit", finish="none,retrain")
    assert {e.network for c in cells for e in c.endpoints} == {MLP((1024,) * 3)}
    found = {(c.method, c.finish, c.seeds) for c in cells}
    pairs, triples = PAIRS, TRIPLES
    assert found == {
        *((m, Nothing(), s) for m in (Identity(), ZipIt()) for s in pairs),
        *((m, Retrain(), s) for m in (Identity(), ZipIt()) for s in pairs if "3" not in s),
        *((m, Nothing(), s) for m in (Identity(), ZipIt()) for s in triples),
        *((Identity(), Retrain(epochs=10), s) for s in pairs),
    }
    assert len(found) == len(cells), "cells that differ in their points alone come once"


def test_a_variant_a_finish_and_a_recipe_of_ones_own():
    (cell,) = merges(
        "mnist",
        method="zipit(until=0.5)",
        finish="retrain(epochs=5)",
        recipe="mnist-short(epochs=3)",
        seed="0-1",
    )
    assert (cell.method, cell.finish) == (ZipIt(until=0.5), Retrain(epochs=5))
    wanted = replace(recipe("mnist-short"), epochs=3)
    assert [(e.recipe, e.dataset, e.seed) for e in cell.endpoints] == [
        (wanted, "mnist", 0),
        (wanted, "mnist", 1),
    ]
    assert cell.points == 7, "as the other cells of the grid"


def test_a_sweep_is_a_method_for_each_value():
    cells = merges("quick", method="zipit(until=[0.2, 0.5])", network="mlp-64x3", finish="none")
    assert {c.method for c in cells} == {ZipIt(until=0.2), ZipIt(until=0.5)}


def test_what_the_grid_has_is_chosen_beside_what_is_new():
    cells = merges(
        "quick", method="identity,zipit(until=0.50)", network="mlp-64x3", finish="none", seed="0-1"
    )
    assert {c.method for c in cells} == {Identity(), ZipIt(until=0.5)}
    own = set(grid("quick").cells())
    assert {c.method for c in cells if c in own} == {Identity()}


def test_a_variant_written_otherwise_is_the_one_that_the_grid_has():
    text = "otfusion-activations( when=after, squared=True, samples=None )"
    assert set(merges("quick", method=text)) <= set(grid("quick").cells())


def test_new_sets_of_seeds_stand_where_sets_of_their_size_are():
    cells = merges("quick", seed="7-8", network="mlp-64x3", method="identity")
    assert {c.seeds for c in cells} == {"7-8"}
    assert {c.finish.name for c in cells} > {"none", "retrain", "repair"}
    triples = merges("quick", seed="7-8-9", network="mlp-64x3", method="identity")
    assert {(c.seeds, c.finish.name) for c in triples} == {("7-8-9", "none")}
    four = merges("quick", seed="6-7-8-9", network="mlp-64x3", method="identity", finish="none")
    assert {c.seeds for c in four} == {"6-7-8-9"}, "wherever there are sets, if none are as large"


def test_all_pairs_are_those_that_the_grid_has_and_those_that_it_lacks():
    cells = merges("quick", seed="all-pairs:0-9", network="mlp-64x3", method="identity")
    plain = [c for c in cells if c.finish == Nothing()]
    assert len(plain) == 45
    assert sum(c in set(grid("quick").cells()) for c in plain) == 6


def test_another_data_set_takes_the_place_of_the_grids():
    cells = merges("quick", dataset="mnist", network="mlp-64x3", method="identity", finish="none")
    assert {c.dataset for c in cells} == {"mnist"}
    assert {c.seeds for c in cells} == {*PAIRS, *TRIPLES}


def test_networks_of_one_set_that_differ():
    cells = merges("quick", network="mlp-64x3+mlp-32x3", method="otfusion-weights", finish="none")
    assert {c.network for c in cells} == {"mlp-64x3+mlp-32x3"}
    assert {len(c.endpoints) for c in cells} == {2}


def test_what_the_grid_has_but_not_together_is_put_together():
    cells = merges("quick", network="mlp-64x3", finish="reset", method="identity")
    assert {(c.network, c.finish.name) for c in cells} == {("mlp-64x3", "reset")}
    assert not set(cells) & set(grid("quick").cells())


def test_planted_permutations_in_another_network():
    cells = select_cells(grid("recovery"), {"network": ["mlp-32x2"], "method": ["identity"]})
    assert {(type(c), c.network) for c in cells} == {(PlantedCell, "mlp-32x2")}
    assert len(cells) == 15


def test_a_recipe_filter_chooses_by_name_and_by_label():
    label = "git-rebasin-mnist-mlp(epochs=3)"
    chosen = select_cells(grid("claims"), {"recipe": [label]})
    assert chosen
    assert {e.recipe.label for c in chosen for e in c.endpoints} == {label}
    assert set(chosen) < set(select_cells(grid("claims"), {"recipe": ["git-rebasin-mnist-mlp"]}))


def test_nothing_that_fits_is_refused():
    with pytest.raises(UserError, match="no cell of grid 'quick' matches all filters together"):
        select_cells(grid("quick"), {"network": ["mlp-64x3+mlp-48x3"], "seed": ["7-8-9"]})
