"""The curves of the web page: means over pairs with their bands, for every choice of the reader."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import numpy as np

from ...results.columns import HIGHEST
from ..data.condition import QUANTITIES, Condition, Lines
from ..data.grid import GridResults
from ..data.named import Named
from ..data.statistics import band
from ..plotting.curves import SHOWN_SPLITS, has_curves
from ..wording.captions import caption
from ..wording.style import MethodStyle, finish_in_words, method_styles

SYMBOLS: Mapping[str, tuple[str, str, str]] = {
    "o": ("circle", "●", "○"),
    "s": ("square", "■", "□"),
    "^": ("triangle-up", "▲", "△"),
    "D": ("diamond", "◆", "◇"),
    "v": ("triangle-down", "▼", "▽"),
    "P": ("cross", "✚", "✛"),
    "X": ("x", "✖", "✕"),
    "<": ("triangle-left", "◀", "◁"),
    ">": ("triangle-right", "▶", "▷"),
    "p": ("pentagon", "⬟", "⬠"),
    "h": ("hexagon", "⬢", "⬡"),
    "*": ("star", "★", "☆"),
    "d": ("diamond-tall", "♦", "♢"),
    "8": ("octagon", "⯃", "⯃"),
    "H": ("hexagon2", "⬣", "⬣"),
}
"""A marker of `style.MARKERS` in plotly's words, and as a sign of text, filled and open."""


def curves(
    grids: Iterable[GridResults], first: Iterable[tuple[Condition, Named]] = ()
) -> list[dict[str, Any]]:
    """One entry for each condition and finish that has a curve, in the order of the grids.

    Before all others stands the one of `first` that is the first to have a curve.
    """
    found = [
        (grid, condition, finish)
        for grid in grids
        for condition in grid.conditions
        for finish in condition.finishes
        if has_curves(condition, finish)
    ]
    wanted = [_place(*each) for each in first]
    opened = next((p for p in wanted if p in {_place(c, f) for _, c, f in found}), None)
    found.sort(key=lambda each: _place(each[1], each[2]) != opened)
    count = Counter(_place(condition, finish) for _, condition, finish in found)
    return [
        _chosen(condition, finish, grid.name if count[_place(condition, finish)] > 1 else "")
        for grid, condition, finish in found
    ]


def _place(condition: Condition, finish: Named) -> tuple[str, ...]:
    return condition.dataset, condition.network, condition.recipe, condition.split, finish.label


def _chosen(condition: Condition, finish: Named, grid: str) -> dict[str, Any]:
    """What is drawn of one condition and finish: its lines, its references, and what they are."""
    methods = condition.methods(finish)
    first = {method.name: method for method in reversed(methods)}
    return {
        "dataset": condition.dataset,
        "network": condition.network,
        "training": _training(condition, grid),
        "finish": finish_in_words(finish),
        "lines": [
            _line(condition, finish, method) | {"plain": method in first.values()}
            for method in methods
        ],
        "references": {
            split: {
                quantity: _references(condition, finish, split, quantity) for quantity in QUANTITIES
            }
            for split in SHOWN_SPLITS
        },
        "caption": caption(condition, finish),
    }


def _training(condition: Condition, grid: str) -> str:
    """What sets networks of one architecture apart: recipe, split and, where given, the grid."""
    parts = [
        condition.recipe,
        condition.split and f"{condition.split} images",
        grid and f"grid {grid}",
    ]
    return ", ".join(part for part in parts if part)


def _line(condition: Condition, finish: Named, method: Named) -> dict[str, Any]:
    look = method_styles(condition.line_up)[method]
    found = {
        split: {
            quantity: condition.lines(finish, method, split, quantity) for quantity in QUANTITIES
        }
        for split in SHOWN_SPLITS
    }
    return {
        **appearance(look),
        "n": max(len(lines.values) for each in found.values() for lines in each.values()),
        "values": {
            split: {q: _with_band(each, HIGHEST[q]) for q, each in of.items() if each.values.size}
            for split, of in found.items()
        },
    }


def appearance(look: MethodStyle) -> dict[str, str]:
    """A method's label, colour and marker, the same in every part of the page."""
    symbol, filled, hollow = SYMBOLS[look.marker]
    return {
        "label": look.label,
        "colour": look.colour,
        "symbol": symbol if look.filled else f"{symbol}-open",
        "sign": filled if look.filled else hollow,
    }


def _with_band(lines: Lines, highest: float) -> dict[str, list[float | None]]:
    mean, low, high = band(lines.values, lines.pairs, highest)
    found = {"at": _rounded(lines.at), "mean": _rounded(mean)}
    if np.isfinite(low).all():
        found |= {"low": _rounded(low), "high": _rounded(high)}
    return found


def _references(condition: Condition, finish: Named, split: str, quantity: str) -> dict[str, float]:
    """The networks before the merge and their ensemble, mean over pairs, where measured."""
    columns = {
        "networks": f"{split}_{quantity}_mean",
        "ensemble": f"{split}_ensemble_{quantity}",
    }
    found = {name: condition.values(column, finish) for name, column in columns.items()}
    means = {name: float(np.mean(list(v.values()))) for name, v in found.items() if v}
    return {name: rounded(value) for name, value in means.items() if isfinite(value)}


def _rounded(values: np.ndarray) -> list[float | None]:
    return [rounded(float(value)) if isfinite(value) else None for value in values]


def rounded(value: float) -> float:
    """Five significant digits: finer than a reader sees, and a third of the bytes."""
    return float(f"{value:.5g}")
