"""Laws of the cells that look beyond one merge: agreement, maps from elsewhere, worked examples."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from basinbench.datasets.catalogue import load
from basinbench.errors import UserError
from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Alignment, Network
from basinbench.methods.baselines import Identity, Parent
from basinbench.methods.merge_many import MergeMany
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.series import GROUP_COUNT, IMAGE_GROUP_COLUMNS
from basinbench.runners.cells.agreement import AgreementCell
from basinbench.runners.cells.merge import Cell
from basinbench.runners.cells.transfer import TransferCell
from basinbench.runners.cells.worked_example import ExampleCell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing
from basinbench.runners.grids.blocks import AgreementBlock, Block, ExampleBlock, TransferBlock
from basinbench.runners.measuring.agreement import partner_agreement
from basinbench.runners.measuring.align import Aligned, transferred
from basinbench.runners.measuring.workspace import Workspace
from basinbench.runners.networks import MLP
from basinbench.runners.networks.alive import network, problem_of, shuffled
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.recipes import recipe

CPU = torch.device("cpu")
SHORT = replace(recipe("digits-short"), epochs=2)
BLOCK = Block(
    "digits", MLP((12, 10)), SHORT, ((0, 1),), (WeightMatching(),), (Nothing(),), points=3
)


def run(tmp_path: Path, *cells):
    engine = Engine(tmp_path, CPU)
    tally = engine.run(cells)
    assert tally.failures == []
    records = [engine.records.read(cell.key) for cell in cells]
    assert all(record is not None for record in records)
    return [record for record in records if record is not None]


def test_a_method_agrees_with_itself_and_with_another_by_its_true_share(tmp_path: Path):
    (ends,) = (BLOCK.endpoints(seeds) for seeds in BLOCK.pairs)
    methods = (WeightMatching(), Identity(), OTFusionWeights())
    cells = [AgreementCell(ends, m, WeightMatching()) for m in methods]
    itself, identity, otfusion = (r["agreement"] for r in run(tmp_path, *cells))
    assert itself == 1
    assert isinstance(identity, float)
    assert identity < 0.8
    assert isinstance(otfusion, float)
    assert otfusion > 0


def test_activation_matching_agrees_with_otfusion_on_squared_distances(tmp_path: Path):
    (ends,) = (BLOCK.endpoints(seeds) for seeds in BLOCK.pairs)
    theirs = OTFusionActivations(squared=True, when="after", samples=None)
    (record,) = run(tmp_path, AgreementCell(ends, theirs, ActivationMatching()))
    assert record["agreement"] == 1


def test_agreement_counts_the_units_that_meet_the_same_whatever_the_basis():
    net = network("mlp", 1)
    other, _ = shuffled(net)
    problem = problem_of(net, other)
    alone = WeightMatching(order="widest").align(problem)
    planted = {g: m for g, m in alone.maps[1].items() if isinstance(m, Permutation)}
    turned = {g: Permutation(torch.arange(len(m.index)).flip(0)) for g, m in planted.items()}
    both = replace(alone, maps=(turned, {g: m.after(planted[g]) for g, m in turned.items()}))
    assert partner_agreement(problem, alone, both) == 1
    assert partner_agreement(problem, alone, replace(alone, maps=(turned, planted))) < 0.1
    group, found = next(iter(planted.items()))
    index = found.index[[1, 0, *range(2, len(found.index))]]
    swapped = replace(alone, maps=({}, planted | {group: Permutation(index)}))
    expected = 1 - 2 / sum(net.widths.values())
    assert partner_agreement(problem, alone, swapped) == pytest.approx(expected)


def test_dead_units_do_not_count_whoever_is_their_partner():
    a, b = network("mlp", 1), network("mlp", 2)

    def killed(net: Network, units: list[int]) -> Network:
        params = {n: w.clone() for n, w in net.params.items()}
        params["hidden.0.weight"][units], params["hidden.0.bias"][units] = 0, -1
        return Network(net.module, params, net.symmetry)

    problem = problem_of(killed(a, [0, 1]), killed(b, [2, 3, 4]))
    straight = {g: Permutation.identity(n) for g, n in a.widths.items()}
    widths = sum(a.widths.values())

    def share(swaps: list[tuple[int, int]]) -> float:
        index = straight["hidden.0"].index.clone()
        for i, j in swaps:
            index[[i, j]] = index[[j, i]]
        other = straight | {"hidden.0": Permutation(index)}
        plain, moved = (Alignment(({}, maps), {}) for maps in (straight, other))
        return partner_agreement(problem, plain, moved)

    assert share([(0, 1)]) == 1, "units of the first network that are dead"
    assert share([(2, 3)]) == 1, "living units whose partners are dead in either case"
    assert share([(0, 9)]) == pytest.approx(1 - 1 / (widths - 2)), "one of the two lives"
    assert share([(8, 9)]) == pytest.approx(1 - 2 / (widths - 2))


def test_without_hidden_units_there_is_no_share_to_agree_on(tmp_path: Path):
    linear = replace(BLOCK, network=MLP(()))
    problem = Workspace(tmp_path, CPU).problem(linear.endpoints((0, 1)), 0)
    nothing = Alignment(({}, {}))
    assert math.isnan(partner_agreement(problem, nothing, nothing))


def test_groups_of_test_images_are_parts_of_what_the_row_says(tmp_path: Path):
    (cell,) = BLOCK.cells()
    (record,) = run(tmp_path, cell)
    assert [group.group for group in record.groups] == list(range(GROUP_COUNT))
    size = len(load("digits").test)
    sizes = [len(range(i, size, GROUP_COUNT)) for i in range(GROUP_COUNT)]
    for place, column in enumerate(c.name for c in IMAGE_GROUP_COLUMNS[2:]):
        means = [group.scores[place] for group in record.groups]
        assert np.average(means, weights=sizes) == pytest.approx(record[column], rel=1e-4), column
        assert len(set(means)) > 1


def test_maps_from_the_same_networks_change_nothing(tmp_path: Path):
    (ends,) = (BLOCK.endpoints(seeds) for seeds in BLOCK.pairs)
    own = Cell(ends, WeightMatching(), Nothing(), points=3)
    moved = TransferCell(ends, WeightMatching(), Nothing(), points=3, elsewhere=ends, by="itself")
    ours, theirs = run(tmp_path, own, moved)
    assert ours.curve == theirs.curve
    assert own.key != moved.key
    assert (theirs["method"], theirs["maps_from"]) == ("weight-matching", "itself")


def test_maps_come_from_the_networks_elsewhere(tmp_path: Path):
    longer = replace(BLOCK, recipe=replace(SHORT, epochs=4))
    (moved,) = TransferBlock(BLOCK, longer, "the end").cells()
    (own,), (late,) = BLOCK.cells(), longer.cells()
    there, here, at_the_end = run(tmp_path, moved, own, late)
    assert there["test_loss_a"] == here["test_loss_a"] != at_the_end["test_loss_a"]
    assert there["stats"] == at_the_end["stats"] != here["stats"]
    assert there["test_loss_mid"] != here["test_loss_mid"]


def test_a_cell_with_maps_from_elsewhere_needs_no_other_cell_beside_it(tmp_path: Path):
    (moved,) = TransferBlock(BLOCK, replace(BLOCK, recipe=replace(SHORT, epochs=4)), "end").cells()
    (alone,) = run(tmp_path, moved)
    assert (alone.status, alone["reason"]) == ("done", None)


def test_two_of_three_that_were_aligned_together(tmp_path: Path):
    pair = replace(BLOCK, pairs=((1, 2),))
    (cell,) = TransferBlock(pair, replace(BLOCK, pairs=((0, 1, 2),)), "a third").cells()
    (plain,) = pair.cells()
    through, direct = run(tmp_path, cell, plain)
    assert through["test_loss_a"] == direct["test_loss_a"]
    assert through["networks"] == 2
    assert through["test_loss_mid"] != direct["test_loss_mid"]
    with pytest.raises(ValueError, match="found elsewhere"):
        TransferCell(plain.endpoints, Identity(), Nothing(), elsewhere=plain.endpoints[:1])


def test_the_last_maps_are_those_of_the_cells_own_networks(tmp_path: Path):
    workspace = Workspace(tmp_path, CPU)
    three, two = (workspace.problem(BLOCK.endpoints(seeds), 0) for seeds in ((0, 1, 2), (1, 2)))
    alignment = MergeMany().align(three)
    found = transferred(Aligned(three, alignment, {}), two)
    assert found.problem is two
    assert all(x is y for x, y in zip(found.alignment.maps, alignment.maps[1:], strict=True))


def test_a_merge_that_is_given_whole_cannot_be_carried_over(tmp_path: Path):
    workspace = Workspace(tmp_path, CPU)
    there, here = (workspace.problem(BLOCK.endpoints(seeds), 0) for seeds in ((0, 1), (1, 2)))
    aligned = Aligned(there, Parent().align(there), {})
    assert transferred(aligned, there) is aligned
    with pytest.raises(UserError, match="no maps to carry over"):
        transferred(aligned, here)


def test_networks_of_a_cell_may_be_trained_for_different_times(tmp_path: Path):
    recipes = (SHORT, replace(SHORT, epochs=0))
    (cell,) = replace(BLOCK, recipe=recipes, pairs=((0, 0),), methods=(Identity(),)).cells()
    (record,) = run(tmp_path, cell)
    assert (record["recipe"], record["recipe_params"]) == (
        "digits-short",
        '[{"epochs":2},{"epochs":0}]',
    )
    assert record["test_accuracy_a"] > 0.5 > record["test_accuracy_b"]  # type: ignore[operator]
    other = Endpoint(MLP((12, 10)), "digits", recipe("mnist-short"), 1)
    with pytest.raises(ValueError, match="share"):
        Cell((cell.endpoints[0], other), Identity(), Nothing())


def test_the_papers_examples_have_the_answers_that_the_papers_give(tmp_path: Path):
    records = run(tmp_path, *ExampleBlock().cells())
    answers = {r["network_family"]: json.loads(str(r["stats"])) for r in records}
    counter = answers["git-rebasin-a.6"]
    assert counter["ends"] == 0
    assert counter["least"] == 0.25
    slopes = answers["git-rebasin-a.7.2"]
    assert slopes["greedy"] == pytest.approx(0.5, abs=1e-3)
    assert slopes["both"] == pytest.approx(1, abs=1e-3)
    assert {cell.key for cell in ExampleBlock().cells()} == {r.cell for r in records}


def test_agreement_blocks_compare_each_method_on_each_pair():
    block = replace(BLOCK, pairs=((0, 1), (2, 3)), methods=(Identity(), WeightMatching()))
    cells = AgreementBlock(block, ActivationMatching()).cells()
    assert len({cell.key for cell in cells}) == 4
    assert {cell.describe()["against"] for cell in cells} == {"activation-matching"}


def test_probes_have_names_that_tell_them_apart():
    assert str(ExampleCell("git-rebasin-a.6")) == "working out the example git-rebasin-a.6"
