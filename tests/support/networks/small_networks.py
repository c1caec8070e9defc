"""Small networks, each with one thing that a tracer may get wrong, and the groups they have."""

import warnings
from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as F
from small_layers import (
    Attention,
    ChannelNorm,
    Net,
    Residual,
    Small,
    in_place,
    ordered,
    picked,
    shuffled,
    static,
    tied,
)
from strided_networks import STRIDED
from torch import Tensor, nn
from torchvision.models import DenseNet, VisionTransformer

from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace


def _attention(width: int, *blocks: nn.Module) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(
        nn.Linear(4, width), *blocks, nn.Flatten(), nn.Linear(5 * width, 3)
    )


IMAGES, ROWS = (3, 2, 6, 6), (3, 7)

SMALL = {
    "mlp": Small(
        lambda: nn.Sequential(
            nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 3)
        ),
        ROWS,
        (6, 5),
    ),
    "no bias": Small(
        lambda: nn.Sequential(nn.Linear(7, 6, bias=False), nn.Tanh(), nn.Linear(6, 3, bias=False)),
        ROWS,
        (6,),
    ),
    "linear": Small(lambda: nn.Linear(7, 3), ROWS, ()),
    "flatten": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.Flatten(), nn.Linear(64, 3)
        ),
        IMAGES,
        (4,),
    ),
    "residual": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1),
            Residual(nn.Conv2d(4, 6, 1), nn.ReLU(), nn.Conv2d(6, 4, 1)),
            nn.ReLU(),
            Residual(nn.Conv2d(4, 4, 3, padding=1), nn.PReLU(4), nn.Conv2d(4, 4, 1)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 3),
        ),
        IMAGES,
        (4, 6, 4),
    ),
    "channel norm": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3),
            ChannelNorm(4),
            nn.SiLU(),
            nn.Conv2d(4, 5, 1),
            ChannelNorm(5),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(20, 3),
        ),
        IMAGES,
        (4, 5),
    ),
    "layer norm": Small(
        lambda: Net(
            lambda s, x: s.head(s.norm(s.a(x).permute(0, 2, 3, 1)).relu().mean((1, 2))),
            a=nn.Conv2d(2, 4, 3),
            norm=nn.LayerNorm(4),
            head=nn.Linear(4, 3),
        ),
        IMAGES,
        (4,),
    ),
    "instance norm": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, bias=False),
            nn.InstanceNorm2d(4, affine=True),
            nn.ELU(),
            nn.Flatten(),
            nn.Linear(64, 3),
        ),
        IMAGES,
        (4,),
    ),
    # Units move with their whole group, and in the same way within each group.
    "group norm": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 6, 3), nn.GroupNorm(3, 6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)
        ),
        IMAGES,
        (3, 2),
    ),
    "grouped": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 9, 1),
            nn.ReLU(),
            nn.Conv2d(9, 12, 3, groups=3),
            nn.ReLU(),
            nn.ChannelShuffle(3),
            nn.Conv2d(12, 5, 1),
            nn.Flatten(),
            nn.Linear(80, 3),
        ),
        IMAGES,
        (3, 3, 4, 5),
    ),
    "depthwise": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 1),
            nn.ReLU6(),
            nn.Conv2d(4, 4, 3, groups=4),
            nn.BatchNorm2d(4),
            nn.Hardswish(),
            nn.Conv2d(4, 8, 3, groups=4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32, 3),
        ),
        IMAGES,
        (4, 2),
    ),
    "transposed": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 6, 3),
            nn.ReLU(),
            nn.ConvTranspose2d(6, 6, 2, stride=2, groups=2),
            nn.ReLU(),
            nn.ConvTranspose2d(6, 5, 2),
            nn.PixelUnshuffle(3),
            nn.Flatten(),
            nn.Linear(405, 3),
        ),
        IMAGES,
        (2, 3, 3, 5),
    ),
    "pixel shuffle": Small(
        lambda: nn.Sequential(
            nn.Conv2d(2, 8, 3), nn.PixelShuffle(2), nn.ReLU(), nn.Conv2d(2, 3, 1)
        ),
        IMAGES,
        (2,),
    ),
    "squeeze": Small(
        lambda: Net(
            lambda s, x: s.head(
                (s.a(x) * s.up(s.down(s.a(x).mean((2, 3), True)).relu()).sigmoid()).amax((2, 3))
            ),
            a=nn.Conv2d(2, 6, 3),
            down=nn.Conv2d(6, 3, 1),
            up=nn.Conv2d(3, 6, 1),
            head=nn.Linear(6, 3),
        ),
        IMAGES,
        (6, 3),
    ),
    "concatenation": Small(
        lambda: Net(
            lambda s, x: s.head(F.pad(torch.cat([s.a(x), s.b(x), x], 1), (0, 2)).relu()),
            a=nn.Linear(7, 4),
            b=nn.Linear(7, 5),
            head=nn.Linear(18, 3),
        ),
        ROWS,
        (4, 5),
    ),
    "dense": Small(
        lambda: DenseNet(4, (2, 2, 1, 1), 6, bn_size=2, num_classes=3),
        (2, 3, 32, 32),
        (6, 8, 4, 8, 4, 7, 8, 4, 8, 4, 7, 8, 4, 5, 8, 4),
    ),
    "shuffled": Small(
        lambda: Net(
            shuffled,
            a=nn.Conv2d(2, 6, 1),
            b=nn.Conv2d(2, 6, 1),
            c=nn.Conv2d(6, 5, 1),
            head=nn.Linear(11, 3),
        ),
        IMAGES,
        (3, 3, 3, 3, 5),
    ),
    "gated": Small(lambda: nn.Sequential(nn.Linear(7, 8), nn.GLU(), nn.Linear(4, 3)), ROWS, (4,)),
    "tied": Small(tied, ROWS, (5, 4)),
    "twice": Small(
        lambda: Net(
            lambda s, x: s.head(s.b(s.b(s.a(x)).relu()).relu()),
            a=nn.Linear(7, 5),
            b=nn.Linear(5, 5),
            head=nn.Linear(5, 3),
        ),
        ROWS,
        (5,),
    ),
    "in place": Small(
        lambda: Net(in_place, a=nn.Linear(7, 5), b=nn.Linear(5, 5), head=nn.Linear(5, 3)),
        ROWS,
        (2, 3),
    ),
    "picked": Small(lambda: Net(picked, a=nn.Linear(7, 9), head=nn.Linear(9, 3)), ROWS, (2, 2, 3)),
    "numbered": Small(lambda: ordered(lambda h: h * torch.arange(1, 7)), ROWS, ()),
    "cumulated": Small(lambda: ordered(lambda h: h.cumsum(1)), ROWS, ()),
    "rolled": Small(lambda: ordered(lambda h: h.roll(1, 1)), ROWS, ()),
    "largest": Small(lambda: ordered(lambda h: h * (h.argmax(1, True) + 1)), ROWS, ()),
    "indexed": Small(lambda: ordered(lambda h: h[:, [5, 0, 1, 1, 2, 3]]), ROWS, ()),
    "padded": Small(
        lambda: ordered(lambda h: F.pad(h[:, None, 1:5], (1, 1), "reflect").flatten(1)), ROWS, ()
    ),
    **STRIDED,
    "weight norm": Small(
        lambda: nn.Sequential(
            nn.utils.parametrizations.weight_norm(nn.Linear(7, 6)),
            nn.Tanh(),
            nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)),
        ),
        ROWS,
        (6,),
    ),
    "products": Small(
        lambda: Net(
            lambda s, x: torch.einsum("bi,io->bo", torch.addmm(s.bias, x, s.a).tanh(), s.b) @ s.c,
            a=nn.Parameter(torch.ones(7, 6)),
            bias=nn.Parameter(torch.ones(6)),
            b=nn.Parameter(torch.ones(6, 5)),
            c=nn.Parameter(torch.ones(5, 3)),
        ),
        ROWS,
        (6, 5),
    ),
    "attention": Small(_attention(12, Attention(12, 3)), (2, 5, 4), (12, 3, 4, 4, 12)),
    "one head": Small(_attention(6, Attention(6, 1)), (2, 5, 4), (6, 6, 6, 6)),
    "encoder": Small(
        _attention(12, nn.TransformerEncoderLayer(12, 3, 10, batch_first=True)),
        (2, 5, 4),
        (12, 3, 4, 4, 10),
    ),
    "vision transformer": Small(
        lambda: VisionTransformer(32, 16, 1, 3, 24, 10, num_classes=3),
        (2, 3, 32, 32),
        (24, 3, 8, 8, 10),
    ),
    "static": Small(lambda: Net(static, a=nn.Linear(7, 6), b=nn.Linear(6, 3)), ROWS, (6,)),
}


@cache
def traced(name: str) -> tuple[nn.Module, Tensor, Symmetry]:
    """A small network, inputs for it in float64, and its symmetry; any warning is an error."""
    torch.manual_seed(0)
    module = SMALL[name].build()
    x = torch.randn(SMALL[name].shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an unknown operator would pin what should move
        return module, x.double(), trace(module, x)
