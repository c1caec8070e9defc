"""Settings that differ in their width or in their epochs alone, and the figures of these."""

import numpy as np
import pytest
from analytic_records import ALL, PAIRS, record

from basinbench.reports import style, sweep_curves
from basinbench.reports.grid import read
from basinbench.reports.plates import overviews
from basinbench.reports.sweeps import epochs, sweeps, width
from basinbench.results.store import gather

METHODS = ("identity", "weight-matching", "weight-matching(order=forward)", "parent")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mlp-64x3", ("mlp-Wx3", 64)),
        ("mlp-64", ("mlp-W", 64)),
        ("mlp-64x3-ln", ("mlp-Wx3-ln", 64)),
        ("mlp-64x2-nobias-tanh", ("mlp-Wx2-nobias-tanh", 64)),
        ("mlp-400-200-100", ("mlp-W-0.5W-0.25W", 400)),
        ("vgg8-w8-bn", ("vgg8-wW-bn", 8)),
        ("vgg16-w2-h16-16-ln", ("vgg16-wW-h8W-8W-ln", 2)),
        ("vgg16-w4-h32-32-ln", ("vgg16-wW-h8W-8W-ln", 4)),
        ("resnet20-w0.5-ln", ("resnet20-wW-ln", 0.5)),
        ("resnet18-w64-nobias", ("resnet18-wW-nobias", 64)),
        ("mlp-48x3+mlp-64x3", None),
        ("linear", None),
        ("someone-elses-64", None),
    ],
)
def test_the_width_of_a_network_is_read_from_its_name(name, found):
    assert width(name) == found


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("short(epochs=3)", ("short(epochs=E)", 3)),
        ("short(optimiser=Adam(lr=0.1), epochs=3)", ("short(optimiser=Adam(lr=0.1), epochs=E)", 3)),
        ("short(epochs=0, batch=10)", ("short(epochs=E, batch=10)", 0)),
        ("short", None),
        ("short(schedule=WarmupCosine(lr=1, epochs=2))", None),
        ("short(schedule=WarmupCosine(lr=1, epochs=2, end=0))", None),
        ("short(epochs=8)+short(epochs=0)", None),
    ],
)
def test_the_epochs_of_a_recipe_are_read_from_its_label(label, found):
    assert epochs(label) == found


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Four widths, three of them in two finishes; three epochs; and what belongs to neither."""
    folder = tmp_path_factory.mktemp("sweeps")
    cells = [
        record(m, p, f, f"mlp-{w}x2")
        for m in METHODS
        for p in PAIRS
        for w in (32, 64, 128, 256)
        for f in (("none",) if w == 32 else ("none", "reset"))
    ]
    cells += [
        record(m, p, cell=f"e{e}-{METHODS.index(m)}-{p}", recipe=f"digits-short(epochs={e})")
        for m in METHODS
        for p in PAIRS
        for e in (0, 1, 5)
    ]
    cells += [record("identity", p, network=n) for p in PAIRS for n in ("vgg8-w4", "vgg8-w8")]
    cells += [record("identity", p, split="biased", cell=f"b{p}", network="mlp-8x2") for p in PAIRS]
    gather(cells, folder)
    return read(folder)


def test_a_sweep_differs_in_one_number_alone(grid):
    by_width, by_epoch = sweeps(grid)
    assert (by_width.over, by_width.family, by_width.values) == (
        "width",
        "mlp-Wx2",
        [32, 64, 128, 256],
    )
    assert (by_epoch.over, by_epoch.values) == ("epochs", [0, 1, 5])
    for sweep, kept in ((by_width, "recipe"), (by_epoch, "network")):
        for column in ("dataset", "split", "networks", kept):
            assert len({getattr(setting, column) for setting in sweep.members}) == 1
    assert sweep_curves.finishes(by_width) == ["none", "reset"]
    assert sweep_curves.finishes(by_epoch) == ["none"]


def test_a_line_is_the_mean_over_pairs_and_every_pair_a_point(grid):
    sweep = sweeps(grid)[0]
    for finish, factor, widths in (("none", 1, 4), ("reset", 0.1, 3)):
        figure = sweep_curves.draw(sweep, finish)
        assert figure is not None
        lines = figure.axes[0].lines
        means = [line for line in lines if line.get_linestyle() == "-"]
        assert [line.get_color() for line in means] == [
            style.family(style.name_of(m)).colour for m in METHODS[:3]
        ]
        for line, method in zip(means, METHODS[:3], strict=True):
            assert np.asarray(line.get_ydata()) == pytest.approx(
                [2 * factor * ALL[method]] * widths
            )
            assert np.asarray(line.get_xdata()).tolist() == sweep.values[-widths:]
        assert len(lines) - len(means) == 3 * widths
        assert sum(len(np.asarray(line.get_ydata())) for line in lines) == 3 * widths * (1 + 3)
        entries = [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]
        assert entries == [sweep.members[0].looks[method].label for method in METHODS[:3]]


def test_every_sweep_has_its_plate_and_no_two_the_same_name(grid):
    names = [plate.name for plate in overviews(grid)]
    assert len(set(names)) == len(names) == 3
    assert [name.split("-digits")[0] for name in names] == [
        "barrier-by-width",
        "barrier-by-width",
        "barrier-by-epochs",
    ]
