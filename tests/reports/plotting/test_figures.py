"""Every figure: nothing cut off, nothing covered, nothing missing."""

import itertools

import numpy as np
import pytest
from analytic_records import ALL, HEIGHTS, MANY, PAIRS, record
from matplotlib.figure import Figure
from matplotlib.text import Text

from basinbench.reports.data import families
from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named, named
from basinbench.reports.judging.catalogue.selections import ACTS, AM, FULL, RUNGS
from basinbench.reports.plotting import barriers, calibration, cost, curves, ladder
from basinbench.reports.wording import style
from basinbench.reports.wording.captions import caption
from basinbench.reports.wording.style import method_styles
from basinbench.results.ladder import LADDER
from basinbench.results.store import gather


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """Methods with short names and with long ones, three finishes or one, two pairs."""
    folder = tmp_path_factory.mktemp("crowded")
    finishes = ("none", "reset", "retrain")
    gather([record(m, p, f) for m in MANY for p in PAIRS[:2] for f in finishes], folder / "a")
    six = list(families.FAMILIES)[:6]
    gather([record(m, p) for m in six for p in PAIRS[:2]], folder / "b")
    about = {"squared": True, "when": "after", "regularisation": 1}
    long = [named(ACTS.name, samples=n, **about) for n in range(9)]
    gather([record(m, p) for m in [*six, *long] for p in PAIRS[:2]], folder / "c")
    return [read_grid(folder / name).conditions[0] for name in "abc"]


@pytest.mark.slow
@pytest.mark.parametrize("grid", [0, 1, 2], ids=["eighteen methods", "six methods", "long names"])
@pytest.mark.parametrize(
    "draw",
    [
        barriers.draw_barriers,
        cost.draw_cost,
        lambda condition: curves.draw_curves(condition, Named("none")),
    ],
    ids=["barrier", "cost", "curves"],
)
def test_no_text_of_a_figure_is_cut_off_or_covers_another(crowded, draw, grid):
    assert nothing_is_cut_off_or_covered(draw(crowded[grid])) > 10


def nothing_is_cut_off_or_covered(figure: Figure) -> int:
    """How many texts there are, all of which can be read."""
    figure.draw_without_rendering()
    width, height = figure.bbox.size
    hidden = undrawn(figure)
    boxes = {}
    for text in figure.findobj(Text):
        if not text.get_text().strip() or not text.get_visible() or id(text) in hidden:
            continue
        box = boxes[text] = text.get_window_extent()
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y1 <= height + 1, text
    for a, b in itertools.combinations(boxes, 2):
        overlap = boxes[a].padded(-1).overlaps(boxes[b].padded(-1))
        assert not overlap, (a.get_text(), b.get_text())
    return len(boxes)


def undrawn(figure):
    """The ids of the labels of ticks outside the limits, and of axes that are off."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = axis._update_ticks() if axes.axison else []
            for tick in {*axis.majorTicks, *axis.minorTicks} - set(drawn):
                hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


@pytest.mark.slow
def test_every_method_is_named_in_its_colour_beside_what_is_drawn_of_it(crowded):
    for condition in crowded:
        looks = method_styles(condition.line_up)
        scatter = cost.draw_cost(condition)
        assert scatter is not None
        named = {
            t.get_text().replace("\n", " "): t.get_color()
            for t in scatter.axes[0].get_yticklabels()
        }
        assert named == {look.label: look.colour for look in looks.values()}


def test_of_many_methods_each_family_has_a_panel_and_of_few_all_share_one(crowded):
    many, few, _ = crowded
    panels = [a for a in curves.draw_curves(many, Named("none")).axes if a.get_visible()]
    titles = {a.get_title(): a for a in panels}
    families_drawn = {m.name for m in many.line_up} - {"identity"}
    assert {t.split(" (+")[0] for t in titles} == {style.family(n).label for n in families_drawn}
    matching = titles["Weight matching (+2)"]
    own = families.FAMILIES["weight-matching"].colour
    assert sum(line.get_color() == own for line in matching.lines) == 2 * 3
    assert not any(line.get_color() == own for line in titles["Straight-through (+2)"].lines)
    together = curves.draw_curves(few, Named("none"))
    legend = together.axes[2].get_legend()
    assert legend is not None
    looks = method_styles(few.line_up).values()
    assert [t.get_text() for t in legend.get_texts()] == [look.label for look in looks]


def test_a_finish_that_few_methods_have_has_no_panel_of_its_own(tmp_path):
    every = [record(m, p, f) for m in HEIGHTS for p in PAIRS for f in ("none", "retrain")]
    rare = [record("identity", p, f) for p in PAIRS for f in ("repair", "rescale", "reset")]
    gather([*every, *rare], tmp_path)
    condition = read_grid(tmp_path).conditions[0]
    figure = barriers.draw_barriers(condition)
    assert figure is not None
    assert [a.get_title() for a in figure.axes] == ["as merged", "retrained"]


def test_the_barrier_figure_is_sorted_and_shows_every_method(crowded):
    figure = barriers.draw_barriers(crowded[0])
    assert figure is not None
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    labels = [label.replace("\n", " ") for label in labels]
    heights = {style.in_words(m): h for m, h in ALL.items() if m in MANY}
    assert labels == sorted(heights, key=lambda label: heights[label])


def test_a_finish_that_treats_the_middle_alone_has_no_curves(crowded):
    assert curves.has_curves(crowded[0], Named("none"))
    assert not curves.has_curves(crowded[0], Named("retrain"))


def test_curves_in_the_figure_are_the_means_of_the_records(crowded):
    condition = crowded[1]
    panel = curves.draw_curves(condition, Named("none")).axes[0]
    colour = families.FAMILIES["weight-matching"].colour
    test = [
        line for line in panel.lines if line.get_color() == colour and line.get_linestyle() == "-"
    ]
    assert len(test) == 1
    t, height = (
        np.linspace(0, 1, 25),
        ALL[Named("weight-matching")] * 1.5,
    )  # the mean over two pairs
    expected = 0.1 + 0.02 * t + height * 4 * t * (1 - t)
    assert np.asarray(test[0].get_ydata()) == pytest.approx(expected)


def test_one_pair_has_numbers_without_intervals(tmp_path):
    gather([record(m, "0-1") for m in HEIGHTS], tmp_path / "single")
    condition = read_grid(tmp_path / "single").conditions[0]
    assert "1 pair among 2 networks (seeds 0-1); no intervals." in caption(condition)
    for figure in (barriers.draw_barriers(condition), cost.draw_cost(condition)):
        assert isinstance(figure, Figure)
    assert isinstance(curves.draw_curves(condition, Named("none")), Figure)


def test_the_ladder_has_a_rung_a_switch_and_shows_what_was_compared(tmp_path):
    where = {"dataset": "mnist", "network": FULL.network, "recipe": FULL.recipe}
    merged = [
        record(m, p, cell=f"m{i}{p}", **where) for i, m in enumerate((*RUNGS, AM)) for p in PAIRS
    ]
    asked = {"split": "", "finish": Named("", ""), "against": AM.name, "against_params": AM.params}
    compared = [
        record(m, p, **where, **asked, cell=f"c{i}{p}", agreement=0.2 * (i + 1))
        for i, m in enumerate(RUNGS)
        for p in PAIRS
    ]
    gather([*merged, *compared], tmp_path)
    figure = ladder.draw_ladder(read_grid(tmp_path))
    assert figure is not None
    left, right = figure.axes
    assert left.lines[0].get_xdata() == pytest.approx([20, 40, 60, 80, 100])
    assert len(left.get_yticks()) == len(RUNGS) == len(LADDER)
    assert right.lines[0].get_xdata() is not None
    gather(merged, tmp_path)
    assert ladder.draw_ladder(read_grid(tmp_path)) is None


def test_calibration_stands_beside_its_controls_and_is_drawn_where_there_are_some(tmp_path):
    plain = [record("identity", p) for p in PAIRS]
    gather(plain, tmp_path)
    assert calibration.draw_calibration(read_grid(tmp_path).conditions[0]) is None
    controls = [record("parent", p, f) for p in PAIRS for f in ("none", "temperature")]
    gather([*plain, *controls], tmp_path)
    figure = calibration.draw_calibration(read_grid(tmp_path).conditions[0])
    assert figure is not None
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(
        ["Identity", "One network alone", "One network alone, temperature fitted"]
    )
    assert figure.axes[0].lines[2].get_xdata() == pytest.approx([4])
