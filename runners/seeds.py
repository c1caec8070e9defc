"""Seeds drawn from names: every seed of the project comes from here."""

import hashlib
from collections.abc import Mapping
from dataclasses import is_dataclass

from ..results.facts import canonical
from .keys import kind_of, params, plain


def seed_of(*names: object) -> int:
    """A seed of 63 bits out of `names`, which are described as in `keys` but for the data.

    Never from Python's `hash`, which differs from process to process for strings.
    """
    text = canonical([_as_first_described(name) for name in names])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


_FIRST: Mapping[str, tuple[str, frozenset[str]]] = {
    kind: (name, frozenset(always.split()))
    for kind, name, always in (
        ("endpoint", "Endpoint", "network dataset recipe seed split part parts"),
        ("mlp", "MLP", "widths bias norm"),
        ("mlp-tanh", "TanhMLP", "widths bias norm"),
        ("vgg", "VGG", "depth width norm bias hidden"),
        ("resnet18", "ResNet18", "width norm bias"),
        ("resnet20", "ResNet20", "width norm"),
        ("vit", "TorchvisionViT", "patch depth heads width"),
        ("densenet", "TorchvisionDenseNet", "growth blocks width"),
        ("shufflenet", "TorchvisionShuffleNet", "repeats channels"),
        ("recipe", "Recipe", "name optimiser schedule epochs batch augmentation inputs init amp"),
        ("adam", "Adam", "lr weight_decay"),
        ("adamw", "AdamW", "lr weight_decay"),
        ("sgd", "SGD", "lr momentum weight_decay nesterov"),
        ("constant", "Constant", ""),
        ("cosine", "Cosine", ""),
        ("warmup-cosine", "WarmupCosine", "epochs steps start"),
        ("one-cycle", "OneCycle", "rise"),
        ("steps", "Steps", "at factor"),
        ("flip-crop", "FlipCrop", "pad flip"),
        ("zoom-flip-rotate", "ZoomFlipRotate", "zoom degrees"),
        ("constants", "Constants", "mean std"),
        ("shared", "Shared", ""),
        ("independent", "Independent", "seed"),
        ("disjoint-classes", "DisjointClasses", ""),
        ("biased", "Biased", "seed"),
        ("special-digit", "SpecialDigit", "digit share seed"),
        ("dirichlet", "Dirichlet", "alpha seed minimum"),
    )
}
"""Kinds whose seeds are those of the first results: the name and the fields that stood in them.

The committed numbers were drawn when a seed hashed a class's name and all of its fields. So a kind
of that time keeps that name and those fields, whatever its class is called now; a field that came
later counts where it differs from its default, as in a key.
"""


def _as_first_described(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        kind = kind_of(value)
        first, always = _FIRST.get(kind, (kind, frozenset()))
        counted = always | params(value).keys()
        own = {name: _as_first_described(getattr(value, name)) for name in sorted(counted)}
        return {"class": first, **own}
    if isinstance(value, Mapping):
        return {str(name): _as_first_described(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_first_described(item) for item in value]
    return plain(value)
