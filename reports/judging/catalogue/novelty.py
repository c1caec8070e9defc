"""The comment "Git Clone or Git Re-Basin" on what is new in the methods (Singh and Jaggi)."""

from dataclasses import replace

from ...data.named import Named, named
from ...data.quantities import agreement, hardness, loss, permuted, stat
from ..claim import Claim, Prediction, Quote, exactly, within
from ..statistics import Cells, Difference, Greatest, Least
from .controls import ON_THE_PERCEPTRON, under
from .selections import (
    ACTS,
    AM,
    COMMENT,
    DIGITS,
    FULL,
    NO_GROWTH,
    OTF,
    PAPER,
    PLAIN_VGG,
    REPORTED,
    RUNGS,
    SQUARED,
    perceptron,
    same_accuracy,
    with_method,
    with_params,
)

same = exactly(100, "per cent")

TATRO, TATRO_ON_ALL = Named("correlation"), named("correlation", samples=None)

_PEARSON, _BEFORE = with_params(AM, statistic="pearson"), with_params(AM, when="before")


def _agreement(method: Named, reference: Named) -> Least:
    """Of all cells the least: what is said of every unit falls with one counterexample."""
    cells = Cells(
        "mnist",
        dataset="mnist",
        network=FULL.network,
        recipe=FULL.recipe,
        method=method,
        against=reference,
    )
    return Least(agreement, cells)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Q1",
        COMMENT,
        "Activation matching is OTFusion on activations with uniform masses.",
        tuple(
            Prediction(
                "living units with the same partner, OTFusion on "
                f"{distances} distances of the same activations, worst cell",
                _agreement(method, AM),
                same,
            )
            for distances, method in (
                ("squared", SQUARED),
                ("plain", with_params(ACTS, when="after", samples=None)),
            )
        ),
        f"For squared distances it is a theorem, which the paper concedes. {REPORTED}",
        Quote(
            "The activation matching method of Singh & Jaggi (2020) reduces to that of Section 3.1 "
            "when the optimal transport regularization term is set to zero and the unit "
            "“importance” values are set to uniform across all units on all layers.",
            f"{PAPER}, appendix A.2, on OTFusion",
        ),
    ),
    Claim(
        "Q1b",
        "Luenam et al. 2025, footnote 1 (with Singh)",
        "Both yield the same fused model when they look at pre-activations.",
        under(
            ON_THE_PERCEPTRON,
            *(
                same_accuracy(
                    f"OTFusion {words} against activation matching before the nonlinearity",
                    with_method(FULL, rung),
                    with_method(FULL, _BEFORE),
                )
                for words, rung in (
                    ("on squared distances of all images", RUNGS[3]),
                    ("as its README runs it", RUNGS[1]),
                )
            ),
            Prediction(
                "OTFusion on squared distances of all images: difference of test loss",
                Difference(loss, with_method(FULL, RUNGS[3]), with_method(FULL, _BEFORE)),
                within(0.005, "nats"),
            ),
        ),
        "The output layer stays in place in all of them.",
        Quote(
            "Empirically, both yield the same fused model when using preactivations.",
            "arXiv 2507.00037, footnote 1",
        ),
    ),
    Claim(
        "Q2",
        COMMENT,
        "The relaxation to doubly stochastic matrices is tight: an exact plan is a permutation.",
        tuple(
            Prediction(
                f"groups whose plan is a permutation, {what}, worst cell", Least(hardness, c), same
            )
            for what, c in (
                ("weights, MNIST", with_method(FULL, OTF)),
                ("activations, MNIST", with_method(FULL, ACTS)),
                (
                    "weights, 2048 units",
                    with_method(replace(DIGITS, network=perceptron(2048, 2048)), OTF),
                ),
            )
        ),
        f"The theorem of Birkhoff and von Neumann. {REPORTED}",
        rule="construction",
    ),
    Claim(
        "Q3",
        COMMENT,
        "Matching by cross-correlation is Tatro et al. 2020.",
        (
            Prediction(
                "living units with the same partner, Pearson activation matching and Tatro et al. "
                "on all images, worst cell",
                _agreement(_PEARSON, TATRO_ON_ALL),
                same,
            ),
            *under(
                ON_THE_PERCEPTRON,
                same_accuracy(
                    "Tatro et al. on 10,000 images, as published, against Pearson",
                    with_method(FULL, TATRO),
                    with_method(FULL, _PEARSON),
                ),
            ),
        ),
        "The code of Tatro et al. adds 1e-5 to every deviation, which tells where a unit hardly "
        f"varies; without it the two are one method. {REPORTED}",
        Quote(
            "they independently propose an algorithm more-or-less equivalent to Section 3.1",
            f"{PAPER}, appendix A.2, on Tatro et al. 2020",
        ),
    ),
    Claim(
        "Q16",
        COMMENT,
        "OTFusion is not soft: with an exact solver its plans are permutations.",
        tuple(
            Prediction(
                f"share of cells with permutations alone, {what}, worst cell",
                Least(permuted, with_method(cells, method)),
                exactly(1),
            )
            for what, cells, method in (
                ("weights", FULL, OTF),
                ("activations", FULL, ACTS),
                ("weights of a plain VGG8", PLAIN_VGG, OTF),
            )
        ),
        "It follows from Q2. The code's default solver, Sinkhorn, is soft; so is its treatment of "
        f"residual blocks, which is not reproduced. {REPORTED}",
        Quote(
            "We present a layer-wise model fusion algorithm for neural networks that utilizes "
            "optimal transport to (soft-) align neurons across the models",
            "Singh & Jaggi 2020, abstract",
        ),
        "construction",
    ),
    Claim(
        "Q17",
        COMMENT,
        "Matched averaging covers networks of equal size.",
        (
            Prediction(
                "width of PFNM over that of its networks, gamma of 1e-30, greatest",
                Greatest(stat("growth"), with_method(FULL, NO_GROWTH)),
                exactly(1),
            ),
        ),
        REPORTED,
    ),
    Claim(
        "Q18",
        COMMENT,
        "Two earlier works go uncited.",
        note="Bibliographic: the sixth version cites forward bipartite alignment and not PFNM. "
        + REPORTED,
        judged=False,
    ),
)
