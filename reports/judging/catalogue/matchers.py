"""Git Re-Basin on its three matchers: that they are right, and how good each of them is."""

from dataclasses import replace

from ...data.quantities import accuracy, barrier, error, loss
from ..claim import Claim, Looks, Prediction, Quote, at_least, at_most
from ..statistics import Cells, Difference, Greatest, Mean
from .controls import ON_THE_PERCEPTRON, beats_linear, keeps_half, under
from .selections import (
    ALIGNED,
    AM,
    BEST,
    DIGITS,
    FASHION_VGG,
    FEW_IMAGES,
    FULL,
    ON_CIFAR,
    PAPER,
    RESNET_LAYER,
    STE,
    WM,
    below_best,
    same_accuracy,
    vgg,
    with_method,
    with_params,
    zero,
)

_NARROW, _WIDE = (replace(DIGITS, network=vgg(8, w, norm="layer")) for w in (8, 64))
_CONVOLUTIONAL = (
    # Of 355 test images of digits one is 0.28 points: half a point is less than two of them.
    ("VGG8 of width 64 with layer norm, digits", _WIDE, AM, 1.0),
    ("ResNet20 of width 2 with layer norm, digits", RESNET_LAYER, AM, 1.0),
    ("VGG8 of width 32 with layer norm, Fashion-MNIST", FASHION_VGG, FEW_IMAGES, 0.5),
)
_COLOUR = tuple((what, cells, FEW_IMAGES, 0.5) for what, cells in ON_CIFAR)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G1",
        f"{PAPER}, section 2",
        "A network with its units permuted computes the same function.",
        (
            *(
                Prediction(
                    f"trained networks of the grid {grid}, every method whose maps are exact: "
                    "greatest relative change",
                    Greatest(error, Cells(grid, against=None, ended=ALIGNED)),
                    at_most(1e-10),
                )
                for grid in ("mnist", "claims")
            ),
            Prediction(
                "planted permutations, every method whose maps are exact: greatest relative change",
                Greatest(error, Cells("recovery", ended=ALIGNED)),
                at_most(1e-10),
            ),
        ),
        "Alignments that change the outputs are among the cells.",
        Quote(
            "It follows that as long as we reorder the input weights of layer l+1 according to "
            "P^T, we will have a functionally equivalent model.",
            "section 2",
        ),
        "each",
    ),
    Claim(
        "G2",
        f"{PAPER}, section 5.1",
        "A perceptron on MNIST has no barrier with any of the three matchers. With two of them the "
        "merge is better on the test set than either network.",
        under(
            ON_THE_PERCEPTRON,
            *(zero(str(method), with_method(FULL, method)) for method in (WM, AM, STE)),
            *(
                Prediction(
                    f"{method}: test loss of the middle minus that of the better end",
                    Mean(below_best, with_method(FULL, method)),
                    at_most(0, "nats"),
                )
                for method in (WM, STE)
            ),
        ),
        "The paper's network and recipe, with half the epochs. Of the merge by activation matching "
        "the paper does not say that it is better than both.",
        Quote(
            "We achieve zero-barrier linear mode connectivity on MNIST with all three methods "
            "[...] the test loss landscape becomes convex after applying our weight matching and "
            "STE permutations! In other words, our interpolation actually yields a merged model "
            "that outperforms both models A and B.",
            "section 5.1",
        ),
        "each",
    ),
    Claim(
        "G3",
        f"{PAPER}, section 5.1 and figure 2",
        "The straight-through estimator is best, by little; weight and activation matching do "
        "equally well.",
        under(
            ON_THE_PERCEPTRON,
            *(
                Prediction(
                    f"test loss of straight-through minus that of {other}",
                    Difference(loss, with_method(FULL, STE), with_method(FULL, other)),
                    at_most(0.005, "nats"),
                )
                for other in (WM, AM)
            ),
            *(
                same_accuracy(
                    f"{one} against {other}", with_method(FULL, one), with_method(FULL, other)
                )
                for one, other in ((STE, WM), (STE, AM), (WM, AM))
            ),
        ),
        "On the paper's perceptron; it speaks of CIFAR-10 as well. Best is no worse by more than "
        "0.005 nats, equally well is within half a point of accuracy.",
        Quote(
            "STE matching, the most expensive method, produces the best solutions. Somewhat "
            "surprising, however, is that the gap between STE and the other two methods is "
            "relatively small.",
            "section 5.1; figure 2: “Weight and activation matching perform similarly”",
        ),
        looks=Looks(),
    ),
    Claim(
        "G4",
        f"{PAPER}, section 3.1",
        "Matching activations by correlation works as well as by least squares.",
        under(
            ON_THE_PERCEPTRON,
            *(
                same_accuracy(
                    f"{words} against inner products",
                    with_method(FULL, with_params(AM, statistic=statistic, **setting)),
                    with_method(FULL, with_params(AM, **setting)),
                )
                for setting, side in (({}, "after"), ({"when": "before"}, "before"))
                for statistic, words in (
                    ("centred", f"covariance {side} the nonlinearity"),
                    ("pearson", f"Pearson correlation {side} the nonlinearity"),
                )
            ),
        ),
        quote=Quote(
            "We observed correlation matching to work equally well but found OLS regression "
            "matching to be more principled and easier to implement.",
            "section 3.1",
        ),
    ),
    Claim(
        "G5",
        f"{PAPER}, section 3.2 and figure 2",
        "Weights alone serve as well as activations.",
        (
            *under(
                ON_THE_PERCEPTRON,
                Prediction(
                    "perceptron, MNIST: accuracy of weight matching minus that of activation "
                    "matching",
                    Difference(accuracy, with_method(FULL, WM), with_method(FULL, AM)),
                    at_least(-0.5, "points"),
                ),
            ),
            *(
                replace(
                    Prediction(
                        f"{what}: accuracy of weight matching minus that of activation matching",
                        Difference(accuracy, with_method(cells, WM), with_method(cells, theirs)),
                        at_least(-bound, "points"),
                    ),
                    controls=(beats_linear(cells), keeps_half(cells, theirs)),
                )
                for what, cells, theirs, bound in (*_CONVOLUTIONAL, *_COLOUR)
            ),
        ),
        "The widest networks that we can afford; G5b says what width and more starts do.",
        Quote(
            "In practice, we found weight matching to be surprisingly competitive with data-aware "
            "methods.",
            "section 3.2",
        ),
    ),
    Claim(
        "G5b",
        "This benchmark, on what G5 finds",
        "Where weights lose to activations, it is mostly for want of width and of more starts.",
        (
            Prediction(
                "VGG8 with layer norm of width 8, digits: barrier of weight matching minus that of "
                "activation matching",
                Difference(barrier, with_method(_NARROW, WM), with_method(_NARROW, AM)),
                at_least(0.5, "nats"),
                (beats_linear(_NARROW), keeps_half(_NARROW, AM)),
            ),
            Prediction(
                "the same of width 64",
                Difference(barrier, with_method(_WIDE, WM), with_method(_WIDE, AM)),
                at_most(0.5, "nats"),
                (beats_linear(_WIDE), keeps_half(_WIDE, AM)),
            ),
            *(
                Prediction(
                    f"{what}: barrier of the best of several starts minus that of activation "
                    "matching",
                    Difference(barrier, with_method(cells, BEST), with_method(cells, theirs)),
                    at_most(0.2, "nats"),
                    (beats_linear(cells), keeps_half(cells, theirs)),
                )
                for what, cells, theirs, _ in _CONVOLUTIONAL
            ),
        ),
        "No source says so: it is what an audit of these results found, put to the test again. The "
        "best of several starts is the one whose weights agree most; one start is the activations "
        "of 500 images.",
    ),
)
