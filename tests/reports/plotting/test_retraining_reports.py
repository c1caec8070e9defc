"""The table and the figure of retraining, from records that are known in closed form."""

import numpy as np
import pandas as pd
import pytest
from analytic_records import HEIGHTS, LONG, NEW, PAIRS, known, record
from test_figures import nothing_is_cut_off_or_covered

from basinbench.reports.build import build
from basinbench.reports.data import families
from basinbench.reports.data.grid import read_grid
from basinbench.reports.plotting import retraining
from basinbench.reports.plotting.barriers import draw_barriers as draw_barriers
from basinbench.reports.wording.style import method_styles
from basinbench.results.record import Epoch, Record
from basinbench.results.store import gather, read_retraining

METHODS = [*HEIGHTS, "activation-matching", "otfusion-activations", "parent"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("retraining") / "small"
    cells = [record(m, p, f) for m in METHODS for p in PAIRS for f in ("none", LONG)]
    gather([*cells, *(record("identity", p, NEW) for p in PAIRS)], home)
    return home


@pytest.fixture(scope="module")
def condition(folder):
    return read_grid(folder).conditions[0]


@pytest.mark.slow
def test_the_table_has_what_the_records_have_epoch_by_epoch(folder, tmp_path):
    build(folder.parent, tmp_path)
    frame = pd.read_csv(tmp_path / "small" / "tables" / "retraining.csv")
    rows = frame[frame["finish"] == LONG.label].set_index("method")
    assert set(rows.index) == {known(method).label for method in METHODS}
    # heights 0.1, 0.2 and 0.3 (a tenth of 1, 2 and 3), of which 1 / (1 + epoch) is lost
    for epoch in (0, 1, 2, 5, 10, 30):
        found = rows.loc["identity", f"test_accuracy_after_{epoch}"]
        assert found == pytest.approx(0.95 - 0.2 / (1 + epoch))
        assert rows.loc["identity", f"train_loss_after_{epoch}"] == pytest.approx(
            0.1 + 0.1 / (1 + epoch)
        )
    against = rows.loc["weight-matching", "test_accuracy_after_1_against_identity"]
    assert against == pytest.approx((0.2 - 0.002) / 2)
    assert rows.loc["identity", "test_accuracy_after_30_n"] == 3
    text = (tmp_path / "small" / "tables" / "retraining.md").read_text()
    assert "| after 30 against identity" in text
    assert "One network alone" in text
    assert "from scratch, 30 epochs" in text
    page = (tmp_path / "small" / "README.md").read_text()
    assert "figures/retraining-digits-mlp-64x2-retrain-epochs-30.svg" in page
    assert "tables/retraining.md" in page
    assert len(list((tmp_path / "small" / "figures").glob("retraining-*.svg"))) == 1


def test_the_lines_are_the_means_of_the_records_and_controls_are_grey(condition):
    figure = retraining.draw_retraining(condition, LONG)
    accuracy = figure.axes[1]
    drawn = {(line.get_color(), line.get_linestyle()): line for line in accuracy.lines}
    at = np.array([0, 1, 2, 5, 10, 30])
    line = drawn[families.FAMILIES["identity"].colour, "-"]
    assert np.asarray(line.get_xdata()) == pytest.approx(at)
    assert np.asarray(line.get_ydata()) == pytest.approx(0.95 - 0.2 / (1 + at))
    (new,) = (
        found for found in accuracy.lines if np.isclose(np.asarray(found.get_ydata())[0], 0.05)
    )
    parent = drawn[families.FAMILIES["parent"].colour, "-"]
    for control in (new, parent):
        red, green, blue = (int(str(control.get_color())[i : i + 2], 16) for i in (1, 3, 5))
        assert red == green == blue
    legend = figure.axes[2].get_legend()
    assert legend is not None
    labels = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert labels == [look.label for look in method_styles(condition.line_up).values()] + [
        "from scratch, 30 epochs"
    ]


def test_no_text_of_the_figure_is_cut_off_or_covers_another(condition):
    assert nothing_is_cut_off_or_covered(retraining.draw_retraining(condition, LONG)) > 20


def test_controls_stand_in_no_figure_of_barriers(condition):
    figure = draw_barriers(condition)
    assert figure is not None
    labels = [text.get_text().replace("\n", " ") for text in figure.axes[0].get_yticklabels()]
    assert len(figure.axes) == 2
    assert "One network alone" not in labels
    assert len(labels) == len(METHODS) - 1


def test_without_retraining_there_is_no_such_table_and_an_older_grid_is_read(tmp_path):
    gather([record("identity", p) for p in PAIRS], tmp_path / "in" / "old")
    (tmp_path / "in" / "old" / "retraining.csv").unlink()
    (tmp_path / "in" / "old" / "tables.json").unlink()
    assert read_retraining(tmp_path / "in" / "old").empty
    build(tmp_path / "in", tmp_path / "out")
    assert not list((tmp_path / "out").rglob("retraining*"))


def test_epochs_are_gathered_and_read_back_exactly(tmp_path):
    epochs = (Epoch(10, "test", 1 / 3, 0.9), Epoch(0, "train", float("inf"), 0.1))
    found = Record({"cell": "a", "status": "done"}, (), epochs)
    assert Record.from_json(found.to_json()) == found
    gather([found], tmp_path)
    table = read_retraining(tmp_path)
    assert table.to_dict("list") == {
        "cell": ["a", "a"],
        "epoch": [10, 0],
        "split": ["test", "train"],
        "loss": [1 / 3, float("inf")],
        "accuracy": [0.9, 0.1],
    }
    for wrong in ((0.5, "test"), (-1, "test"), (1, "held out")):
        with pytest.raises(ValueError, match=r"epoch|split"):
            Epoch(*wrong, 0.1, 0.9)  # type: ignore[arg-type]
