"""Whether merging applies to transformers and recurrent networks, and what nested orders do."""

from ...data.named import Named
from ...data.quantities import barrier
from ..claim import Claim, Control, Prediction, at_least, at_most
from ..comparisons import Excess
from ..statistics import Cells, Difference, Mean
from .controls import barrier_without, beats_linear
from .selections import (
    GPT,
    GRU,
    LSTM,
    PRESS,
    RESNET_GROUP,
    RESNEXT,
    SEQUENCE_MLP,
    VIT,
    WM,
    plain,
    with_method,
    with_params,
)

_NESTED: tuple[tuple[str, Cells], ...] = (
    ("transformer, MNIST", VIT),
    ("decoder, characters", GPT),
    ("ResNet20 with group norm, digits", RESNET_GROUP),
    ("ResNeXt20, digits", RESNEXT),
)
_FEW = with_params(Named("activation-matching"), samples=2000)

_SHARE = 0.5
"""What at most is left of the barrier of plain averages where a method is said to apply."""


def _left(cells: Cells) -> Excess:
    """How far the barrier of weight matching lies above that share of plain averages'."""
    return Excess(barrier, with_method(cells, WM), plain(cells), _SHARE)


_PASSES = Control(
    "the same of the widest perceptron, MNIST, trained alike",
    _left(SEQUENCE_MLP),
    at_most(0, "nats"),
)
"""By this recipe, and of networks of this size, a network to which it applies could have passed."""


def _applies(words: str, cells: Cells) -> Prediction:
    return Prediction(
        f"{words}: barrier of weight matching minus half of that of plain averages",
        _left(cells),
        at_most(0, "nats"),
        (beats_linear(cells), barrier_without(cells), _PASSES),
    )


def _lower(words: str, cells: Cells, method: Named) -> Prediction:
    shared = with_params(method, **method.parameters, inner_orders="shared")
    return Prediction(
        f"{words}: barrier of {method} minus that with one order for all heads or groups",
        Difference(barrier, with_method(cells, method), with_method(cells, shared)),
        at_most(0, "nats"),
        (
            beats_linear(cells),
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
        (_applies("transformer, MNIST", VIT), _applies("decoder, characters", GPT)),
        _ASKED,
        rule="each",
    ),
    Claim(
        "G26",
        PRESS,
        "It applies to recurrent networks.",
        (_applies("LSTM, MNIST by rows", LSTM), _applies("GRU, MNIST by rows", GRU)),
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
