"""How methods look and what they are called, in every table and figure: one table."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ...errors import printable
from ...results.labels import written
from ..data.families import FAMILIES, FINISHES, Family, method_order
from ..data.named import Named
from ..data.standings import Entrant

FALLBACK = ("#7A5C00", "#008B8B", "#B22222", "#4A6FA5", "#6B8E23", "#C71585", "#5F6A6A", "#A0522D")
"""Colours of methods that are not in the table, taken by a hash of their names."""

REFERENCE = "#777777"
"""Colour of what is no method: the networks before the merge, their ensemble."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d", "8", "H")
"""Variants of one method, in order; beyond these they start anew."""

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
    "inner_orders": "{} inner orders",
}
_VALUES: Mapping[str, str] = {"pearson": "Pearson", "sinkhorn": "Sinkhorn"}


@dataclass(frozen=True)
class MethodStyle:
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


@cache
def method_styles(methods: tuple[Named, ...]) -> Mapping[Named, MethodStyle]:
    """Every method of a grid, in the order of the table, plain ones before their variants."""
    seen: dict[str, int] = {}
    found = {}
    for method in sorted(set(methods), key=method_order):
        name = method.name
        index = seen[name] = seen.get(name, -1) + 1
        found[method] = MethodStyle(
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


def entrant_in_words(entrant: Entrant, chosen_by: str = "validation") -> str:
    """A method as published, or by what data the best of its settings was chosen."""
    data = "training" if chosen_by == "train" else chosen_by
    chosen = f", chosen on {data} data" if entrant.chosen else ""
    return family(entrant.method).label + chosen


def in_prose(label: str) -> str:
    """A method's label within a sentence: `OTFusion on weights`, `weight matching, 1 sweep`."""
    text = label.replace("OTFusion, ", "OTFusion on ")
    first, _, rest = text.partition(" ")
    named = "Re-Basin" in text or "-W" in first or any(c.isupper() for c in first[1:].rstrip(","))
    return text if named else f"{first.lower()} {rest}".rstrip()


def variant(method: Named) -> str:
    """What sets a variant apart from its method, in words; "default" where nothing does."""
    return ", ".join(_settings(method)) or "default"


def finish_in_words(finish: Named) -> str:
    """A finish as a reader would say it."""
    return ", ".join([FINISHES.get(finish.name, finish.name), *_settings(finish)])


def _settings(named: Named) -> list[str]:
    return [_setting(name, written(value)) for name, value in sorted(named.parameters.items())]


def _setting(field: str, value: str) -> str:
    if words := _WORDS.get(f"{field}={value}"):
        return words
    name = printable(field.replace("_", " "))
    if value in ("True", "False"):
        return name if value == "True" else f"not {name}"
    return _FIELDS.get(field, name + " {}").format(_VALUES.get(value, value))
