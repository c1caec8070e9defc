"""Conditions of a grid that differ in one number alone: the width, or the epochs of training."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ...results.facts import canonical
from .condition import BARRIER, FACTS, Condition
from .families import NOTHING, PLAIN
from .grid import GridResults
from .named import Named
from .statistics import mean

FEWEST = 3
"""So many conditions make a sweep."""

Place = tuple[str, float]
"""What stays the same along a sweep, and the number that does not."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Conditions (`members`) in the order of the number (`values`) in which alone they differ.

    `over` says which: `width_of` or `epochs_of`.
    """

    over: str
    values: Sequence[float]
    members: Sequence[Condition]

    @property
    def range(self) -> str:
        """The networks or recipes that it goes over, from the first to the last."""
        first, last = self.members[0], self.members[-1]
        if self.over == "width":
            return f"{first.network} to {last.network}"
        return f"{first.network}, {first.recipe} to {last.recipe}"


def width_of(network_params: str) -> float | None:
    """The width of a network by its parameters: its `width_of`, or the first of its `widths`.

    `None` where it has none, or where the networks of a cell differ.
    """
    params = json.loads(network_params or "null")
    if not isinstance(params, dict):
        return None
    size, *_ = params.get("widths") or [params.get("width", 0)]
    return float(size) or None


def epochs_of(recipe_params: str) -> float | None:
    """The epochs that are the recipe's change; `None` where it has none, or networks differ."""
    params = json.loads(recipe_params or "null")
    return float(params["epochs"]) if isinstance(params, dict) and "epochs" in params else None


def sweeps(grid: GridResults) -> list[Sweep]:
    """All sweeps of at least `FEWEST` conditions, over the width first."""
    return [
        *_over("width", grid.conditions, _width_places),
        *_over("epochs", grid.conditions, _epoch_places),
    ]


def beside_each_other(found: Sequence[Sweep]) -> list[list[Sweep]]:
    """The sweeps over the width that share everything but the network, in several families."""
    groups: dict[str, list[Sweep]] = defaultdict(list)
    for sweep in found:
        if sweep.over == "width":
            groups[_beside_networks(sweep.members[0])].append(sweep)
    return [
        group
        for group in groups.values()
        if len({sweep.members[0].facts["network_family"] for sweep in group}) >= FEWEST
    ]


def left_by(sweep: Sweep, method: Named) -> list[tuple[float, float]]:
    """Which share of the barrier of plain averages a method leaves, as merged, at each value.

    A share of each pair, of the chord barrier of the test loss; its mean over the pairs, not a
    number where one diverged. Pairs that plain averages leave without a barrier have none.
    """
    found = []
    for value, member in zip(sweep.values, sweep.members, strict=True):
        ours, plain = (member.values(BARRIER, NOTHING, m) for m in (method, PLAIN))
        shares = {pair: ours[pair] / plain[pair] for pair in ours if plain.get(pair, 0) > 0}
        if shares:
            found.append((value, mean(shares).estimate))
    return found


def _beside_networks(condition: Condition) -> str:
    own = {name: condition.facts[name] for name in FACTS if not name.startswith("network")}
    return canonical(own | {"networks": condition.networks})


def _over(
    over: str, conditions: Sequence[Condition], places: Callable[[Condition], Iterator[Place]]
) -> list[Sweep]:
    groups: dict[str, list[tuple[float, Condition]]] = defaultdict(list)
    for condition in conditions:
        for same, value in places(condition):
            groups[same].append((value, condition))
    made: dict[tuple[Condition, ...], Sweep] = {}
    for same in sorted(groups):
        ordered = sorted(groups[same], key=lambda member: member[0])
        if len({value for value, _ in ordered}) >= FEWEST:
            members = tuple(condition for _, condition in ordered)
            made.setdefault(members, Sweep(over, [value for value, _ in ordered], members))
    return list(made.values())


def _width_places(condition: Condition) -> Iterator[Place]:
    """The place of a condition in sweeps over the width.

    Other sizes that are lists, those of hidden layers or the number of blocks, are in proportion
    to the width along a sweep, or stay: a condition has its place in either.
    """
    value = width_of(condition.facts["network_params"])
    if value is None:
        return
    params = json.loads(condition.facts["network_params"])
    params.pop("width", None)
    lists = [name for name in params if _is_sizes(params[name])]
    for scaled in product((True, False), repeat=len(lists)):
        rest = dict(params)
        for name in (name for name, grows in zip(lists, scaled, strict=True) if grows):
            rest[name] = [size / value for size in params[name]]
        same = {"scaled": scaled, "network_params": rest}
        yield _facts_without(condition, "network_params", same), value


def _epoch_places(condition: Condition) -> Iterator[Place]:
    value = epochs_of(condition.facts["recipe_params"])
    if value is not None:
        params = json.loads(condition.facts["recipe_params"])
        del params["epochs"]
        yield _facts_without(condition, "recipe_params", {"recipe_params": params}), value


def _is_sizes(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(v, (int, float)) for v in value)
    )


def _facts_without(condition: Condition, fact: str, instead: dict[str, object]) -> str:
    """The condition's facts with another value for one of them."""
    own = {name: condition.facts[name] for name in FACTS if name not in (fact, "networks")}
    return canonical(own | {"networks": condition.networks} | instead)
