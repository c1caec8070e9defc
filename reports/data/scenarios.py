"""Situations in which networks are merged, and which conditions of the results are examples."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .condition import Condition
from .families import ALONE, NOTHING
from .grid import GridResults
from .named import Named
from .sweeps import epochs_of, width_of

FEWEST_FAMILIES, FEWEST_SETS = 2, 2
"""Fewest methods, and sets of networks of each, that make an example."""


@dataclass(frozen=True)
class Scenario:
    """One situation: its name, by itself and in a sentence, and whether a condition is one."""

    slug: str
    title: str
    phrase: str
    fits: Callable[[Condition], bool]


@dataclass(frozen=True, eq=False)
class Example:
    """The condition that stands for a scenario, under one finish."""

    scenario: Scenario
    condition: Condition
    finish: Named

    @property
    def what(self) -> str:
        """Data set, network and whatever else sets it apart, in words."""
        return self.condition.title


def _params(condition: Condition) -> dict[str, object]:
    """The parameters of the networks; those of the first where they differ."""
    found = json.loads(condition.facts["network_params"] or "{}")
    return found[0] if isinstance(found, list) else found


def _is_unequal(condition: Condition) -> bool:
    return isinstance(json.loads(condition.facts["network_params"] or "{}"), list)


def _pair(family: str, *norms: str, colour: bool | None = None) -> Callable[[Condition], bool]:
    """Two networks of one architecture, and of one of these norms if given, on the same data.

    Of colour photographs, where that is said, or of anything else.
    """

    def fits(condition: Condition) -> bool:
        return (
            condition.networks == 2
            and (colour is None or condition.has_colour == colour)
            and condition.split == "shared"
            and condition.facts["network_family"].startswith(family)
            and not _is_unequal(condition)
            and (not norms or str(_params(condition).get("norm")) in norms)
        )

    return fits


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("perceptron", "Perceptron", "a perceptron", _pair("mlp")),
    Scenario("vgg", "VGG", "a VGG", _pair("vgg", colour=False)),
    Scenario("vgg-colour", "VGG, CIFAR", "a VGG on CIFAR", _pair("vgg", colour=True)),
    Scenario(
        "resnet-batch", "ResNet, batch norm", "a ResNet with batch norm", _pair("resnet", "batch")
    ),
    Scenario(
        "resnet-layer",
        "ResNet, layer norm",
        "a ResNet with layer norm",
        _pair("resnet", "layer", colour=False),
    ),
    Scenario("resnet-colour", "ResNet, CIFAR", "a ResNet on CIFAR", _pair("resnet", colour=True)),
    Scenario(
        "split",
        "Split data",
        "networks that saw different data",
        lambda c: c.networks == 2 and c.split != "shared",
    ),
    Scenario(
        "many",
        "Many networks",
        "more than two networks at once",
        lambda c: c.networks > 2 and c.split == "shared",
    ),
    Scenario(
        "unequal",
        "Unequal widths",
        "networks of unequal width",
        lambda c: _is_unequal(c) and c.networks == 2 and c.split == "shared",
    ),
)


def examples(grids: Iterable[GridResults]) -> list[Example]:
    """The best example of every scenario that has one, in their order.

    The best: photographs or handwriting before the small digits of scikit-learn, then most
    methods, most networks merged at once, most sets of them, and the widest networks.
    """
    there = [c for grid in grids if not grid.is_planted for c in grid.conditions]
    found = []
    for scenario in SCENARIOS:
        fitting = [c for c in there if scenario.fits(c) and _is_trained(c)]
        told = [(c, finish_of(c)) for c in fitting]
        enough = [(c, f) for c, f in told if len(families_of(c, f)) >= FEWEST_FAMILIES]
        if enough:
            found.append(Example(scenario, *max(enough, key=lambda each: _merit(*each))))
    return found


def finish_of(condition: Condition) -> Named:
    """As merged; with batch norm, whose statistics no merge has, these reset where measured."""
    resets = [f for f in condition.finishes if f.name == "reset"]
    if _params(condition).get("norm") == "batch" and resets:
        return resets[0]
    return NOTHING


def families_of(condition: Condition, finish: Named) -> dict[str, list[Named]]:
    """Method -> its variants that merge enough sets of networks, those as they come first.

    Without maps that were found on other networks, and without what merges nothing.
    """
    found: dict[str, list[Named]] = {}
    ordered = sorted(_enough(condition, finish), key=_plain_first)
    for method in ordered:
        found.setdefault(method.name, []).append(method)
    return found


def is_as_released(method: Named) -> bool:
    """Whether it has the oddities of its authors' code: that is neither published nor a choice."""
    return "as_released" in method.parameters


def _plain_first(method: Named) -> tuple[bool, int, str]:
    return is_as_released(method), len(method.parameters), method.label


def _enough(condition: Condition, finish: Named) -> Iterator[Named]:
    for method in condition.methods(finish):
        if method.name == ALONE or method.maps_from:
            continue
        if len(condition.values("test_accuracy_mid", finish, method)) >= FEWEST_SETS:
            yield method


def _is_trained(condition: Condition) -> bool:
    params: str = condition.facts["recipe_params"]
    return not params.startswith("[") and epochs_of(params) != 0


def _merit(condition: Condition, finish: Named) -> tuple[float, ...]:
    width = 0.0 if _is_unequal(condition) else width_of(condition.facts["network_params"]) or 0.0
    return (
        condition.has_full_images,
        len(families_of(condition, finish)),
        condition.networks,
        condition.pairs(finish),
        width,
    )
