"""A cell's curve is that of the plain loop, whatever the cells of its networks share."""

import pytest
from tiny import CPU, PERCEPTRON, pair

from basinbench.methods.base import Method, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.forward_bipartite import ForwardBipartite
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.columns import SPLITS
from basinbench.runners.cells.merge import Cell
from basinbench.runners.finishes import Nothing
from basinbench.runners.measuring import workspace as workspaces
from basinbench.runners.measuring.align import align
from basinbench.runners.measuring.score import merge_context, score_cell
from basinbench.runners.measuring.workspace import Workspace
from basinbench.runners.networks.evaluate import line, network_scores

METHODS = (Identity(), WeightMatching(), OTFusionWeights(solver="sinkhorn"), ForwardBipartite())


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("home"), CPU)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_curve_is_that_of_the_plain_loop(workspace: Workspace, method: Method):
    cell = Cell(pair(PERCEPTRON), method, Nothing(), points=5)
    ends = workspace.ends(cell.endpoints)
    problem = Problem(ends.networks, ends.samples, 0, ends.per_network_data, ends.validation)
    aligned = align(method, problem)
    found = score_cell(cell, ends, merge_context(cell, ends, aligned))
    at = line(method, problem, aligned.alignment)
    assert {point.at for point in found.curve} == {0, 0.25, 0.5, 0.75, 1}
    for point in found.curve:
        if 0 < point.at < 1:
            whole = network_scores(ends.networks[0].module, at(point.at), ends.data[point.split])
            assert point.loss == pytest.approx(whole.loss, rel=1e-5)
            assert point.accuracy == pytest.approx(whole.accuracy, abs=0.003)
        else:
            own = ends.scores[point.split][int(point.at)]
            assert (point.loss, point.accuracy) == (own.loss, own.accuracy)


def test_a_network_is_evaluated_once_for_all_its_pairs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    counted = 0
    evaluate = workspaces.log_probabilities

    def counting(*args):
        nonlocal counted
        counted += 1
        return evaluate(*args)

    monkeypatch.setattr(workspaces, "log_probabilities", counting)
    workspace.forget()
    scores = {
        seeds: workspace.ends(pair(PERCEPTRON, 0, seeds)).scores
        for seeds in ((0, 1), (0, 2), (1, 2), (0, 1))
    }
    assert counted == len(SPLITS) * 3
    assert scores[0, 1]["test"][0] == scores[0, 2]["test"][0]
    assert scores[0, 1]["test"][1] == scores[1, 2]["test"][0] != scores[0, 1]["test"][0]
    workspace.forget()
    workspace.ends(pair(PERCEPTRON))
    assert counted == len(SPLITS) * (3 + 2), "what was remembered is forgotten"
