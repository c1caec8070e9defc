"""The same cells give the same records on every engine; what cannot be is one sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import CPU, PERCEPTRON, Failing, Lethal, cells, lasting

from basinbench.errors import UserError
from basinbench.methods.baselines import Identity
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine, Tally
from basinbench.runners.execution.engines import slurm_resources
from basinbench.runners.execution.executor import Executor
from basinbench.runners.execution.jobs import Training
from basinbench.runners.execution.remote import outcome
from basinbench.runners.finishes import Nothing, ResetNorm
from basinbench.runners.progress import Display

SUPPORT = Path(__file__).parents[2] / "support"


def ray_here(home: Path) -> Executor:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'basinbench[ray]'")
    from basinbench.runners.execution.ray_cluster import RayCluster

    return RayCluster(home, Display(), 2)


def slurm_here(home: Path) -> Executor:
    pytest.importorskip("submitit", reason="submitit is not there: pip install 'basinbench[slurm]'")
    from basinbench.runners.execution.slurm_arrays import SlurmArrays

    return SlurmArrays(home, Display(), 2, cluster="local")


def some() -> list[Cell]:
    """Cells that are done, that fail, and that end their process."""
    done = cells((Identity(),), (Nothing(), ResetNorm()), (PERCEPTRON,))
    return done + cells((Failing(), Lethal()), (Nothing(),), (PERCEPTRON,))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> tuple[Tally, Path]:
    """The same on this machine, and where the records are."""
    del one_thread
    home = tmp_path_factory.mktemp("here")
    return Engine(home, CPU, workers=2).run(some()), home


@pytest.mark.slow
@pytest.mark.parametrize("engine", [ray_here, slurm_here], ids=["ray", "slurm"])
def test_the_same_cells_give_the_same_records(
    tmp_path: Path,
    engine: Callable[[Path], Executor],
    local: tuple[Tally, Path],
    monkeypatch: pytest.MonkeyPatch,
):
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), path]))  # where `tiny` is
    made, (here, records) = engine(tmp_path), local
    there = Engine(tmp_path, CPU, workers=2, executor=lambda: made).run(some())
    assert dict(there.failures) == dict(here.failures)
    counts = [(tally.done, tally.skipped, tally.kept, tally.left) for tally in (here, there)]
    assert counts[0] == counts[1]
    assert lasting(tmp_path, ("workers",)) == lasting(records, ("workers",))


def test_a_home_that_not_all_machines_see_is_said(tmp_path: Path):
    training = Training(cells(networks=(PERCEPTRON,))[0].endpoints[0])
    with pytest.raises(UserError, match="a folder that all machines see"):
        outcome(training, ([], "", False), tmp_path)
    lost = outcome(training, ([], "no memory", True), tmp_path)
    assert (str(lost.error), lost.died) == ("no memory", True)


def test_what_slurm_is_asked_for():
    asked = slurm_resources(["partition=long, minutes=90", "training: gpus=1, memory=16"])
    common = {"slurm_partition": "long", "timeout_min": 90}
    assert asked == {
        "training": {**common, "gpus_per_node": 1, "mem_gb": 16.0},
        "merging": common,
        "cpu": common,
    }
    for text, words in {
        "trainning: gpus=1": "did you mean 'training'",
        "partitoin=long": "did you mean 'partition'",
        "minutes=soon": "the resource 'minutes' is a number, not 'soon'",
    }.items():
        with pytest.raises(UserError, match=words):
            slurm_resources([text])
