"""What the field says since 2023 of many networks, and of maps that are no permutations."""

from dataclasses import replace

from ...data.named import Named
from ...data.quantities import accuracy, column, minus, width
from ..claim import Claim, Control, Prediction, Quote, at_least, at_most
from ..statistics import Cells, Difference, Mean, any_of
from ..trends import Trend
from .controls import keeps_half, under
from .selections import (
    AM,
    BIASED,
    CCA,
    DIGITS,
    FIVES,
    JOINT,
    MANY,
    PLAIN_VGG,
    REPAIRED,
    RESNET_LAYER,
    TRIPLES,
    VGG_LAYER,
    WM,
    ZIP,
    perceptron,
    plain,
    rise,
    with_method,
)

_NETWORKS = tuple(perceptron(w, w) for w in (32, 128, 512))
_LADDER_OF_THREE = replace(DIGITS, networks=3, network=any_of(*_NETWORKS))
_WIDEST_THREE = replace(DIGITS, networks=3, network=_NETWORKS[-1])
_THREE_VGGS = replace(VGG_LAYER, networks=3)
_DISJOINT = replace(BIASED, dataset="fashion-mnist", split=Named("disjoint-classes"))
_BIASED = replace(BIASED, dataset="fashion-mnist")

_ensemble_gain = minus(column("test_ensemble_accuracy", 100), column("test_accuracy_max", 100))


def _better(
    what: str, cells: Cells, ours: Named, theirs: Named, finish: Named | None = None
) -> Prediction:
    """The accuracy of a method minus that of an earlier one, after the same finish."""
    after = f", both with {finish}" if finish else ""
    return Prediction(
        f"{what}: accuracy by {ours} minus that by {theirs}{after}",
        Difference(accuracy, with_method(cells, ours, finish), with_method(cells, theirs, finish)),
        at_least(0, "points"),
        (keeps_half(with_method(cells, ours, finish), ours),),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "S5",
        "Crisostomi et al. 2024, abstract",
        "Three and more networks are merged best by maps of all at once, with repaired statistics.",
        (
            *(
                _better(words, cells, JOINT, MANY, finish)
                for words, cells, finish in (
                    ("three perceptrons, MNIST", TRIPLES, REPAIRED),
                    ("five perceptrons, MNIST", FIVES, REPAIRED),
                    ("three perceptrons, MNIST", TRIPLES, None),
                    ("five perceptrons, MNIST", FIVES, None),
                    ("three VGG8, digits", _THREE_VGGS, None),
                )
            ),
            *(
                _better(words, cells, JOINT, WM)
                for words, cells in (
                    ("five perceptrons, MNIST", FIVES),
                    ("three VGG8, digits", _THREE_VGGS),
                )
            ),
        ),
        "Against MergeMany, and against weight matching of each to the first.",
        Quote(
            "We finally show that, when coupled with activation renormalization, our approach "
            "yields the best results in the task.",
            "abstract",
        ),
    ),
    Claim(
        "S6",
        "Sharma et al. 2024, abstract",
        "Of three networks, too, the barrier falls as the width grows.",
        under(
            (
                Control(
                    "rise of plain averages of three at the greatest width",
                    Mean(rise, plain(_WIDEST_THREE)),
                    at_least(0.1, "nats"),
                ),
                keeps_half(_WIDEST_THREE, AM),
            ),
            *(
                Prediction(
                    f"perceptrons on digits, 32 to 512, {method} to the first: rank correlation of "
                    "width and rise in the middle of three",
                    Trend(rise, width, with_method(_LADDER_OF_THREE, method)),
                    at_most(-0.8),
                )
                for method in (WM, AM)
            ),
        ),
        quote=Quote(
            "we provide the first evidence that strong linear connectivity may be possible under "
            "certain conditions, by showing that barriers decrease with increasing network width "
            "when interpolating among three networks",
            "abstract",
        ),
    ),
    Claim(
        "S7",
        "Horoi et al. 2024, abstract",
        "Linear maps of greatest correlation merge better than permutations, of the same data, of "
        "different data, and of more than two networks.",
        tuple(
            _better(words, cells, CCA, theirs)
            for words, cells in (
                ("VGG8 with layer norm, digits", VGG_LAYER),
                ("ResNet20 with layer norm, digits", RESNET_LAYER),
                ("plain VGG8, digits", PLAIN_VGG),
                ("split data, Fashion-MNIST", _BIASED),
                ("three VGG8, digits", _THREE_VGGS),
            )
            for theirs in (WM, AM)
        ),
        "With its defaults; its gamma is chosen by validation images in the table of methods.",
        Quote(
            "We show that our alignment method leads to better performances than past methods when "
            "averaging models trained on the same, or differing data splits.",
            "abstract",
        ),
    ),
    Claim(
        "S8",
        "Stoica et al. 2024, abstract",
        "Networks of disjoint classes merge better when units of one network may be merged too.",
        tuple(
            Prediction(
                f"disjoint classes, Fashion-MNIST: accuracy by {ZIP} minus that by {theirs}",
                Difference(accuracy, with_method(_DISJOINT, ZIP), with_method(_DISJOINT, theirs)),
                at_least(0, "points"),
                (
                    Control(
                        "what the ensemble gains over the better network",
                        Mean(_ensemble_gain, with_method(_DISJOINT, WM)),
                        at_least(2, "points"),
                    ),
                ),
            )
            for theirs in (WM, AM)
        ),
        "The published gain of 20 to 60 points is of networks whose last layers stay apart as "
        "well, which no pair of single networks can do; so the bound is zero.",
        Quote(
            "this fails to account for the differences in models trained on disjoint tasks [...] "
            "these two changes combined account for 20-60% improvement over prior work",
            "abstract",
        ),
    ),
    Claim(
        "S9",
        "Franke et al. 2025, abstract",
        "Git Re-Basin costs much more accuracy than its authors report.",
        note="Theirs are networks on CIFAR-10 that no grid of ours has. Of the authors' own five "
        "perceptrons on MNIST, for which they report 0.3 points (table 3), G15 has the loss.",
        quote=Quote(
            "However, in our experiments Re-Basin induces a much bigger performance drop than "
            "reported by the original authors.",
            "abstract",
        ),
    ),
)
