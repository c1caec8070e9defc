"""Git Re-Basin and its press on the search for a permutation: fast, exact, and in many sweeps."""

from dataclasses import replace

from ...data.named import Named
from ...data.quantities import accuracy, barrier, fully_recovered, seconds, stat
from ..claim import Claim, Prediction, Quote, at_least, at_most
from ..statistics import Cells, Difference, Greatest, Least, Mean, Median, Multiple
from .controls import ON_THE_PERCEPTRON, beats_linear, keeps_half
from .selections import (
    AM,
    DIGITS,
    FASHION_VGG,
    FEW_IMAGES,
    FULL,
    ON_CIFAR,
    OTF,
    PAPER,
    RESNET_LAYER,
    VGG_COLOUR,
    VGG_LAYER,
    WM,
    perceptron,
    resnet20,
    vgg,
    with_method,
    with_params,
)

_EXAMPLE = Cells(dataset="example", network=Named("git-rebasin-a.7.2"))
_ONE_SWEEP = with_params(WM, sweeps=1)
_NO_BIASES = replace(DIGITS, network=vgg(8, 32, bias=False))
_FUSIONS = (
    OTF,
    *(
        with_params(OTF, **switches)
        for switches in (
            {"normalise": True},
            {"squared": True},
            {"squared": True, "normalise": True},
        )
    ),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G16",
        f"{PAPER}, section 1; press on Git Re-Basin, 2022",
        "Weight matching brings networks together in seconds.",
        tuple(
            Prediction(
                f"weight matching, {words}: median time",
                Median(seconds, with_method(cells, WM)),
                at_most(10, "s"),
            )
            for words, cells in (
                ("perceptron of three times 512", FULL),
                ("VGG8 of width 32, Fashion-MNIST", FASHION_VGG),
                *ON_CIFAR,
            )
        ),
        "On the CPU; on CIFAR-10 on a GPU, beside other processes. The paper says seconds "
        "to a few minutes for larger networks, and calls the straight-through estimator very "
        "expensive.",
        Quote(
            "Our fastest method identifies permutations in mere seconds on current hardware.",
            "section 1",
        ),
    ),
    Claim(
        "G17",
        f"{PAPER}, appendix A.7.1 and table 2",
        "Weight matching beats OTFusion on weights, in accuracy and in speed.",
        (
            *(
                Prediction(
                    f"VGG11 without biases, CIFAR-10: accuracy minus that of {theirs}",
                    Difference(
                        accuracy, with_method(VGG_COLOUR, WM), with_method(VGG_COLOUR, theirs)
                    ),
                    at_least(0, "points"),
                    (beats_linear(VGG_COLOUR), keeps_half(VGG_COLOUR, FEW_IMAGES)),
                )
                for theirs in _FUSIONS
            ),
            Prediction(
                "VGG8 without biases, digits: time over that of OTFusion",
                Multiple(seconds, with_method(_NO_BIASES, WM), with_method(_NO_BIASES, OTF)),
                at_most(1),
            ),
        ),
        "However OTFusion is configured. The published comparison is of one pair of these "
        "networks, trained ten times as long: 86.57 against 85.98 per cent, 86.51 in OTFusion's "
        "own README. Here the images have been through JPEG. Time is that of smaller networks, as "
        "these were measured beside others on a GPU.",
        Quote(
            "We found that our weight matching method outperforms the “wts” method of Singh & "
            "Jaggi (2020) in both implementation speed and model performance when reproducing "
            "their experiment with their trained model weights.",
            "appendix A.7.1",
        ),
    ),
    Claim(
        "G18",
        f"{PAPER}, appendix A.7.1",
        "Many sweeps are what matters: one pass falls far behind.",
        (
            Prediction(
                "perceptron, MNIST: accuracy of weight matching minus that of one sweep",
                Difference(accuracy, with_method(FULL, WM), with_method(FULL, _ONE_SWEEP)),
                at_least(0.5, "points"),
                ON_THE_PERCEPTRON,
            ),
            *(
                Prediction(
                    f"{what}, digits: barrier of one sweep minus that of all",
                    Difference(barrier, with_method(cells, _ONE_SWEEP), with_method(cells, WM)),
                    at_least(0.02, "nats"),
                    (beats_linear(cells), keeps_half(cells, AM)),
                )
                for what, cells in (
                    ("ResNet20 with layer norm", RESNET_LAYER),
                    ("VGG8 with layer norm", VGG_LAYER),
                )
            ),
        ),
        "The paper's numbers are of a ResNet50 on ImageNet: 7 per cent after one pass, 51 after "
        "all.",
        Quote(
            "we found the number of alignment passes made over the network layers to have a "
            "substantial impact",
            "appendix A.7.1",
        ),
    ),
    Claim(
        "G19",
        f"{PAPER}, appendix A.7.2",
        "Matching in both directions is needed: a pass from the input alone can halve the merge.",
        (
            Prediction(
                "slope of the merge after one pass",
                Greatest(stat("greedy"), _EXAMPLE),
                at_most(0.51),
            ),
            Prediction(
                "slope of the merge with all weights matched",
                Least(stat("both"), _EXAMPLE),
                at_least(0.99),
            ),
        ),
        "A worked example: its networks are written down for it.",
        Quote(
            "greedy uni-directional matching [...] results in a merged model that fails to "
            "represent the input, identity-function models",
            "appendix A.7.2",
        ),
        "construction",
    ),
    Claim(
        "G20",
        f"{PAPER}, appendix A.5",
        "Weight matching finds a planted permutation exactly, in a few sweeps.",
        (
            *(
                Prediction(
                    f"{words}: share of seeds for which every unit is recovered",
                    Mean(fully_recovered, Cells("recovery", network=network, noise=0.0, method=WM)),
                    at_least(0.9),
                )
                for words, network in (
                    ("mlp-64x3", perceptron(64, 64, 64)),
                    ("vgg8-w8-bn", vgg(8, 8, norm="batch")),
                    ("resnet20-w0.5-ln", resnet20(0.5, "layer")),
                )
            ),
            Prediction(
                "sweeps, the greatest number",
                Greatest(stat("sweeps"), Cells("recovery", noise=0.0, method=WM)),
                at_most(5),
            ),
        ),
        "Random weights and fifty seeds a network; the paper tried a handful. From the identity, a "
        "random order of visits fails on deep residual networks for some seeds.",
        Quote(
            "In a handful of experiments we found that Algorithm 1 was able to exactly recover the "
            "known, random permutation in just 3-4 of passes over the layers.",
            "appendix A.5",
        ),
    ),
)
