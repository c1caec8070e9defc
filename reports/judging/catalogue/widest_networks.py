"""Where a claim about every architecture is judged: the widest network of each kind.

Of every kind that a grid has on a data set, by each recipe that it was trained by; with batch norm
its statistics are reset, without which no merge of any method is of use. A kind is a family of
networks with all that it is set to but its width. A test compares this list with the committed
tables, so that a network that was measured is not left out for what it says.
"""

from dataclasses import replace

from ...data.named import named
from ..statistics import Cells
from .selections import (
    DECAYED,
    DIGITS,
    FASHION_VGG,
    FULL,
    GPT,
    GRU,
    LSTM,
    MNIST,
    ON_CIFAR,
    PLAIN_VGG,
    RESET,
    RESNET_BATCH,
    RESNET_GROUP,
    RESNET_LAYER,
    RESNEXT,
    SEQUENCE_DIGITS,
    SEQUENCE_IMAGES,
    SEQUENCE_MLP,
    VGG_BATCH,
    VIT,
    WIDEST,
    perceptron,
    resnet20,
    vgg,
)

_LSTM_DIGITS, _GRU_DIGITS = (replace(SEQUENCE_DIGITS, network=each.network) for each in (LSTM, GRU))

WIDEST_NETWORKS: tuple[tuple[str, Cells], ...] = (
    ("perceptron, MNIST", FULL),
    ("perceptron, MNIST, trained for less long", replace(MNIST, network=perceptron(512, 512, 512))),
    ("perceptron, MNIST, trained as sequences are", SEQUENCE_MLP),
    ("perceptron, digits", replace(DIGITS, network=perceptron(2048, 2048))),
    ("perceptron, digits, with weight decay", replace(DECAYED, network=perceptron(2048, 2048))),
    (
        "perceptron, digits, trained as sequences are",
        replace(SEQUENCE_DIGITS, network=SEQUENCE_MLP.network),
    ),
    ("plain VGG8, digits", PLAIN_VGG),
    ("VGG8 without biases, digits", replace(DIGITS, network=vgg(8, 32, bias=False))),
    ("VGG8 with layer norm, digits", replace(DIGITS, network=vgg(8, 64, norm="layer"))),
    ("VGG8 with batch norm, digits, statistics reset", replace(VGG_BATCH, finish=RESET)),
    ("VGG8 with layer norm, Fashion-MNIST", FASHION_VGG),
    (
        "VGG8 with layer norm and a stride of 2, Fashion-MNIST",
        WIDEST["VGG8 with layer norm, Fashion-MNIST, 8 to 128"],
    ),
    ("ResNet20 with layer norm, digits", RESNET_LAYER),
    (
        "ResNet20 with layer norm, digits, trained for longer",
        replace(SEQUENCE_DIGITS, network=resnet20(2, "layer")),
    ),
    (
        "ResNet20 with layer norm and a stride of 3, MNIST",
        replace(SEQUENCE_IMAGES, network=named("resnet20", norm="layer", stride=3, width=1)),
    ),
    *ON_CIFAR,
    ("ResNet20 with batch norm, digits, statistics reset", replace(RESNET_BATCH, finish=RESET)),
    ("ResNet20 with group norm, digits", RESNET_GROUP),
    ("ResNeXt20, digits", RESNEXT),
    ("LSTM, MNIST by rows", LSTM),
    ("LSTM, digits by rows", _LSTM_DIGITS),
    ("GRU, MNIST by rows", GRU),
    ("GRU, digits by rows", _GRU_DIGITS),
    ("transformer, MNIST", VIT),
    (
        "transformer, digits",
        replace(SEQUENCE_DIGITS, network=named("vit", patch=2, depth=2, heads=4, width=128)),
    ),
    ("decoder, characters", GPT),
)
"""In words, and their cells."""
