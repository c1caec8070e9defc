"""Settings of a grid that differ in one number alone: the width, or the epochs of training."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from .grid import Grid, Setting

FEWEST = 3
"""So many settings make a sweep."""

_MLP = re.compile(r"mlp((?:-\d+(?:x\d+)?)+)((?:-[a-z]+)*)")
_CONVOLUTIONAL = re.compile(r"((?:vgg|resnet)\d+-w)([\d.]+)(?:-h(\d+(?:-\d+)*))?((?:-[a-z]+)*)")
_EPOCHS = re.compile(r"([^(+]+\((?:.*, )?epochs=)(\d+)((?:, .*)?\))")


@dataclass(frozen=True, eq=False)
class Sweep:
    """Settings (`members`) in the order of the number (`values`) in which alone they differ.

    `over` says which: `width` or `epochs`; `family` is the name with that number left open.
    """

    over: str
    family: str
    values: Sequence[float]
    members: Sequence[Setting]


def width(network: str) -> tuple[str, float] | None:
    """The family and the width of a network, by its name; `None` where it states no one width.

    `mlp-64x3-ln` is 64 of `mlp-Wx3-ln`, `mlp-400-200-100` 400 of `mlp-W-0.5W-0.25W`,
    `vgg16-w2-h16-16` 2 of `vgg16-wW-h8W-8W`, `resnet20-w0.5-ln` 0.5 of `resnet20-wW-ln`.
    """
    if found := _MLP.fullmatch(network):
        runs = [part.partition("x") for part in found[1].strip("-").split("-")]
        first = float(runs[0][0])
        if not first:
            return None
        shape = [_multiple(size, first) + times + count for size, times, count in runs]
        return "-".join(["mlp", *shape]) + found[2], first
    if found := _CONVOLUTIONAL.fullmatch(network):
        stem, size, hidden, suffix = found.groups("")
        if not (unit := float(size)):
            return None
        shape = "-".join(_multiple(each, unit) for each in hidden.split("-") if each)
        return f"{stem}W{'-h' if shape else ''}{shape}{suffix}", unit
    return None


def epochs(recipe: str) -> tuple[str, float] | None:
    """The family and the epochs of a recipe, by its label; `None` where it states none.

    `short(epochs=3)` is 3 of `short(epochs=E)`. Epochs within another value (`schedule=...`) are
    not those of the recipe.
    """
    found = _EPOCHS.fullmatch(recipe)
    if not found or found[1].count("(") != found[1].count(")") + 1:
        return None
    return f"{found[1]}E{found[3]}", float(found[2])


def sweeps(grid: Grid) -> list[Sweep]:
    """All sweeps of at least `FEWEST` settings, over the width first."""
    ways = (("width", "network", width), ("epochs", "recipe", epochs))
    return [found for way in ways for found in _over(grid, *way)]


def _over(
    grid: Grid, over: str, column: str, parse: Callable[[str], tuple[str, float] | None]
) -> list[Sweep]:
    groups: dict[tuple, list[tuple[float, Setting]]] = defaultdict(list)
    for setting in grid.settings:
        if found := parse(getattr(setting, column)):
            family, value = found
            own = partial(_unless, column, setting)
            key = (family, setting.dataset, own("network"), own("recipe"))
            groups[(*key, setting.split, setting.networks)].append((value, setting))
    made = []
    for key in sorted(groups, key=str):
        ordered = sorted(groups[key], key=lambda member: member[0])
        values = [value for value, _ in ordered]
        if len(values) >= FEWEST:
            made.append(Sweep(over, key[0], values, [setting for _, setting in ordered]))
    return made


def _unless(left_open: str, setting: Setting, column: str) -> str:
    return "" if column == left_open else getattr(setting, column)


def _multiple(size: str, unit: float) -> str:
    """`size` as a multiple of the width: `W`, `0.5W`."""
    ratio = float(size) / unit
    return "W" if ratio == 1 else f"{ratio:g}W"
