"""The claims at the papers' scale, for one GPU: published recipes, networks up to their widths."""

from dataclasses import replace

from ...methods.activation_matching import ActivationMatching
from ...methods.baselines import Identity
from ...methods.otfusion import OTFusionWeights
from ...methods.weight_matching import WeightMatching
from ..finishes import Nothing, ResetNorm, Retrain
from ..networks import VGG, ResNet18, ResNet20
from ..training.recipes import Recipe, recipe
from ..training.schedules import Steps
from .blocks import Block, Grid, Seeds, with_plugins

PAPER_PAIRS: tuple[Seeds, ...] = ((0, 1), (2, 3), (4, 5))
SIX: tuple[Seeds, ...] = ((0, 1, 2, 3, 4, 5),)

# A published run of 250 epochs takes a GPU hours; the ordering of methods shows after 30.
SHORT = 30


def paper_grid() -> Grid:
    """The grid, its cheapest networks first: a run with a budget gets furthest."""
    residual = [
        _block(dataset, ResNet20(width), recipe("git-rebasin-resnet20"))
        for width in (1, 4, 8, 16)
        for dataset in ("cifar10-jpeg", "cifar10", "cifar100")
    ]
    plain = [
        _block("cifar10-jpeg", VGG(16, width, norm="layer"), recipe("git-rebasin-vgg16"))
        for width in (16, 64, 256)
    ]
    eleven = _block("cifar10-jpeg", VGG(11, 64, bias=False), recipe("otfusion-vgg11"))
    eighteen = _block("cifar10-jpeg", ResNet18(), recipe("otfusion-resnet18"))
    widest = _block("cifar10-jpeg", ResNet20(32), recipe("git-rebasin-resnet20"))
    blocks = (
        *residual,
        eleven,
        replace(eleven, pairs=SIX, methods=(OTFusionWeights(),)),
        replace(eighteen, finishes=(Nothing(), ResetNorm(), Retrain())),
        *plain,
        widest,
    )
    purpose = "Networks and recipes of the papers, shortened to 30 epochs; one GPU, resumable."
    return Grid("paper", purpose, blocks)


def _block(dataset: str, network: ResNet20 | ResNet18 | VGG, published: Recipe) -> Block:
    methods = with_plugins(Identity(), WeightMatching(), ActivationMatching(), OTFusionWeights())
    return Block(dataset, network, shortened(published), PAPER_PAIRS, methods, (Nothing(),))


def shortened(published: Recipe) -> Recipe:
    """The recipe in `SHORT` epochs, the rate falling at the published shares of training.

    A warm-up stays as many epochs long as it was.
    """
    schedule = published.schedule
    if isinstance(schedule, Steps):
        schedule = schedule.over(SHORT, published.epochs)
    return replace(published, epochs=SHORT, schedule=schedule)
