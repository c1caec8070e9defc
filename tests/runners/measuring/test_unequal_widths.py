"""Networks of unequal widths, through the real engine: which methods meet, and on what terms."""

import math
from itertools import pairwise

import live_networks
import pytest
import tiny
import torch
from chains import of_widths, traced
from torch import nn

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Problem, weighted_mean
from basinbench.methods.baselines import Identity, Parent
from basinbench.methods.fedma import FedMA
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.pfnm import PFNM
from basinbench.methods.plugins.catalogue import methods
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.record import Record
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing, Retrain
from basinbench.runners.keys import label_of
from basinbench.runners.networks import MLP
from basinbench.runners.training.checkpoints import Endpoint

EVEN, UNEVEN, THIRD = (
    Endpoint(MLP(widths), "digits", tiny.RECIPE, seed)
    for seed, widths in enumerate([(16, 16), (12, 20), (16, 16)])
)
SETS = ((EVEN, UNEVEN), (UNEVEN, EVEN), (EVEN, UNEVEN, THIRD), (UNEVEN, EVEN, THIRD))
SOFT = (OTFusionWeights(), OTFusionActivations())
HARD = (Identity(), WeightMatching(), ActivationMatching())


def cells() -> list[Cell]:
    return [
        Cell(endpoints, method, finish, points=3)
        for endpoints in SETS
        for method in (*SOFT, *HARD)
        for finish in (Nothing(), Retrain())
    ]


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> list[tuple[Cell, Record]]:
    engine = Engine(tmp_path_factory.mktemp("home"), tiny.CPU)
    engine.run(cells())
    found = [(cell, engine.records.read(cell.key)) for cell in cells()]
    return [(cell, record) for cell, record in found if record is not None]


def test_transport_works_in_either_direction_and_on_several(records):
    done = [(cell, record) for cell, record in records if cell.method in SOFT]
    assert len(done) == 2 * len(SETS) * len(SOFT)
    for cell, record in done:
        assert record.status == "done", record["reason"]
        assert record["parameters"] == _parameters(cell.endpoints[0].network)
        assert math.isfinite(record["test_loss_mid"])
        assert record["test_barrier_chord_loss"] is not None


def test_a_network_scores_the_same_wherever_it_stands(records):
    found = {
        (cell.endpoints, cell.method, cell.finish): record
        for cell, record in records
        if record.status == "done"
    }
    for method in SOFT:
        there, back = (found[pair, method, Nothing()] for pair in SETS[:2])
        for column in ("train_loss", "test_loss", "test_accuracy"):
            assert there[f"{column}_a"] == back[f"{column}_b"] != there[f"{column}_b"]
            assert there[f"{column}_b"] == back[f"{column}_a"]
        assert there["test_loss_mid"] != back["test_loss_mid"]


def test_retraining_repairs_the_merge(records):
    loss = {
        (cell.network, cell.seeds, cell.method, cell.finish): record["test_loss_mid"]
        for cell, record in records
        if record.status == "done"
    }
    for (*which, finish), value in loss.items():
        if finish == Nothing():
            assert loss[*which, Retrain()] < value


def test_one_to_one_methods_are_skipped_with_the_reason(records):
    skipped = [record for cell, record in records if cell.method in HARD]
    assert len(skipped) == 2 * len(SETS) * len(HARD)
    for record in skipped:
        assert record.status == "skipped"
        assert record["reason"].startswith("needs equal widths: group ")


@pytest.mark.parametrize("deeper", [(8, 8, 8), (8, 8, 1)])
@pytest.mark.parametrize("turned", [False, True])
def test_networks_of_other_forms_are_skipped_by_all_that_merge(deeper, turned):
    """Another depth; a layer of one unit, which has no order and so is no group."""
    pair = of_widths("mlp", *((8, 8) if len(set(deeper)) == 1 else (8, 8, 4)))
    networks = (pair, of_widths("mlp", *deeper))
    data = live_networks.samples()
    problem = Problem(networks[::-1] if turned else networks, data, per_network_data=(data, data))
    for method in (kind() for kind in methods().values()):
        assert method.skip(problem) or isinstance(method, Parent), label_of(method)
    for method in SOFT:
        assert "needs networks of one form" in (method.skip(problem) or "")


def test_a_head_with_a_bias_and_one_without_are_two_forms():
    def network(bias: bool):
        layers = (nn.Linear(128, 6), nn.ReLU(), nn.Linear(6, live_networks.CLASSES, bias))
        return traced(nn.Sequential(nn.Flatten(), *layers), 1)

    problem = Problem((network(True), network(False)))
    for method in (PFNM(), FedMA(epochs=0), OTFusionWeights()):
        assert "needs networks of one form" in (method.skip(problem) or "")


def test_a_mean_of_unequal_shapes_is_refused():
    narrow, wide = ({"w": torch.ones(n, 3)} for n in (1, 4))
    with pytest.raises(ValueError, match=r"'w' has the shapes \(1, 3\) and \(4, 3\)"):
        weighted_mean((narrow, wide), (0.5, 0.5))


def _parameters(network: MLP) -> int:
    sizes = (64, *network.widths, 10)
    return sum((a + 1) * b for a, b in pairwise(sizes))
