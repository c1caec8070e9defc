"""The grid of the question whether merging applies to transformers and recurrent networks.

Each family at one, two and four times its width, four networks in all six pairs: on MNIST, which
recurrent networks read row by row and transformers in patches, on the digits, and on characters.
Where units lie within others (heads, groups) every matcher is asked twice: with an order of its own
for each of these, and with one order for all.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity, Parent
from ...methods.best_of import BestOf
from ...methods.otfusion import OTFusionWeights
from ...methods.straight_through import StraightThrough
from ...methods.weight_matching import WeightMatching
from ..finishes import Nothing, Retrain
from ..networks import GPT, MLP, Architecture, ResNet20, ResNeXt20, RowGRU, RowLSTM
from ..networks.torchvision import TorchvisionViT
from ..training.optimisers import Adam
from ..training.recipes import recipe
from .blocks import Block, Grid, with_plugins
from .designs import all_pairs

MATCHERS: tuple[Method, ...] = (
    WeightMatching(),
    BestOf(),
    ActivationMatching(samples=2000),
    OTFusionWeights(),
)
LEARNT = StraightThrough(epochs=1, batch=500)
"""The authors train for 250 epochs; here an epoch of a transformer takes as long as a network."""

SHORT = recipe("sequences-short")
ON_MNIST = replace(SHORT, epochs=5, optimiser=Adam(4e-3), inputs="standard")
"""What an LSTM of 32 units needs to know 97 % of the test images; as it comes it knows 95 %."""

_block = partial(
    Block,
    dataset="mnist",
    recipe=ON_MNIST,
    pairs=all_pairs(4),
    finishes=(Nothing(),),
    points=3,
)
_text = partial(_block, dataset="characters", recipe=SHORT)


def sequences_grid() -> Grid:
    """The grid."""
    blocks = (_linear_model(), *_embedded(), *_mnist(), *_characters())
    purpose = (
        "Transformers and recurrent networks beside MLPs and ResNets; two and a half hours on two "
        "cores."
    )
    return Grid("sequences", purpose, tuple(blocks))


def _linear_model() -> Block:
    """What a network without hidden layers achieves on characters; the grid `claims` has others."""
    alone = with_plugins(Parent())
    return _text(network=MLP(()), pairs=((0, 1),), methods=alone)


def _mnist() -> list[Block]:
    recurrent = [[form(width) for width in (32, 64, 128)] for form in (RowLSTM, RowGRU)]
    transformers = [TorchvisionViT(7, width=width) for width in (32, 64, 128)]
    residual = [ResNet20(width, stride=3) for width in (0.25, 0.5, 1)]
    return [
        *_plain(_block, [MLP((width,) * 3) for width in (64, 128, 256)]),
        *(block for ladder in recurrent for block in _plain(_block, ladder)),
        *_nested(_block, transformers),
        *_plain(_block, residual),
        *(_learnt(_block, ladder[1], LEARNT) for ladder in recurrent),
        _learnt(_block, transformers[1], LEARNT, _shared(LEARNT)),
    ]


def _characters() -> list[Block]:
    decoders = [GPT(width=width) for width in (32, 64, 128)]
    return [*_nested(_text, decoders), _learnt(_text, decoders[1], LEARNT, _shared(LEARNT))]


def _embedded() -> list[Block]:
    """On the digits, which every installation has: also networks that take long on MNIST."""
    longer = replace(SHORT, epochs=30, batch=64)
    block = partial(_block, dataset="digits", recipe=longer, points=5)
    return [
        *_plain(block, tuple(MLP((width,) * 3) for width in (64, 128, 256))),
        *_plain(block, tuple(RowLSTM(width) for width in (32, 64, 128))),
        *_plain(block, tuple(RowGRU(width) for width in (32, 64, 128))),
        *_nested(block, tuple(TorchvisionViT(2, width=width) for width in (32, 64, 128))),
        *_plain(block, tuple(ResNet20(width) for width in (0.5, 1, 2))),
        *_nested(block, tuple(ResNet20(width, "group") for width in (0.5, 1, 2))),
        *_nested(block, tuple(ResNeXt20(width) for width in (0.5, 1, 2))),
    ]


def _plain(block: partial[Block], ladder: Sequence[Architecture]) -> list[Block]:
    """A ladder without units within others, of which the middle is also retrained."""
    return [
        *(block(network=n, methods=with_plugins(Identity(), *MATCHERS)) for n in ladder),
        _retrained(block, ladder[1], Identity(), *MATCHERS[:2]),
    ]


def _nested(block: partial[Block], ladder: Sequence[Architecture]) -> list[Block]:
    """A ladder with units within others: every matcher once with one order for all of these."""
    shared = tuple(map(_shared, MATCHERS))
    return [
        *_plain(block, ladder),
        *(block(network=n, methods=shared) for n in ladder),
        _retrained(block, ladder[1], shared[0]),
    ]


def _learnt(block: partial[Block], network: Architecture, *methods: Method) -> Block:
    return block(network=network, methods=methods)


def _retrained(block: partial[Block], network: Architecture, *methods: Method) -> Block:
    return block(network=network, methods=methods, finishes=(Retrain(),))


def _shared(method: Method) -> Method:
    return replace(method, inner_orders="shared")  # type: ignore[call-arg]
