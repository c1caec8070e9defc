"""The networks of the benchmark, one family a file."""

from .base import Architecture as Architecture
from .base import LayerNorm as LayerNorm
from .base import Norm as Norm
from .gpt import GPT as GPT
from .mlp import MLP as MLP
from .mlp import TanhMLP as TanhMLP
from .recurrent import RowGRU as RowGRU
from .recurrent import RowLSTM as RowLSTM
from .resnet import ResNet18 as ResNet18
from .resnet import ResNet20 as ResNet20
from .resnext import ResNeXt20 as ResNeXt20
from .unet import UNet as UNet
from .vgg import VGG as VGG
