"""The table of the web page: every cell of every grid, packed column by column."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from ..data.grid import GridResults
from ..wording.captions import names_of_networks
from ..wording.style import finish_in_words, in_words, method_styles
from .webpage_curves import appearance, rounded

TEXT, SHARE, NATS, SECONDS, NUMBER = "text", "share", "nats", "seconds", "number"


@dataclass(frozen=True)
class Shown:
    """One column: its title, how its values are written, and when it is shown.

    `width` is the narrowest screen that shows it unasked, in CSS pixels: 0 always, `None` never
    but among the details of a row. `filter` gives it a choice above the table.
    """

    title: str
    kind: str
    width: int | None
    of: Callable[[GridResults], Iterable[Any]]
    filter: bool = False


def _cell_column(name: str) -> Callable[[GridResults], Iterable[Any]]:
    return lambda grid: grid.cells[name].tolist()


def _ending(grid: GridResults) -> list[str]:
    """How a cell ended; of one that is done, whether its merge diverged."""
    cells = grid.cells
    ended = zip(cells["status"], cells["diverged"].fillna(value=False), strict=True)
    return ["diverged" if diverged else status for status, diverged in ended]


SHOWN: Sequence[Shown] = (
    Shown("Data set", TEXT, 600, _cell_column("dataset"), filter=True),
    Shown("Network", TEXT, 600, _cell_column("network_label"), filter=True),
    Shown("Recipe", TEXT, 1180, _cell_column("recipe_label"), filter=True),
    Shown("Split", TEXT, 1180, _cell_column("split_label"), filter=True),
    Shown("Networks", TEXT, 800, lambda grid: names_of_networks(grid.cells)),
    Shown("Method", TEXT, 0, lambda grid: map(in_words, grid.cells["method_id"]), filter=True),
    Shown(
        "Finish", TEXT, 0, lambda grid: map(finish_in_words, grid.cells["finish_id"]), filter=True
    ),
    Shown("Status", TEXT, 800, _ending, filter=True),
    Shown("Test accuracy (%)", SHARE, 0, _cell_column("test_accuracy_mid")),
    Shown("Test barrier (nats)", NATS, 0, _cell_column("test_barrier_chord_loss")),
    Shown("Ensemble (%)", SHARE, 1000, _cell_column("test_ensemble_accuracy")),
    Shown("Time", SECONDS, 800, _cell_column("align_seconds")),
    Shown("Grid", TEXT, None, lambda grid: [grid.name] * len(grid.cells), filter=True),
    Shown("Noise", NUMBER, None, _cell_column("noise")),
    Shown("Units recovered (%)", SHARE, None, _cell_column("recovered")),
    Shown(
        "Compared with",
        TEXT,
        None,
        lambda grid: [in_words(m) if m.name else "" for m in grid.cells["against_id"]],
    ),
    Shown("Agreement (%)", SHARE, None, _cell_column("agreement")),
    Shown("Test loss (nats)", NATS, None, _cell_column("test_loss_mid")),
    Shown("Train accuracy (%)", SHARE, None, _cell_column("train_accuracy_mid")),
    Shown("Train barrier (nats)", NATS, None, _cell_column("train_barrier_chord_loss")),
    Shown("Reason", TEXT, None, _cell_column("reason")),
    Shown("Device", TEXT, None, _cell_column("device")),
    Shown("Cell", TEXT, None, _cell_column("cell")),
)


def cells(grids: Iterable[GridResults]) -> dict[str, Any]:
    """The columns with their values, and the appearance of the methods by their labels.

    A text column is packed as its distinct values and, for each cell, the place of its own: most
    texts are repeated in thousands of cells.
    """
    grids = list(grids)
    looks = {
        k: look
        for grid in grids
        for s in grid.conditions
        for k, look in method_styles(s.line_up).items()
    }
    return {
        "count": sum(len(grid.cells) for grid in grids),
        "columns": [_packed(c, [value for grid in grids for value in c.of(grid)]) for c in SHOWN],
        "methods": {look.label: appearance(look) for look in looks.values()},
    }


def _packed(column: Shown, values: Sequence[Any]) -> dict[str, Any]:
    about = {
        "title": column.title,
        "kind": column.kind,
        "width": column.width,
        "filter": column.filter,
    }
    if column.kind != TEXT:
        return about | {"values": [_json_number(value) for value in values]}
    texts = ["" if value is None else str(value) for value in values]
    distinct = sorted(set(texts))
    place = {text: index for index, text in enumerate(distinct)}
    return about | {"texts": distinct, "places": [place[text] for text in texts]}


def _json_number(value: float | None) -> float | str | None:
    """Five digits; a blank as null; what JSON cannot hold as a text that JavaScript reads."""
    if value is None or isnan(value):
        return None
    return rounded(value) if isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def as_json(data: Any) -> str:
    """Compact JSON that may stand inside a `<script>` of a page."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")
