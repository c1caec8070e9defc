"""What the field says since 2023 of the line: width, temperature, and repaired statistics."""

from dataclasses import replace

from ...data.families import PLAIN
from ...data.named import Named
from ...data.quantities import accuracy, barrier, width
from ..claim import Claim, Control, Looks, Prediction, Quote, at_least, at_most
from ..comparisons import Excess
from ..statistics import Cells, Difference, Mean, any_of
from ..trends import Trend
from .controls import barrier_without, beats_linear, under
from .selections import (
    AM,
    DECAYED,
    DIGITS,
    FITTED,
    PLAIN_VGG,
    REPAIRED,
    RESCALED,
    RESET,
    RESNET_BATCH,
    RESNET_LAYER,
    VGG_BATCH,
    VGG_LAYER,
    WM,
    ZERO,
    above_mean,
    perceptron,
    plain,
    rise,
    with_method,
)

_LADDER = replace(DECAYED, network=any_of(*(perceptron(w, w) for w in (32, 128, 512, 2048))))
_WIDEST = replace(DECAYED, network=perceptron(2048, 2048))
_MERGE_ALONE = (
    "The temperature is fitted to validation images, and of the merge alone: that of the networks "
    "is not in the tables, and may take from their loss, so that the rise shown may be too small."
)
_UNDECAYED = replace(_WIDEST, recipe=DIGITS.recipe)


def _removed(what: str, cells: Cells, method: Named, mended: Named) -> Prediction:
    """At least 60 per cent of the barrier are gone."""
    treated = with_method(cells, method, mended)
    return Prediction(
        f"{what}: barrier by {method} with {mended} minus 40 per cent of that without",
        Excess(barrier, treated, with_method(cells, method), 0.4),
        at_most(0, "nats"),
        (
            beats_linear(cells),
            Control(
                "barrier that there is to repair",
                Mean(barrier, with_method(cells, method)),
                at_least(0.05, "nats"),
            ),
        ),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "S1",
        "Ito et al. 2026 (ICLR), abstract",
        "Without any permutation, width and one temperature bring networks together.",
        under(
            (beats_linear(_WIDEST), barrier_without(_WIDEST)),
            Prediction(
                "perceptrons on digits with weight decay, 32 to 2048: rank correlation of width "
                "and rise of plain averages at a fitted temperature above networks as trained",
                Trend(rise, width, with_method(_LADDER, PLAIN, FITTED)),
                at_most(-0.8),
            ),
            Prediction(
                "width 2048: rise of plain averages in the middle at a fitted temperature above "
                "networks as trained",
                Mean(rise, with_method(_WIDEST, PLAIN, FITTED)),
                ZERO,
            ),
            Prediction(
                "the same minus that of weight matching at its own temperature",
                Difference(
                    rise,
                    with_method(_WIDEST, PLAIN, FITTED),
                    with_method(_WIDEST, WM, FITTED),
                ),
                ZERO,
            ),
            Prediction(
                "width 2048: accuracy of plain averages minus the networks' mean",
                Mean(above_mean, plain(_WIDEST)),
                at_least(-1, "points"),
            ),
        ),
        f"{_MERGE_ALONE} The authors train with a decay of 0.003 and say that little is left of it "
        "with 0.0001; S1b is about that.",
        Quote(
            "In this work, we empirically demonstrate that, even without any permutations, simply "
            "widening the models is sufficient for achieving LMC when using a suitable softmax "
            "temperature calibration.",
            "abstract",
        ),
        looks=Looks((5, 10, 20)),
    ),
    Claim(
        "S1b",
        "Ito et al. 2026 (ICLR), as their reviews report it",
        "It takes a weight decay that is strong.",
        under(
            (beats_linear(_UNDECAYED),),
            Prediction(
                "width 2048: rise of plain averages at a fitted temperature above networks as "
                "trained, without decay",
                Mean(rise, with_method(_UNDECAYED, PLAIN, FITTED)),
                at_least(0.02, "nats"),
            ),
            Prediction(
                "the same minus that with decay",
                Difference(
                    rise,
                    with_method(_UNDECAYED, PLAIN, FITTED),
                    with_method(_WIDEST, PLAIN, FITTED),
                ),
                at_least(0, "nats"),
            ),
        ),
        f"{_MERGE_ALONE} With decay the networks are trained for longer, too. The paper's text was "
        "not at hand in full: no sentence is quoted.",
    ),
    Claim(
        "S2",
        "Jordan et al. 2023, abstract",
        "REPAIR removes 60 per cent of the barrier or more, whatever the architecture.",
        (
            _removed("plain VGG8, digits", PLAIN_VGG, AM, REPAIRED),
            _removed("VGG8 with layer norm, digits", VGG_LAYER, AM, REPAIRED),
            _removed("ResNet20 with layer norm, digits", RESNET_LAYER, AM, REPAIRED),
            _removed("VGG8 with batch norm, digits", VGG_BATCH, AM, RESET),
            _removed("ResNet20 with batch norm, digits", RESNET_BATCH, AM, RESET),
        ),
        "After activation matching, as theirs; with batch norm REPAIR is a reset of the "
        "statistics.",
        Quote(
            "using REPAIR on top of neuron alignment methods leads to 60%-100% relative barrier "
            "reduction across a wide variety of architecture families and tasks",
            "abstract",
        ),
        "each",
    ),
    Claim(
        "S3",
        "Jordan et al. 2023, abstract; Ainsworth et al. 2023, appendix A.4",
        "Alignment alone is not enough for deep networks: statistics collapse, and have to be "
        "reset.",
        tuple(
            Prediction(
                f"{what}, digits: accuracy by {method} with statistics reset minus that without",
                Difference(accuracy, with_method(cells, method, RESET), with_method(cells, method)),
                at_least(2, "points"),
                (beats_linear(cells),),
            )
            for what, cells in (("VGG8 with batch norm", VGG_BATCH), ("ResNet20", RESNET_BATCH))
            for method in (WM, AM)
        ),
        quote=Quote(
            "neuron alignment methods alone are insufficient to establish low-barrier linear "
            "connectivity between SGD solutions due to a phenomenon we call variance collapse",
            "Jordan et al. 2023, abstract",
        ),
    ),
    Claim(
        "S4",
        "Qu & Horvath 2024, abstract",
        "Of what REPAIR mends, the scale is the crucial part: rescaling alone serves.",
        tuple(
            Prediction(
                f"plain VGG8, digits: accuracy by {method} {words}",
                Difference(
                    accuracy,
                    with_method(PLAIN_VGG, method, RESCALED),
                    with_method(PLAIN_VGG, method, other),
                ),
                at_least(bound, "points"),
                (beats_linear(PLAIN_VGG),),
            )
            for method in (WM, AM)
            for words, other, bound in (
                ("rescaled minus that as merged", None, 2),
                ("rescaled minus that with REPAIR", REPAIRED, -2),
            )
        ),
        "Rescaling takes no data. The bound of two points is seven images.",
        Quote(
            "we decompose re-normalization into rescaling and reshift, uncovering that rescaling "
            "plays a crucial role in re-normalization while re-basin performance is sensitive to "
            "shifts in model activation",
            "abstract of the second version",
        ),
    ),
)
