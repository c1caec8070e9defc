"""Figure: every method in every scenario at a glance: what its merges achieve, sorted."""

from collections.abc import Sequence
from math import isfinite

from matplotlib.figure import Figure

from ..data.standings import Entrant, Standings
from ..wording.style import MethodStyle, entrant_in_words, family
from .canvas import ENSEMBLE_LINE, NETWORKS_LINE, reference, reference_handles, styled, wrapped
from .rows import dot, rows_of_panels


@styled()
def draw_methods(found: Standings, slugs: Sequence[str] = ()) -> Figure | None:
    """Test accuracy of the merge, a panel a scenario, of these or of all; `None` without any.

    Filled where it is as good as the best of its panel. Panels share one axis, from nothing right
    to all, so that what differs is seen before any number is read.
    """
    columns = [c for c in found.columns if not slugs or c.example.scenario.slug in slugs]
    if not columns:
        return None
    shown = [
        e
        for e in (*found.everywhere, *found.elsewhere)
        if any(e in column.scores for column in columns)
    ]
    labels = [entrant_in_words(e, columns[0].chosen_by) for e in shown]
    colours = [family(e.method).colour for e in shown]
    rows = rows_of_panels(labels, colours, len(columns), foot=1.15)
    for axes, column in zip(rows.panels, columns, strict=True):
        for place, entrant in zip(rows.places, shown, strict=True):
            if score := column.scores.get(entrant):
                dot(axes, place, score.accuracy, _look(entrant, score.is_as_good))
        for value, dashes in (
            (column.networks.estimate, NETWORKS_LINE),
            (column.ensemble.estimate, ENSEMBLE_LINE),
        ):
            if isfinite(value):
                reference(axes, value, dashes, across=False)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.5, 1], ["0", "50", "100"])
        title = column.example.scenario.title
        axes.set_title(wrapped(title, 12 if len(columns) > 4 else 26).replace(" ", "\n", 1))
    rows.figure.supxlabel("test accuracy of the merge (%)", fontsize=7)
    rows.figure.legend(handles=reference_handles(), loc="outside lower right", ncols=2)
    return rows.figure


def _look(entrant: Entrant, filled: bool) -> MethodStyle:
    """A method's colour; filled where it is as good as the best, a square where it was chosen."""
    return MethodStyle(
        label=entrant_in_words(entrant),
        family=entrant.method,
        colour=family(entrant.method).colour,
        marker="s" if entrant.chosen else "o",
        filled=filled,
    )
