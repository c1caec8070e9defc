"""Methods and finishes in the order of tables: their names in print, and their colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .named import Named

BASELINE = "identity"
"""The method that every difference is taken against."""

PLAIN, NOTHING = Named(BASELINE), Named("none")
"""Plain averaging as it comes, and the finish that leaves a merge as it is."""


Sees = Literal["", "images", "labels"]


@dataclass(frozen=True)
class Family:
    """A method's name in print and its colour, which all its variants share.

    `sees` is what it looks at of the training data, as it comes: nothing, images alone, or their
    labels too (the shares of classes that a client of federated learning tells are none of it).
    """

    label: str
    colour: str
    sees: Sees = ""


# The first six and grey are Okabe and Ito's palette. The others were chosen one after another, each
# as far as possible (in Oklab) from all before it, as seen with normal sight, protanopia,
# deuteranopia and tritanopia (Machado et al. 2009); tests/reports/test_reports.py holds the
# distance.
FAMILIES: Mapping[str, Family] = {
    "identity": Family("Identity", "#000000"),
    "weight-matching": Family("Weight matching", "#0072B2"),
    "activation-matching": Family("Activation matching", "#D55E00", "images"),
    "straight-through": Family("Straight-through", "#009E73", "labels"),
    "otfusion-weights": Family("OTFusion, weights", "#CC79A7"),
    "otfusion-activations": Family("OTFusion, activations", "#E69F00", "images"),
    "forward-bipartite": Family("Forward bipartite", "#660022"),
    "correlation": Family("Correlation", "#9900FF", "images"),
    "pfnm": Family("PFNM", "#000099"),
    "fedma": Family("FedMA", "#22CCFF", "labels"),
    "annealing": Family("Annealing", "#445500", "labels"),
    "merge-many": Family("MergeMany", "#AA1177"),
    "sinkhorn-rebasin": Family("Sinkhorn Re-Basin", "#EE44FF"),
    "frank-wolfe": Family("Frank-Wolfe", "#77CC77"),
    "zipit": Family("ZipIt", "#5533BB", "images"),
    "cca": Family("CCA", "#440066", "labels"),
    "best-of": Family("Best of several", "#FF2266", "images"),
    "parent": Family("One network alone", "#B0B0B0"),
}

_SEES: Mapping[tuple[str, str], Sees] = {
    ("fedma", "epochs=0"): "",
    ("sinkhorn-rebasin", "cost=midpoint"): "labels",
    ("sinkhorn-rebasin", "cost=random"): "labels",
    ("cca", "gamma"): "images",
}
"""What variants look at that differ in it from their method: by a field's value, or by any."""


def sees(method: Named) -> Sees:
    """What a method, as it is set, looks at of the training data."""
    family = FAMILIES.get(method.name)
    for field, value in method.parameters.items():
        for told in (f"{field}={value}", field):
            if (method.name, told) in _SEES:
                return _SEES[method.name, told]
    return family.sees if family else "labels"


FINISHES: Mapping[str, str] = {
    "none": "as merged",
    "reset": "statistics reset",
    "repair": "REPAIR",
    "rescale": "RESCALE",
    "retrain": "retrained",
    "scratch": "from scratch",
    "bias": "output bias fitted",
    "temperature": "temperature fitted",
}

CONTROLS = ("scratch", "bias", "temperature")
"""Finishes that say nothing of a line between networks: figures of barriers and time omit them."""

ALONE = "parent"
"""The method that merges nothing, and has no barrier."""


def finish_order(finish: Named) -> tuple[int, str]:
    """Sorts finishes as in their table, then unknown ones, by name."""
    known = list(FINISHES)
    place = known.index(finish.name) if finish.name in known else len(known)
    return place, finish.label


def method_order(method: Named) -> tuple[int, str, str]:
    known, name = list(FAMILIES), method.name
    return (known.index(name) if name in known else len(known), name, method.label)
