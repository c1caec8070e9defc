"""Planted permutations: laws of planting, of what is measured, of the cells and their report."""

import math
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import torch

from basinbench.methods.base import Alignment, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.best_of import BestOf
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.plugins.catalogue import methods
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.methods.weight_matching import WeightMatching
from basinbench.reports.build import build
from basinbench.reports.data.grid import read_grid
from basinbench.results.facts import canonical
from basinbench.results.record import Record
from basinbench.results.store import RecordStore, gather
from basinbench.runners.cells.planted import PlantedCell
from basinbench.runners.commands.filters import select_cells
from basinbench.runners.execution.engine import Engine
from basinbench.runners.grids.blocks import PlantedBlock
from basinbench.runners.grids.named import NOISES, SLOW, grid
from basinbench.runners.keys import params
from basinbench.runners.measuring.planted import (
    PLANTED_IMAGES,
    PLANTED_SHAPE,
    measure_planted,
    planted_problem,
)
from basinbench.runners.measuring.planting import Planted
from basinbench.runners.measuring.workspace import Workspace
from basinbench.runners.networks import MLP, VGG, ResNet20, ResNeXt20, RowLSTM, UNet
from basinbench.runners.networks.base import Architecture
from basinbench.runners.networks.torchvision import (
    TorchvisionDenseNet,
    TorchvisionRegNet,
    TorchvisionShuffleNet,
    TorchvisionViT,
)

CPU = torch.device("cpu")
PERCEPTRON, CONVOLUTIONAL = MLP((64, 64, 64)), VGG(8, 8, norm="batch")
WIDEST = WeightMatching(order="widest")
FORMS: tuple[Architecture, ...] = (
    PERCEPTRON,
    CONVOLUTIONAL,
    TorchvisionViT(depth=1, heads=2, width=8),
    TorchvisionDenseNet(2, (1, 1), 4),
    TorchvisionShuffleNet((1, 1, 1), (4, 8, 8, 8, 8)),
    TorchvisionRegNet(2, 8),
    ResNeXt20(0.25, groups=2),
    ResNet20(0.25, norm="group"),
    RowLSTM(8, depth=2),
    UNet(8, levels=1),
)

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


@cache
def posed(form: Architecture, noise: float = 0.0, seed: int = 0) -> tuple[Planted, Problem]:
    return planted_problem(form, noise, seed, CPU)


def planted_forms() -> tuple[Architecture, ...]:
    """The networks of the grid."""
    blocks = (block for block in grid("recovery").blocks if isinstance(block, PlantedBlock))
    return tuple(dict.fromkeys(block.network for block in blocks))


def images(count: int = 16) -> torch.Tensor:
    draw = torch.Generator().manual_seed(3)
    return torch.randn(count, *PLANTED_SHAPE, generator=draw, dtype=torch.float64)


def double(params: dict) -> dict:
    return {k: v.double() if v.is_floating_point() else v for k, v in params.items()}


@every_form
def test_without_noise_both_compute_the_same_and_are_alive(form: Architecture):
    planted, _ = posed(form)
    x = images()
    expected = planted.network(x, double(planted.network.params))
    outputs = planted.other(x, double(planted.other.params))
    assert (outputs - expected).abs().max() < 1e-10 * expected.abs().max()
    assert expected.std(0).min() > 1e-3
    zero = [k for k, w in planted.network.weights.items() if not w.any()]
    assert not zero, "a tensor of zeros moves nothing"
    assert any(m != Permutation.identity(m.units) for m in planted.maps.values())


@every_form
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_planted_maps_recover_everything_exactly(form: Architecture, noise: float):
    planted, _ = posed(form, noise)
    answer = Alignment(({}, planted.maps))
    assert planted.recovered(answer) == 1
    assert planted.objective_ratio(answer) == 1


def test_any_common_basis_will_do_and_matrices_will_not():
    planted, _ = posed(PERCEPTRON)
    draw = torch.Generator().manual_seed(5)
    sizes = planted.network.widths
    basis = {g: Permutation(torch.randperm(n, generator=draw)) for g, n in sizes.items()}
    second = {g: Permutation(m.index[basis[g].index]) for g, m in planted.maps.items()}
    assert planted.recovered(Alignment((basis, second))) == 1
    assert planted.recovered(Alignment((basis, planted.maps))) < 0.2
    eye = torch.eye(64)
    with pytest.raises(TypeError, match="no permutation"):
        planted.recovered(Alignment(({}, {"hidden.0": Linear(eye, eye)})))


def test_two_units_swapped_are_two_units_lost():
    planted, _ = posed(PERCEPTRON)
    index = planted.maps["hidden.0"].index.clone()
    index[[0, 1]] = index[[1, 0]]
    wrong = Alignment(({}, planted.maps | {"hidden.0": Permutation(index)}))
    assert planted.recovered(wrong) == pytest.approx(1 - 2 / 192)
    assert planted.objective_ratio(wrong) < 1


def test_without_hidden_units_there_is_nothing_to_recover():
    planted, _ = posed(MLP(()))
    assert math.isnan(planted.recovered(Alignment(({}, {}))))


@pytest.mark.parametrize("form", [PERCEPTRON, CONVOLUTIONAL], ids=lambda form: form.name)
def test_weight_matching_recovers_all_and_identity_a_unit_a_group(form: Architecture):
    planted, problem = posed(form)
    assert planted.recovered(WIDEST.align(problem)) == 1
    found = planted.recovered(Identity().align(problem)) * sum(planted.network.widths.values())
    groups = len(planted.network.widths)
    assert abs(found - groups) <= 4 * groups**0.5  # each hits one by chance, deviation one


@pytest.mark.slow
@pytest.mark.parametrize("form", planted_forms(), ids=lambda form: form.name)
def test_best_of_recovers_all_without_noise_on_every_network_of_the_grid(form: Architecture):
    for seed in range(3):
        planted, problem = posed(form, seed=seed)
        assert planted.recovered(BestOf().align(problem)) == 1


def test_noise_is_as_large_as_it_says_and_spares_the_buffers():
    clean, noisy = (posed(CONVOLUTIONAL, noise)[0] for noise in (0.0, 0.5))
    assert clean.maps == noisy.maps
    for name, w in clean.other.params.items():
        moved = noisy.other.params[name]
        if name not in clean.other.weights:
            assert torch.equal(moved, w)
        elif w.numel() > 500:
            size = float((moved - w).std() / w.std())
            assert size == pytest.approx(0.5, rel=0.15)
        else:
            assert not torch.equal(moved, w)


def test_a_seed_draws_everything_anew_and_the_global_stream_stays():
    state = torch.random.get_rng_state()
    first, second = (planted_problem(MLP((8,)), 0.1, seed, CPU) for seed in (0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert first[0].maps != second[0].maps
    assert len(first[1].training_data) == PLANTED_IMAGES
    assert not torch.equal(*(p.network.params["head.weight"] for p, _ in (first, second)))


def test_soft_maps_are_skipped_with_a_reason(tmp_path: Path):
    soft = OTFusionWeights(solver="sinkhorn", regularisation=10.0)
    status, row = measure_planted(PlantedCell(MLP((8,)), 0.1, soft), Workspace(tmp_path, CPU))
    assert status == "skipped"
    assert row["reason"] == "its maps are no permutations"


def two(noise: float = 0.1) -> list[PlantedCell]:
    return [PlantedCell(MLP((8, 8)), noise, method) for method in (Identity(), WIDEST)]


def test_cells_end_in_records_and_a_second_run_does_nothing(tmp_path: Path):
    engine = Engine(tmp_path, CPU)
    tally = engine.run(two())
    assert (tally.done, tally.skipped, tally.failures) == (2, 0, [])
    for cell in two():
        record = engine.records.read(cell.key)
        assert record is not None
        assert {name: record[name] for name in cell.describe()} == cell.describe()
        assert record["permutation"] is True
        assert record["test_loss_mid"] is None
        assert isinstance(record["align_seconds"], float)
    widest = canonical(params(WIDEST))
    found = [r["recovered"] for r in RecordStore(tmp_path) if r["method_params"] == widest]
    assert found == [1]
    again = Engine(tmp_path, CPU).run(two())
    assert (again.done, again.kept) == (0, 2)


def test_a_cell_that_fails_is_recorded_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(Identity, "align", fail)
    tally = Engine(tmp_path, CPU).run(two())
    assert tally.done == 1
    assert next(reason for _, reason in tally.failures).startswith("RuntimeError: out of order")


def test_the_grid_has_each_method_at_each_noise_and_can_be_filtered():
    cells = grid("recovery").cells()
    names = set(methods())
    for network in {cell.network for cell in cells}:
        here = [cell for cell in cells if cell.network == network]
        absent = names - {cell.method.name for cell in here}
        assert absent == (set() if network == PERCEPTRON.name else set(SLOW) & names)
        assert {cell.noise for cell in here} == set(NOISES)  # type: ignore[union-attr]
    some = select_cells(
        grid("recovery"), {"network": ["vit"], "method": ["identity"], "seed": ["1"]}
    )
    assert len(some) == len(NOISES)


def planted_record(method: str, noise: float, seed: int, network: str = "mlp") -> Record:
    share = 1 / 64 if method == "identity" else 1 - noise / (2 + seed)
    return Record(
        {
            "cell": f"{method}-{noise}-{seed}-{network}",
            "dataset": "planted",
            "network_family": network,
            "network_params": "{}",
            "seeds": str(seed),
            "networks": 2,
            "noise": noise,
            "method": method,
            "method_params": "{}",
            "seed": seed,
            "status": "done",
            "recovered": share,
            "objective_ratio": 0.5 + share / 2,
            "permutation": True,
            "align_seconds": 0.01,
        }
    )


def test_the_report_has_a_table_and_a_figure(tmp_path: Path):
    records = [
        planted_record(method, noise, seed, network)
        for method in ("identity", "weight-matching")
        for noise in NOISES
        for seed in range(3)
        for network in ("mlp", "vgg")
    ]
    gather(records, tmp_path / "in" / "recovery")
    build(tmp_path / "in", tmp_path / "out")
    out = tmp_path / "out" / "recovery"
    assert {p.name for p in (out / "figures").iterdir()} == {"recovery.svg"}
    assert {p.stem for p in (out / "tables").iterdir()} == {"recovery", "cost", "outcomes"}
    table = pd.read_csv(out / "tables" / "recovery.csv")
    assert len(table) == 2 * 2 * len(NOISES)
    found = table[(table["method"] == "weight-matching") & (table["noise"] == 1.0)].iloc[0]
    assert found["recovered"] == pytest.approx(1 - (1 / 2 + 1 / 3 + 1 / 4) / 3)
    assert found["recovered_n"] == 3
    page = (out / "README.md").read_text()
    assert "figures/recovery.svg" in page
    assert "barrier" not in page.lower()
    assert read_grid(tmp_path / "in" / "recovery").is_planted
