"""The grid of Git Re-Basin's own perceptron and recipe: every method, ten networks, all pairs."""

from dataclasses import replace
from functools import partial
from itertools import product

from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity, Parent
from ...methods.best_of import BestOf
from ...methods.cca_merge import CCAMerge
from ...methods.fedma import FedMA
from ...methods.forward_bipartite import ForwardBipartite
from ...methods.frank_wolfe import FrankWolfe
from ...methods.merge_many import MergeMany
from ...methods.neuron_alignment import NeuronAlignment
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.pfnm import PFNM
from ...methods.plugins.catalogue import find_method
from ...methods.sinkhorn_rebasin import SinkhornRebasin
from ...methods.straight_through import StraightThrough
from ...methods.weight_matching import WeightMatching
from ...results.ladder import LADDER
from ..finishes import Nothing, Repair, Retrain, TemperatureScaling
from ..networks import MLP
from ..training.recipes import recipe
from .blocks import AgreementBlock, AnyBlock, Block, Grid, TransferBlock, each_method
from .designs import all_pairs, cyclic
from .released import AS_RELEASED

published = partial(
    Block,
    "mnist",
    MLP((512, 512, 512)),
    # At a constant rate Adam's loss has spikes until it is nearly zero: after 20 epochs seven of
    # ten networks are below 98 % on the validation images (97.65 to 98.2), after 50 none.
    replace(recipe("git-rebasin-mnist-mlp"), epochs=50),
    points=7,
)
"""Git Re-Basin's own perceptron and recipe, which trains for 100 epochs."""

MAIN: tuple[Method, ...] = (
    Identity(),
    WeightMatching(),
    ActivationMatching(),
    StraightThrough(),
    OTFusionWeights(),
    OTFusionActivations(),
    ForwardBipartite(),
    PFNM(gamma=1e-30),
    FedMA(epochs=0),
    WeightMatching(sweeps=1),
    WeightMatching(start="greedy"),
    BestOf(),
    Parent(),
)
"""What all 45 pairs are for; the last of matched averaging without growth, for equal sizes."""

LADDER_METHODS: tuple[Method, ...] = tuple(
    find_method(rung.method)(**rung.params) for rung in LADDER
)
"""From OTFusion as released towards Git Re-Basin's activation matching, one switch at a time."""

VARIANTS: tuple[Method, ...] = (
    *(
        ActivationMatching(when=when, statistic=statistic)
        for when in ("after", "before")
        for statistic in ("inner", "centred", "pearson")
    ),
    WeightMatching(order="forward"),
    WeightMatching(order="widest"),
    *LADDER_METHODS,
    OTFusionActivations(normalise=True),
    NeuronAlignment(samples=None),
)

CHOICES: tuple[Method, ...] = (
    *(
        PFNM(gamma=gamma, sigma=sigma, sigma0=sigma0)
        for gamma, sigma, sigma0 in product((1, 1e-3, 50), (1, 0.1, 0.5), (1, 10))
    ),
    *(SinkhornRebasin(temperature=temperature) for temperature in (0.1, 0.3)),
    *(
        OTFusionWeights(squared=squared, normalise=normalise, solver=solver)
        for squared, normalise, solver in product(
            (False, True), (False, True), ("exact", "sinkhorn")
        )
    ),
)
"""What authors choose among, by the training or the test data; the report chooses by the
validation images, as CCA Merge itself does."""


def mnist_grid() -> Grid:
    """The grid."""
    few = partial(published, pairs=all_pairs(5), finishes=(Nothing(),))
    blocks: tuple[AnyBlock, ...] = (
        *_crossed(10),
        *_several(),
        few(methods=_others()),
        few(methods=VARIANTS),
        *_agreement(),
        few(methods=CHOICES, pairs=all_pairs(4)),
        few(methods=_released(), pairs=all_pairs(4)),
    )
    purpose = (
        "Git Re-Basin's MLP and recipe on MNIST, ten networks in all pairs; two hours and a "
        "quarter on two cores."
    )
    return Grid("mnist", purpose, blocks, (_crossed(20), _crossed(40)))


def _crossed(networks: int) -> tuple[AnyBlock, ...]:
    """All pairs of so many networks, merged as they are, retrained, and with a temperature."""
    block = partial(published, pairs=all_pairs(networks))
    retrained = (Identity(), WeightMatching(), StraightThrough(), Parent())
    return (
        block(methods=MAIN, finishes=(Nothing(),)),
        block(methods=retrained, finishes=(Retrain(),)),
        block(methods=(Identity(), WeightMatching(), Parent()), finishes=(TemperatureScaling(),)),
    )


def _others() -> tuple[Method, ...]:
    """Every further method; FedMA's retraining takes a minute a cell."""
    return tuple(m for m in each_method() if m not in (*MAIN, FedMA(), MergeMany()))


def _released() -> tuple[Method, ...]:
    """The presets, but for Sinkhorn at a regularisation with which it takes minutes here."""
    return tuple(m for m in AS_RELEASED if getattr(m, "solver", "") != "sinkhorn")


def _several() -> tuple[AnyBlock, ...]:
    """Three and five networks at once, and whether two aligned to a third fit each other."""
    triples, fives = cyclic(10, 0, 1, 3), cyclic(10, 0, 1, 2, 4, 7)
    one_by_one = (Identity(), WeightMatching(), ActivationMatching(), OTFusionWeights())
    methods = (*one_by_one, MergeMany(), FrankWolfe())
    both = partial(published, finishes=(Nothing(),))
    repaired = (WeightMatching(), MergeMany(), FrankWolfe())
    of_three = [
        (third, rest)
        for a, b, c in triples
        for third, rest in ((a, (b, c)), (b, (a, c)), (c, (a, b)))
    ]
    pairs = published(
        pairs=tuple(rest for _, rest in of_three),
        methods=(WeightMatching(),),
        finishes=(Nothing(),),
    )
    together = replace(pairs, pairs=tuple((third, *rest) for third, rest in of_three))
    return (
        both(pairs=fives, methods=methods),
        both(pairs=triples, methods=(*methods, CCAMerge())),
        published(pairs=fives, methods=repaired, finishes=(Repair(),)),
        published(pairs=triples, methods=repaired, finishes=(Repair(),)),
        TransferBlock(pairs, together, "a third network"),
    )


def _agreement() -> tuple[AnyBlock, ...]:
    """How many units the activation-based matchers agree on."""
    block = published(pairs=all_pairs(5), methods=(), finishes=(Nothing(),))
    pearson = ActivationMatching(statistic="pearson")
    unsquared = OTFusionActivations(samples=None, when="after")
    least_squares = (*LADDER_METHODS, unsquared, pearson)
    return (
        AgreementBlock(replace(block, methods=least_squares), ActivationMatching()),
        AgreementBlock(replace(block, methods=(pearson,)), NeuronAlignment(samples=None)),
    )
