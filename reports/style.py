"""How methods look and what they are called, in every table and figure: one table."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..results.labels import written
from .named import Named

BASELINE = "identity"
"""The method that every difference is taken against."""

PLAIN, NOTHING = Named(BASELINE), Named("none")
"""Plain averaging as it comes, and the finish that leaves a merge as it is."""


@dataclass(frozen=True)
class Family:
    """A method's name in print and its colour, which all its variants share."""

    label: str
    colour: str


# The first six and grey are Okabe and Ito's palette. The others were chosen one after another, each
# as far as possible (in Oklab) from all before it, as seen with normal sight, protanopia,
# deuteranopia and tritanopia (Machado et al. 2009); tests/test_reports.py holds the distance.
FAMILIES: Mapping[str, Family] = {
    "identity": Family("Identity", "#000000"),
    "weight-matching": Family("Weight matching", "#0072B2"),
    "activation-matching": Family("Activation matching", "#D55E00"),
    "straight-through": Family("Straight-through", "#009E73"),
    "otfusion-weights": Family("OTFusion, weights", "#CC79A7"),
    "otfusion-activations": Family("OTFusion, activations", "#E69F00"),
    "forward-bipartite": Family("Forward bipartite", "#660022"),
    "correlation": Family("Correlation", "#9900FF"),
    "pfnm": Family("PFNM", "#000099"),
    "fedma": Family("FedMA", "#22CCFF"),
    "annealing": Family("Annealing", "#445500"),
    "merge-many": Family("MergeMany", "#AA1177"),
    "sinkhorn-rebasin": Family("Sinkhorn Re-Basin", "#EE44FF"),
    "frank-wolfe": Family("Frank-Wolfe", "#77CC77"),
    "zipit": Family("ZipIt", "#5533BB"),
    "cca": Family("CCA", "#440066"),
    "best-of": Family("Best of several", "#FF2266"),
    "parent": Family("One network alone", "#B0B0B0"),
}
FALLBACK = ("#7A5C00", "#008B8B", "#B22222", "#4A6FA5", "#6B8E23", "#C71585", "#5F6A6A", "#A0522D")
"""Colours of methods that are not in the table, taken by a hash of their names."""

REFERENCE = "#777777"
"""Colour of what is no method: the networks before the merge, their ensemble."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d", "8", "H")
"""Variants of one method, in order; beyond these they start anew."""

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

# Hyper-parameters in words, where `field value` would not read well: both together, else each.
_WORDS: Mapping[str, str] = {
    "samples=None": "all samples",
    "sweeps=1": "1 sweep",
    "epochs=1": "1 epoch",
    "epochs=0": "no retraining",
    "every=None": "projected once",
    "normalise=True": "normalised",
    "preserve_mass=True": "mass preserved",
    "bias=True": "with bias",
    "bias=False": "without bias",
    "cost=midpoint": "loss of the midpoint",
    "cost=random": "loss along the line",
    "energy=accuracy": "barrier of accuracy",
    "norms=False": "before norms",
}
_FIELDS: Mapping[str, str] = {
    "when": "{} nonlinearity",
    "order": "{} order",
    "start": "{} start",
    "keep": "keep {}",
    "every": "projected every {} steps",
    "statistic": "{}",
    "precision": "{}",
    "solver": "{}",
    "regularisation": "reg. {}",
    "samples": "{} samples",
    "sweeps": "{} sweeps",
    "epochs": "{} epochs",
    "sigma": "σ = {}",
    "sigma0": "σ₀ = {}",
    "gamma": "γ = {}",
    "iterations": "{} iterations",
    "steps": "{} steps",
    "rounds": "{} rounds",
    "differentiation": "{}",
    "which": "network {}",
    "unseen_by": "unseen by network {}",
}
_VALUES: Mapping[str, str] = {"pearson": "Pearson", "sinkhorn": "Sinkhorn"}


@dataclass(frozen=True)
class Look:
    """One method with its hyper-parameters, as it is drawn and called."""

    label: str
    family: str
    colour: str
    marker: str
    filled: bool


def family(method_name: str) -> Family:
    """The entry of a method; of one that is not in the table, its name and a steady colour."""
    if method_name in FAMILIES:
        return FAMILIES[method_name]
    number = int.from_bytes(hashlib.sha256(method_name.encode()).digest()[:8], "big")
    return Family(method_name.replace("-", " ").capitalize(), FALLBACK[number % len(FALLBACK)])


def looks(methods: Iterable[Named]) -> dict[Named, Look]:
    """Every method of a grid, in the order of the table, plain ones before their variants."""
    seen: dict[str, int] = {}
    found = {}
    for method in sorted(set(methods), key=_order):
        name = method.name
        index = seen[name] = seen.get(name, -1) + 1
        found[method] = Look(
            label=in_words(method),
            family=name,
            colour=family(name).colour,
            marker=MARKERS[index % len(MARKERS)],
            filled=index % 2 == 0,
        )
    return found


def in_words(method: Named) -> str:
    """A method as a reader would say it.

    `activation-matching(when=before)` becomes "Activation matching, before nonlinearity".
    """
    return ", ".join([family(method.name).label, *_settings(method)])


def variant(method: Named) -> str:
    """What sets a variant apart from its method, in words; "default" where nothing does."""
    return ", ".join(_settings(method)) or "default"


def finish_in_words(finish: Named) -> str:
    """A finish as a reader would say it."""
    return ", ".join([FINISHES.get(finish.name, finish.name), *_settings(finish)])


def finish_order(finish: Named) -> tuple[int, str]:
    """Sorts finishes as in their table, then unknown ones, by name."""
    known = list(FINISHES)
    place = known.index(finish.name) if finish.name in known else len(known)
    return place, finish.label


def _order(method: Named) -> tuple[int, str, str]:
    known, name = list(FAMILIES), method.name
    return (known.index(name) if name in known else len(known), name, method.label)


def _settings(named: Named) -> list[str]:
    return [_setting(name, written(value)) for name, value in sorted(named.settings.items())]


def _setting(field: str, value: str) -> str:
    if words := _WORDS.get(f"{field}={value}"):
        return words
    name = field.replace("_", " ")
    if value in ("True", "False"):
        return name if value == "True" else f"not {name}"
    return _FIELDS.get(field, name + " {}").format(_VALUES.get(value, value))
