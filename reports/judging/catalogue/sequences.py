"""Whether merging applies to transformers and recurrent networks, and what nested orders do."""

from dataclasses import replace

from ...data.named import Named, named
from ...data.quantities import barrier
from ..claim import Claim, Control, Prediction, at_least, at_most
from ..comparisons import Excess
from ..statistics import Cells, Difference, Mean
from .controls import barrier_without, beats_linear
from .selections import (
    DIGITS,
    MNIST,
    PRESS,
    WM,
    perceptron,
    plain,
    resnet20,
    with_method,
    with_params,
)

_IMAGES = replace(
    MNIST,
    grid="sequences",
    recipe=named(
        "sequences-short", epochs=5, optimiser={"kind": "adam", "lr": 0.004}, inputs="standard"
    ),
)
_CHARACTERS = replace(_IMAGES, dataset="characters", recipe=Named("sequences-short"))
_DIGITS = replace(DIGITS, grid="sequences", recipe=named("sequences-short", epochs=30, batch=64))

_VIT = replace(_IMAGES, network=named("vit", patch=7, depth=2, heads=4, width=128))
_GPT = replace(_CHARACTERS, network=named("gpt", depth=2, heads=4, width=128))
_LSTM, _GRU = (replace(_IMAGES, network=named(name, width=128)) for name in ("lstm", "gru"))
_MLP = replace(_IMAGES, network=perceptron(256, 256, 256))
"""Each of the widest of its ladder."""

_NESTED: tuple[tuple[str, Cells], ...] = (
    ("transformer, MNIST", _VIT),
    ("decoder, characters", _GPT),
    ("ResNet20 with group norm, digits", replace(_DIGITS, network=resnet20(2, "group"))),
    (
        "ResNeXt20, digits",
        replace(_DIGITS, network=named("resnext20", width=2, groups=4, norm="layer")),
    ),
)
_FEW = with_params(Named("activation-matching"), samples=2000)

_SHARE = 0.5
"""What at most is left of the barrier of plain averages where a method is said to apply."""


def _left(cells: Cells) -> Excess:
    """How far the barrier of weight matching lies above that share of plain averages'."""
    return Excess(barrier, with_method(cells, WM), plain(cells), _SHARE)


_PASSES = Control(
    "the same of the widest perceptron, MNIST, trained alike",
    _left(_MLP),
    at_most(0, "nats"),
)
"""By this recipe, and of networks of this size, a network to which it applies could have passed."""


def _beats_linear(cells: Cells) -> Control:
    """Only the text has its linear model in this grid."""
    return beats_linear(cells, "sequences" if cells.dataset == "characters" else "claims")


def _applies(words: str, cells: Cells) -> Prediction:
    return Prediction(
        f"{words}: barrier of weight matching minus half of that of plain averages",
        _left(cells),
        at_most(0, "nats"),
        (_beats_linear(cells), barrier_without(cells), _PASSES),
    )


def _lower(words: str, cells: Cells, method: Named) -> Prediction:
    shared = with_params(method, **method.parameters, inner_orders="shared")
    return Prediction(
        f"{words}: barrier of {method} minus that with one order for all heads or groups",
        Difference(barrier, with_method(cells, method), with_method(cells, shared)),
        at_most(0, "nats"),
        (
            _beats_linear(cells),
            Control(
                f"barrier of {method} with one order for all",
                Mean(barrier, with_method(cells, shared)),
                at_least(0.02, "nats"),
            ),
        ),
    )


_ASKED = (
    "Asked by the press; the author's answer, that it should in principle and had not been tried, "
    "is known to us by reports alone, so that its words are not quoted. That it applies is taken "
    "to mean that at least half of the barrier of plain averages goes. Small networks, trained for "
    "minutes."
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G25",
        PRESS,
        "It applies to transformers.",
        (_applies("transformer, MNIST", _VIT), _applies("decoder, characters", _GPT)),
        _ASKED,
        rule="each",
    ),
    Claim(
        "G26",
        PRESS,
        "It applies to recurrent networks.",
        (_applies("LSTM, MNIST by rows", _LSTM), _applies("GRU, MNIST by rows", _GRU)),
        _ASKED,
        rule="each",
    ),
    Claim(
        "S10",
        "this benchmark",
        "Orders of their own inside heads and groups lower the barrier, against one order for all.",
        tuple(_lower(words, cells, method) for words, cells in _NESTED for method in (WM, _FEW)),
        "No source says so; it is what the larger group of symmetries lets one expect.",
        rule="each",
    ),
)
