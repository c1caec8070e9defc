"""The curves of the web page: means over pairs with their bands, for every choice of the reader."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import numpy as np

from ..results.columns import SPLITS
from .captions import caption
from .condition import QUANTITIES, Setting
from .curves import has_curves
from .grid import Grid
from .named import Named
from .statistics import band
from .style import Look, finish_in_words

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


def curves(grids: Iterable[Grid]) -> list[dict[str, Any]]:
    """One entry for each setting and finish that has a curve, in the order of the grids."""
    found = [
        (grid, setting, finish)
        for grid in grids
        for setting in grid.settings
        for finish in setting.finishes
        if has_curves(setting, finish)
    ]
    count = Counter(_place(setting, finish) for _, setting, finish in found)
    return [
        _chosen(setting, finish, grid.name if count[_place(setting, finish)] > 1 else "")
        for grid, setting, finish in found
    ]


def _place(setting: Setting, finish: Named) -> tuple[str, ...]:
    return setting.dataset, setting.network, setting.recipe, setting.split, finish.label


def _chosen(setting: Setting, finish: Named, grid: str) -> dict[str, Any]:
    """What is drawn of one setting and finish: its lines, its references, and what they are."""
    methods = setting.methods(finish)
    first = {method.name: method for method in reversed(methods)}
    return {
        "dataset": setting.dataset,
        "network": setting.network,
        "training": _training(setting, grid),
        "finish": finish_in_words(finish),
        "lines": [
            _line(setting, finish, method) | {"plain": method in first.values()}
            for method in methods
        ],
        "references": {
            split: {
                quantity: _references(setting, finish, split, quantity) for quantity in QUANTITIES
            }
            for split in SPLITS
        },
        "caption": caption(setting, finish),
    }


def _training(setting: Setting, grid: str) -> str:
    """What sets networks of one architecture apart: recipe, split and, where given, the grid."""
    parts = [setting.recipe, setting.split and f"{setting.split} images", grid and f"grid {grid}"]
    return ", ".join(part for part in parts if part)


def _line(setting: Setting, finish: Named, method: Named) -> dict[str, Any]:
    look = setting.looks[method]
    found = {
        split: {quantity: setting.lines(finish, method, split, quantity) for quantity in QUANTITIES}
        for split in SPLITS
    }
    return {
        **appearance(look),
        "n": max(len(lines) for each in found.values() for _, lines in each.values()),
        "values": {
            split: {quantity: _with_band(*each) for quantity, each in of.items() if each[1].size}
            for split, of in found.items()
        },
    }


def appearance(look: Look) -> dict[str, str]:
    """A method's label, colour and marker, the same in every part of the page."""
    symbol, filled, hollow = SYMBOLS[look.marker]
    return {
        "label": look.label,
        "colour": look.colour,
        "symbol": symbol if look.filled else f"{symbol}-open",
        "sign": filled if look.filled else hollow,
    }


def _with_band(at: np.ndarray, lines: np.ndarray) -> dict[str, list[float | None]]:
    mean, low, high = band(lines)
    found = {"at": _rounded(at), "mean": _rounded(mean)}
    if np.isfinite(low).all():
        found |= {"low": _rounded(low), "high": _rounded(high)}
    return found


def _references(setting: Setting, finish: Named, split: str, quantity: str) -> dict[str, float]:
    """The networks before the merge and their ensemble, mean over pairs, where measured."""
    columns = {
        "networks": f"{split}_{quantity}_mean",
        "ensemble": f"{split}_ensemble_{quantity}",
    }
    found = {name: setting.values(column, finish) for name, column in columns.items()}
    means = {name: float(np.mean(list(v.values()))) for name, v in found.items() if v}
    return {name: rounded(value) for name, value in means.items() if isfinite(value)}


def _rounded(values: np.ndarray) -> list[float | None]:
    return [rounded(float(value)) if isfinite(value) else None for value in values]


def rounded(value: float) -> float:
    """Five significant digits: finer than a reader sees, and a third of the bytes."""
    return float(f"{value:.5g}")
