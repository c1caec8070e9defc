"""Conditions that differ in their width or in their epochs alone, and the figures of these."""

import json

import numpy as np
import pytest
from analytic_records import ALL, FORWARD, PAIRS, mlp, record

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.sweeps import beside_each_other, epochs_of, left_by, sweeps, width_of
from basinbench.reports.plotting import sweeps as sweep_curves
from basinbench.reports.plotting.catalogue import overviews
from basinbench.reports.wording import style
from basinbench.reports.wording.style import method_styles
from basinbench.results.store import gather

TWO = [named("vgg", depth=8, width=w) for w in (4, 8)]
METHODS = (Named("identity"), Named("weight-matching"), FORWARD, Named("parent"))


NETWORKS = {
    "a perceptron": [named("mlp", widths=(w, w, w), norm="layer") for w in (32, 64, 128)],
    "one that narrows": [named("mlp", widths=(w, w // 2, w // 4)) for w in (100, 200, 400)],
    "a VGG": [named("vgg", depth=8, width=w, norm="batch") for w in (4, 8, 16)],
    "with hidden layers in proportion": [
        named("vgg", depth=16, width=w, hidden=(8 * w, 8 * w)) for w in (2, 4, 8)
    ],
    "with hidden layers that stay": [
        named("vgg", depth=16, width=w, hidden=(512, 512)) for w in (2, 4, 8)
    ],
    "a ResNet": [named("resnet20", width=w, norm="layer") for w in (0.25, 0.5, 1)],
    "a user's own": [named("own", width=w, blocks=(2, 2), sizes=(w, 3 * w)) for w in (3, 5, 7)],
}


@pytest.mark.parametrize("networks", NETWORKS.values(), ids=NETWORKS)
def test_every_family_has_its_sweep_over_the_width(tmp_path, networks):
    odd = named(networks[0].name, **(networks[0].parameters | {"bias": False}))
    gather([record("identity", p, network=n) for n in (*networks, odd) for p in PAIRS], tmp_path)
    (sweep,) = sweeps(read_grid(tmp_path))
    assert sweep.over == "width"
    assert [m.facts["network_params"] for m in sweep.members] == [n.params for n in networks]
    assert sweep.values == [width_of(n.params) for n in networks]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"widths": [64, 32]}, 64),
        ({"width": 0.5, "norm": "layer"}, 0.5),
        ({"widths": []}, None),
        ({"depth": 8}, None),
        ([{"width": 4}, {"width": 8}], None),
    ],
)
def test_the_width_of_a_network_is_among_its_parameters(params, found):
    assert width_of(json.dumps(params)) == found


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"epochs": 3}, 3),
        ({"optimiser": {"kind": "adam", "lr": 0.1}, "epochs": 0}, 0),
        ({}, None),
        ({"schedule": {"kind": "warmup-cosine", "epochs": 2}}, None),
        ([{"epochs": 8}, {"epochs": 0}], None),
    ],
)
def test_the_epochs_of_a_recipe_are_its_own_change(params, found):
    assert epochs_of(json.dumps(params)) == found


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Four widths, three of them in two finishes; three epochs; and what belongs to neither."""
    folder = tmp_path_factory.mktemp("sweeps")
    cells = [
        record(m, p, f, mlp(w, w))
        for m in METHODS
        for p in PAIRS
        for w in (32, 64, 128, 256)
        for f in (("none",) if w == 32 else ("none", "reset"))
    ]
    cells += [
        record(m, p, recipe=named("digits-short", epochs=e))
        for m in METHODS
        for p in PAIRS
        for e in (0, 1, 5)
    ]
    cells += [record("identity", p, network=n) for p in PAIRS for n in TWO]
    cells += [record("identity", p, split="biased", cell=f"b{p}", network=mlp(8, 8)) for p in PAIRS]
    gather(cells, folder)
    return read_grid(folder)


def test_a_sweep_differs_in_one_number_alone(grid):
    by_width, by_epoch = sweeps(grid)
    assert (by_width.over, by_width.values) == ("width", [32, 64, 128, 256])
    assert by_width.range == "mlp-32x2 to mlp-256x2"
    assert (by_epoch.over, by_epoch.values) == ("epochs", [0, 1, 5])
    for sweep, kept in ((by_width, "recipe"), (by_epoch, "network")):
        for column in ("dataset", "split", "networks", kept):
            assert len({getattr(condition, column) for condition in sweep.members}) == 1
    assert sweep_curves.swept_finishes(by_width) == [Named("none"), Named("reset")]
    assert sweep_curves.swept_finishes(by_epoch) == [Named("none")]


def test_what_a_method_leaves_is_a_share_of_each_pair(grid):
    sweep, _ = sweeps(grid)
    method, plain = Named("weight-matching"), Named("identity")
    assert [value for value, _ in left_by(sweep, method)] == sweep.values
    assert {share for _, share in left_by(sweep, plain)} == {1.0}
    column, nothing = "test_barrier_chord_loss", Named("none")
    for member, (_, share) in zip(sweep.members, left_by(sweep, method), strict=True):
        ours, theirs = (member.values(column, nothing, m) for m in (method, plain))
        assert share == pytest.approx(np.mean([ours[pair] / theirs[pair] for pair in ours]))


def test_all_families_are_in_one_frame_and_each_has_its_line(grid):
    sweep = other = sweeps(grid)[0]
    assert sweep_curves.draw_families([sweep]) is None, "one family is no comparison"
    figure = sweep_curves.draw_families([sweep, other])
    assert figure is not None
    (axes,) = figure.axes
    assert axes.get_title() == "Weight matching"
    expected = left_by(sweep, Named("weight-matching"))
    drawn = [line for line in axes.get_lines() if np.size(line.get_xdata()) == len(expected)]
    assert len(drawn) == 2
    for line in drawn:
        assert np.asarray(line.get_xdata()).tolist() == [1, 2, 4, 8]
        assert np.asarray(line.get_ydata()).tolist() == [share for _, share in expected]
    low, high = axes.get_ylim()
    assert low <= 0 < max(share for _, share in expected) <= high
    assert len({text.get_text() for text in axes.texts}) == 1, "each line has a name"


def test_a_line_is_the_mean_over_pairs_and_every_pair_a_point(grid):
    sweep = sweeps(grid)[0]
    for finish, factor, widths in (("none", 1, 4), ("reset", 0.1, 3)):
        figure = sweep_curves.draw_sweep(sweep, Named(finish))
        assert figure is not None
        lines = figure.axes[0].lines
        means = [line for line in lines if line.get_linestyle() == "-"]
        assert [line.get_color() for line in means] == [
            style.family(m.name).colour for m in METHODS[:3]
        ]
        for line, method in zip(means, METHODS[:3], strict=True):
            assert np.asarray(line.get_ydata()) == pytest.approx(
                [2 * factor * ALL[method]] * widths
            )
            assert np.asarray(line.get_xdata()).tolist() == sweep.values[-widths:]
        assert len(lines) - len(means) == 3 * widths
        assert sum(len(np.asarray(line.get_ydata())) for line in lines) == 3 * widths * (1 + 3)
        entries = [text.get_text() for text in figure.axes[0].texts]
        assert entries == [
            method_styles(sweep.members[0].line_up)[method].label for method in METHODS[:3]
        ]


def test_every_sweep_has_its_plate_and_no_two_the_same_name(grid):
    names = [entry.name for entry in overviews(grid)]
    assert len(set(names)) == len(names) == 3
    assert [name.split("-digits")[0] for name in names] == [
        "barrier-by-width",
        "barrier-by-width",
        "barrier-by-epochs",
    ]


FAMILIES = {
    "lstm": [named("lstm", width=w) for w in (8, 16, 32)],
    "vit": [named("vit", depth=2, heads=4, width=w) for w in (8, 16, 32)],
    "resnet20": [named("resnet20", width=w, norm="layer") for w in (0.25, 0.5, 1)],
}


def test_families_stand_side_by_side_on_one_scale(tmp_path):
    of_one_kind = [n for family in FAMILIES.values() for n in family]
    gather([record(m, p, network=n) for n in of_one_kind for m in METHODS for p in PAIRS], tmp_path)
    grid = read_grid(tmp_path)
    (beside,) = beside_each_other(sweeps(grid))
    assert {s.members[0].facts["network_family"] for s in beside} == {*FAMILIES}
    plate = next(entry for entry in overviews(grid) if entry.name.startswith("families-"))
    assert plate.figure is not None
    panels = [axes for axes in plate.figure.axes if axes.lines]
    assert len(panels) == 3
    assert len({axes.get_ylim() for axes in panels}) == 1


def test_two_families_or_other_recipes_are_no_comparison(tmp_path):
    two = [n for name in ("lstm", "vit") for n in FAMILIES[name]]
    other = named("digits-short", epochs=9)
    cells = [record("identity", p, network=n) for n in two for p in PAIRS]
    cells += [
        record("identity", p, network=n, recipe=other) for n in FAMILIES["resnet20"] for p in PAIRS
    ]
    gather(cells, tmp_path)
    assert beside_each_other(sweeps(read_grid(tmp_path))) == []
