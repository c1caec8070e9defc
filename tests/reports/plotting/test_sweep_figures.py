"""Panels of sweeps abreast: titles and names fit, however long they are."""

import pytest
from analytic_records import PAIRS, mlp, record
from test_figures import nothing_is_cut_off_or_covered

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.sweeps import sweeps
from basinbench.reports.plotting.sweeps import draw_sweep, draw_sweeps
from basinbench.results.store import gather

SHORT = [mlp(w, w) for w in (32, 64, 128)]
LONG = [named("resnext20", width=w, groups=4, norm="layer") for w in (0.25, 0.5, 1)]
OWN = [named("a-very-long-family-of-networks", width=w, blocks=(2, 2, 2, 2)) for w in (3, 5, 7)]
METHODS = [
    Named("identity"),
    named("activation-matching", inner_orders="shared", samples=2000),
    *(
        named(name, **more)
        for name in ("weight-matching", "activation-matching", "otfusion-weights", "best-of")
        for more in ({}, {"inner_orders": "shared"})
    ),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps")
    gather(
        [
            record(m, p, network=n)
            for networks in (SHORT, LONG, OWN)
            for n in networks
            for m in METHODS
            for p in PAIRS
        ],
        folder,
    )
    return sweeps(read_grid(folder))


@pytest.mark.parametrize("one_scale", [True, False])
def test_every_text_can_be_read_and_is_whole(found, one_scale):
    assert len(found) == 3
    figure = draw_sweeps(found, one_scale)
    assert figure is not None
    assert nothing_is_cut_off_or_covered(figure) > 3 * len(METHODS)
    shown = [
        " ".join(text.get_text().split())
        for axes in figure.axes
        for text in (axes.title, axes._left_title, *axes.texts)  # type: ignore[attr-defined]
    ]
    assert not [text for text in shown if "…" in text]
    for name in ("Activation matching, shared inner orders", "OTFusion, weights"):
        assert sum(text.startswith(name) for text in shown) >= 3
    for sweep in found:
        assert sum(sweep.range in text for text in shown) == 1


def test_one_panel_has_room_for_them_too(found):
    for sweep in found:
        figure = draw_sweep(sweep, Named("none"))
        assert figure is not None
        assert nothing_is_cut_off_or_covered(figure) > len(METHODS)
