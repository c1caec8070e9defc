"""Which cells the claims speak of, and what they ask of them: shared by their lists."""

from dataclasses import replace

from ....results.columns import INEQUIVALENT
from ....results.ladder import LADDER
from ...data.families import NOTHING, PLAIN
from ...data.named import Named, named
from ...data.quantities import accuracy, barrier, column, loss, minus
from ..claim import Prediction, at_most, within
from ..statistics import Cells, Difference, Mean, any_of

PAPER = "Ainsworth et al. 2023"
THREAD = "Ainsworth, announcement of Git Re-Basin, 13 September 2022"
PRESS = "press on Git Re-Basin, 2022"
COMMENT = "Singh & Jaggi, comment on Git Re-Basin"

REPORTED = "The comment is known to us by reports alone, so that its own words are not quoted."
"""Why claims of the comment have no quotation."""

WM, AM, STE, OTF, ACTS = (
    Named("weight-matching"),
    Named("activation-matching"),
    Named("straight-through"),
    Named("otfusion-weights"),
    Named("otfusion-activations"),
)
BEST, PARENT, MANY, JOINT, CCA, ZIP = (
    Named("best-of"),
    Named("parent"),
    Named("merge-many"),
    Named("frank-wolfe"),
    Named("cca"),
    Named("zipit"),
)
RETRAINED, RESET, REPAIRED, RESCALED, FITTED = (
    Named("retrain"),
    Named("reset"),
    Named("repair"),
    Named("rescale"),
    Named("temperature"),
)
ONE_PASS, NO_GROWTH = named("fedma", epochs=0), named("pfnm", gamma=1e-30)
"""One greedy pass of matched averaging, and matched averaging in which no layer grows."""

ZERO = at_most(0.02, "nats")
"""A barrier that counts as none."""


def with_params(plain: Named, **params: object) -> Named:
    """A variant of a method."""
    return named(plain.name, **params)


def perceptron(*widths: int) -> Named:
    """The perceptron with hidden layers of these widths."""
    return named("mlp", widths=widths)


def vgg(depth: int, width: int, **more: object) -> Named:
    """The VGG of this depth and width."""
    return named("vgg", depth=depth, width=width, **more)


def resnet20(width: float, norm: str) -> Named:
    """The ResNet20 of this width and norm."""
    return named("resnet20", width=width, norm=norm)


def constant_rate(**changes: object) -> Named:
    """Git Re-Basin's recipe for MNIST with some changes."""
    return named("git-rebasin-mnist-mlp", **changes)


SHARED = Named("shared")
FULL = Cells(
    "mnist",
    dataset="mnist",
    network=perceptron(512, 512, 512),
    recipe=constant_rate(epochs=50),
    split=SHARED,
    networks=2,
    finish=NOTHING,
)
"""The paper's own perceptron and recipe, with half the epochs."""
TRIPLES, FIVES = replace(FULL, networks=3), replace(FULL, networks=5)
TO_A_THIRD = Named(WM.name, maps_from="a third network")

MNIST = Cells(
    dataset="mnist", recipe=Named("mnist-short"), split=SHARED, networks=2, finish=NOTHING
)
SMALL = replace(MNIST, network=perceptron(128, 128, 128))
COURSE = {n: constant_rate(epochs=n) for n in (0, 1, 2, 3, 5, 8)}
TRAINED = any_of(*(recipe for n, recipe in COURSE.items() if n > 0))
TO_THE_START = Named("git-rebasin-mnist-mlp", '[{"epochs":8},{"epochs":0}]')
"""A network at its end, and the same at its initialisation."""
DIGITS = replace(MNIST, dataset="digits", recipe=Named("digits-short"))
FASHION = replace(MNIST, dataset="fashion-mnist", recipe=Named("fashion-short"))
BIASED = replace(MNIST, network=perceptron(256, 256, 256), split=Named("biased"))
GPU = Cells("paper", networks=2, finish=NOTHING, method=WM)

PLAIN_VGG, VGG_LAYER, VGG_BATCH = (
    replace(DIGITS, network=network)
    for network in (vgg(8, 32), vgg(8, 32, norm="layer"), vgg(8, 32, norm="batch"))
)
DECAYED = replace(
    DIGITS,
    recipe=named(
        "digits-short", epochs=20, optimiser={"kind": "adam", "lr": 0.01, "weight_decay": 0.003}
    ),
)
RESNET_LAYER, RESNET_BATCH = (
    replace(DIGITS, network=resnet20(2, norm)) for norm in ("layer", "batch")
)
FASHION_VGG = replace(FASHION, network=vgg(8, 32, norm="layer"))
COLOUR = Cells("cifar", dataset="cifar10-jpeg", split=SHARED, networks=2, finish=NOTHING)
VGG_COLOUR = replace(
    COLOUR,
    network=vgg(11, 64, bias=False),
    recipe=named(
        "otfusion-vgg11",
        cpu_amp=True,
        epochs=30,
        schedule={"kind": "steps", "at": list(range(3, 30, 3)), "factor": 0.5},
    ),
)
"""OTFusion's own network, on which Git Re-Basin compares itself with it (table 2)."""
RESNET_COLOUR = replace(
    COLOUR,
    network=resnet20(1, "layer"),
    recipe=named("git-rebasin-resnet20", cpu_amp=True, epochs=30),
)
ON_CIFAR = (
    ("VGG11 without biases, CIFAR-10", VGG_COLOUR),
    ("ResNet20 with layer norm, CIFAR-10", RESNET_COLOUR),
)
"""The convolutional networks of the dispute, as wide as they could be trained, in words."""
FEW_IMAGES = with_params(AM, samples=2000)
"""Activation matching on photographs."""

SEQUENCE_IMAGES = replace(
    MNIST,
    grid="sequences",
    recipe=named(
        "sequences-short", epochs=5, optimiser={"kind": "adam", "lr": 0.004}, inputs="standard"
    ),
)
SEQUENCE_DIGITS = replace(
    DIGITS, grid="sequences", recipe=named("sequences-short", epochs=30, batch=64)
)
CHARACTERS = replace(SEQUENCE_IMAGES, dataset="characters", recipe=Named("sequences-short"))
VIT = replace(SEQUENCE_IMAGES, network=named("vit", patch=7, depth=2, heads=4, width=128))
GPT = replace(CHARACTERS, network=named("gpt", depth=2, heads=4, width=128))
LSTM, GRU = (replace(SEQUENCE_IMAGES, network=named(name, width=128)) for name in ("lstm", "gru"))
SEQUENCE_MLP = replace(SEQUENCE_IMAGES, network=perceptron(256, 256, 256))
RESNET_GROUP = replace(SEQUENCE_DIGITS, network=resnet20(2, "group"))
RESNEXT = replace(SEQUENCE_DIGITS, network=named("resnext20", width=2, groups=4, norm="layer"))
"""Transformers, recurrent networks and those with groups, each the widest of its ladder."""

_WIDTHS: dict[str, tuple[Cells, tuple[Named, ...]]] = {
    "perceptron of three layers, MNIST, 32 to 512": (
        MNIST,
        tuple(perceptron(w, w, w) for w in (32, 64, 128, 256, 512)),
    ),
    "perceptron of two layers, digits, 32 to 2048": (
        DIGITS,
        tuple(perceptron(2**n, 2**n) for n in range(5, 12)),
    ),
    "VGG8 with layer norm, digits, 4 to 64": (
        DIGITS,
        tuple(vgg(8, w, norm="layer") for w in (4, 8, 16, 32, 64)),
    ),
    "ResNet20 with layer norm, digits, 0.25 to 2": (
        DIGITS,
        tuple(resnet20(w, "layer") for w in (0.25, 0.5, 1, 2)),
    ),
    "VGG8 with layer norm, Fashion-MNIST, 8 to 128": (
        replace(FASHION, grid="cifar"),
        tuple(vgg(8, w, norm="layer", stride=2) for w in (8, 16, 32, 64, 128)),
    ),
}
LADDERS = {k: replace(cells, network=any_of(*of)) for k, (cells, of) in _WIDTHS.items()}
"""Networks that differ in their width alone, in words."""
WIDEST = {k: replace(cells, network=of[-1]) for k, (cells, of) in _WIDTHS.items()}

ALIGNED = ("done", INEQUIVALENT)
"""How cells ended of which it is known whether the alignment changes the outputs."""

below_best = minus(loss, column("test_loss_min"))
above_best = minus(accuracy, column("test_accuracy_max", 100))
above_mean = minus(accuracy, column("test_accuracy_mean", 100))
rise = minus(loss, column("test_loss_mean"))
"""The test loss of the middle over the networks' mean: for merges that have no line."""

RUNGS = tuple(named(rung.method, **rung.params) for rung in LADDER)
"""The methods of the ladder from OTFusion as released to activation matching."""
SQUARED = RUNGS[-1]


def zero(what: str, cells: Cells) -> Prediction:
    return Prediction(f"{what}: mean barrier of the test loss", Mean(barrier, cells), ZERO)


def same_accuracy(what: str, cells: Cells, other: Cells) -> Prediction:
    return Prediction(
        f"{what}: difference of accuracy", Difference(accuracy, cells, other), within(0.5, "points")
    )


def with_method(cells: Cells, method: Named, finish: Named | None = None) -> Cells:
    return replace(cells, method=method, finish=finish or cells.finish)


def plain(cells: Cells) -> Cells:
    return with_method(cells, PLAIN)
