"""The grid between two cores and a GPU: width, and the networks of the dispute, on real images.

Cheapest first by what each decides an hour, so that a run with a budget gets furthest; finished
cells are taken up from the tables, whichever home has measured them. Linear models of the same data
are in the grid `claims`.
"""

from dataclasses import replace
from functools import partial

from ...datasets.splits import Biased
from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity
from ...methods.otfusion import OTFusionWeights
from ...methods.weight_matching import WeightMatching
from ..finishes import Nothing
from ..networks import VGG, ResNet20
from ..training.recipes import Recipe, recipe
from .blocks import Block, Grid, with_plugins
from .claims import FUSIONS
from .designs import all_pairs, crossed
from .paper import shortened

MATCHERS: tuple[Method, ...] = (Identity(), WeightMatching(), ActivationMatching(samples=2000))


def cifar_grid() -> Grid:
    """The grid."""
    block = partial(
        Block, methods=with_plugins(*MATCHERS, OTFusionWeights()), finishes=(Nothing(),), points=3
    )
    clothes = partial(block, "fashion-mnist", recipe=recipe("fashion-short"))
    colour = partial(block, "cifar10-jpeg", recipe=_on_a_cpu("git-rebasin-resnet20"))
    eleven = colour(
        network=VGG(11, 64, bias=False),
        recipe=_on_a_cpu("otfusion-vgg11"),
        pairs=all_pairs(6),
        methods=with_plugins(*MATCHERS, *FUSIONS),
    )
    halves = crossed(range(3), range(3, 6))
    blocks = (
        *(
            clothes(network=VGG(8, width, "layer", stride=2), pairs=all_pairs(count))
            for width, count in ((8, 5), (16, 5), (32, 5), (64, 5), (128, 4))
        ),
        colour(network=ResNet20(1), pairs=all_pairs(6)),
        colour(network=ResNet20(1), pairs=halves, split=Biased()),
        colour(network=ResNet20(2), pairs=all_pairs(6)),
        eleven,
        colour(network=ResNet20(4), pairs=all_pairs(4)),
    )
    purpose = "Wider networks on clothes and on CIFAR-10; days of two cores, resumable."
    return Grid("cifar", purpose, blocks)


def _on_a_cpu(name: str) -> Recipe:
    """A published recipe in thirty epochs, in bfloat16 without a GPU too."""
    return replace(shortened(recipe(name)), cpu_amp=True)
