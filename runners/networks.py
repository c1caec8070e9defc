"""The networks of the benchmark, one family a file."""

from .architecture import Architecture as Architecture
from .architecture import LayerNorm as LayerNorm
from .architecture import Norm as Norm
from .mlp import MLP as MLP
from .mlp import TanhMLP as TanhMLP
from .resnets import ResNet18 as ResNet18
from .resnets import ResNet20 as ResNet20
from .vgg import VGG as VGG
