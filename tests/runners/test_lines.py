"""One definition of the line between two networks, whoever measures it, and what is no line."""

import math
from pathlib import Path

import own_checkpoints
import pytest
import torch
from cheaper_methods import CHEAPER
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

import basinbench as bb
from basinbench.datasets.catalogue import load
from basinbench.methods import WeightMatching, methods
from basinbench.runners import lines
from basinbench.runners.calls import AlignedNetworks
from basinbench.runners.keys import label_of
from basinbench.runners.own_networks.given import Given
from basinbench.runners.own_networks.merging import merge_files
from basinbench.runners.own_networks.named import network_named, one_method
from basinbench.runners.training.checkpoint_file import checkpoint_files

POINTS = 5
X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
INEXACT = ("cca(gamma=0.1)", "otfusion-weights(solver=sinkhorn,regularisation=0.2)")


def mlp(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))


@pytest.fixture(scope="module")
def pair() -> tuple[bb.Network, bb.Network]:
    first, second = (bb.network(mlp(seed), example=X) for seed in (0, 1))
    return first, second


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    return own_checkpoints.written(tmp_path, 2)


@pytest.mark.filterwarnings("ignore:.*near chance", "ignore:.*no validation split")
def test_line_merge_and_compare_give_the_same_barriers(files: list[Path], tmp_path: Path):
    """Of every method that gives a line, on one alignment; maps that are not exact included."""
    home = tmp_path / "home"
    chosen = [CHEAPER.get(name, form()) for name, form in methods().items()]
    chosen += map(one_method, INEXACT)
    digits, some = load("digits"), torch.arange(120)
    few = bb.dataset("few-digits", digits.train.take(some), digits.test.take(some))
    table = bb.compare(
        *files,
        network="nets.py:mlp",
        dataset=few,
        normalise="unit",
        points=POINTS,
        methods=chosen,
        finishes=["none"],
        home=home,
    )
    barriers = dict(zip(table["method"], table["barrier"], strict=True))
    form, read = network_named("nets.py:mlp"), checkpoint_files(files)
    given = Given(form, read, "few-digits", normalise="unit")
    test = (few.test.images / 255, few.test.labels)
    measured = set()
    for method in chosen:
        label = label_of(method)
        if math.isnan(barriers[label]):
            continue
        merged = merge_files(given, method, points=POINTS, home=home)
        assert merged.measured is not None
        columns, ends = merged.measured.columns, merged.measured.networks
        if merged.alignment.merged is not None:
            continue
        found = AlignedNetworks(method, merged.problem, merged.alignment).line(test, POINTS)
        assert found.barriers.chord_loss == pytest.approx(barriers[label], abs=1e-5), label
        for name in ("chord_loss", "mean_loss", "chord_accuracy", "mean_accuracy"):
            value = columns[f"test_barrier_{name}"]
            assert getattr(found.barriers, name) == pytest.approx(value, abs=1e-5), (label, name)
        trained = [score.loss for score in ends]
        assert found.losses[:: POINTS - 1] == pytest.approx(trained, abs=1e-5), label
        measured.add(label)
    assert {*map(label_of, map(one_method, INEXACT)), "cca"} < measured
    assert len(measured) >= 12


def test_the_ends_are_the_networks_as_trained_and_the_line_runs_between_the_moved(pair):
    """What soft maps lose is a jump at the end: the barrier grows with the number of points."""
    losses = [float(F.cross_entropy(network(X), Y)) for network in pair]
    for text in INEXACT:
        aligned = bb.align(*pair, method=text, samples=(X, Y))
        assert not aligned.alignment.is_exact
        few, many = (aligned.line((X, Y), points) for points in (3, 201))
        for found in (few, many):
            assert found.losses[:: len(found.losses) - 1] == pytest.approx(losses, rel=1e-5)
        moved = float(F.cross_entropy(pair[0](X, aligned.networks[1]), Y))
        assert many.losses[-2] == pytest.approx(moved, abs=0.05)
        assert abs(moved - losses[1]) > 0.01
        assert many.barriers.chord_loss >= few.barriers.chord_loss


def test_a_line_takes_what_align_and_merge_take(pair):
    """The same arguments, the same maps."""
    how = {"samples": (X, Y), "seed": 3, "validation": (X[:9], Y[:9]), "per_network_data": [X, X]}
    for method in ("cca", "weight-matching", WeightMatching, WeightMatching(order="widest")):
        aligned = bb.align(*pair, method=method, **how)
        found = bb.line(*pair, data=(X, Y), method=method, points=3, **how)
        assert found.losses == aligned.line((X, Y), 3).losses
        middle = float(F.cross_entropy(pair[0](X, bb.merge(*pair, method=method, **how)), Y))
        assert found.losses[1] == pytest.approx(middle, rel=1e-5)


def test_no_line_leads_to_a_network_whose_own_parts_no_merge_has():
    """A line that ends at the body of one network with the head of another is refused."""
    for exclude in ("2", "*.bias", "0.weight"):
        apart = [bb.network(mlp(seed), example=X, exclude=exclude) for seed in (0, 1)]
        with pytest.raises(bb.UserError, match="excluded and differs between"):
            bb.line(*apart, data=(X, Y), points=3)
    near = mlp(0).state_dict()
    near["0.weight"] = near["0.weight"] + 0.01 * torch.randn(16, 4)
    turned = {name: value.flip(0) for name, value in near.items()}
    turned["2.weight"], turned["2.bias"] = near["2.weight"].flip(1), near["2.bias"]
    first, alike, other = (
        bb.network(mlp(0), params, example=X, exclude="2") for params in (None, near, turned)
    )
    own = [float(F.cross_entropy(network(X), Y)) for network in (first, alike)]
    with pytest.raises(bb.UserError, match=r"'2\.weight' is excluded and differs"):
        bb.line(first, other, data=(X, Y), points=3, method="identity")
    for second, method in (
        (alike, "identity"),
        (alike, "weight-matching"),
        (other, "weight-matching"),
    ):
        found = bb.line(first, second, data=(X, Y), points=3, method=method)
        assert found.losses[::2] == pytest.approx(own, rel=1e-5)


class Augmenting(Dataset):
    """Another image at every reading; what was read is counted."""

    def __init__(self) -> None:
        self.read = 0

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        self.read += 1
        return X[index] + torch.randn(4), int(Y[index])


def test_data_are_drawn_once_for_all_points(pair, monkeypatch: pytest.MonkeyPatch):
    for room in (lines.ROOM, 1):
        monkeypatch.setattr(lines, "ROOM", room)
        monkeypatch.setattr(lines, "BATCH", 20)
        data = Augmenting()
        found = bb.line(pair[0], pair[0], data=DataLoader(data, 7), points=5, method="identity")
        assert data.read <= len(X) + 1  # the first once more, for its type
        assert max(found.losses) == pytest.approx(min(found.losses), rel=1e-5)
    held = bb.line(*pair, data=(X, Y), points=5)
    monkeypatch.undo()
    whole = bb.line(*pair, data=(X, Y), points=5)
    assert held.losses == pytest.approx(whole.losses, rel=1e-6)
    assert held.accuracies == pytest.approx(whole.accuracies)
