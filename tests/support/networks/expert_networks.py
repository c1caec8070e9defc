"""Networks that choose: experts by index or by run of rows, a side of a condition, a checkpoint."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from small_layers import Net
from small_networks import ROWS, Small
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def _parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(shape))


def _experts(net: Net, x: Tensor) -> Tensor:
    """Each row goes to the expert that scores highest, chosen by its number."""
    h = net.a(x).tanh()
    chosen = net.router(h).argmax(-1)
    out = torch.zeros_like(h)
    for number, expert in enumerate((net.one, net.two)):
        (rows,) = torch.where(chosen == number)
        out.index_add_(0, rows, expert(h.index_select(0, rows)))
    return net.head(out)


def _expert() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 6))


@torch.library.custom_op("transformers::grouped_mm_fallback", mutates_args=())
def grouped_mm_fallback(input: Tensor, weight: Tensor, offs: Tensor) -> Tensor:
    """What the library of that name runs for precisions that `torch._grouped_mm` does not take."""
    ends = offs.tolist()
    runs = [input[a:b] @ w for a, b, w in zip([0, *ends], ends, weight, strict=False)]
    return torch.cat([*runs, input.new_zeros(len(input) - ends[-1], weight.shape[-1])])


@grouped_mm_fallback.register_fake
def _(input: Tensor, weight: Tensor, offs: Tensor) -> Tensor:
    del offs
    return input.new_empty(input.shape[0], weight.shape[-1])


def _sorted_experts(net: Net, x: Tensor) -> Tensor:
    """Rows sorted by expert, one product for each run of them."""
    h = net.a(x).tanh()
    chosen = net.router(h).argmax(-1)
    order = chosen.argsort()
    ends = F.one_hot(chosen, 2).sum(0).cumsum(0).to(torch.int32)
    up = torch.ops.transformers.grouped_mm_fallback(h[order], net.up, ends).relu()
    down = torch.ops.transformers.grouped_mm_fallback(up, net.down, ends)
    return net.head(torch.zeros_like(h).index_add(0, order, down))


def _branching(net: Net, x: Tensor) -> Tensor:
    h = net.a(x)
    return net.head(torch.cond(x.sum() > 0, lambda y: net.b(y).relu(), lambda y: net.c(y), (h,)))


def _checkpointed(reentrant: bool) -> Callable[[], nn.Module]:
    def forward(net: Net, x: Tensor) -> Tensor:
        h = checkpoint(lambda y: net.a(y).relu(), x, use_reentrant=reentrant)
        return net.head(h)

    return lambda: Net(forward, a=nn.Linear(7, 6), head=nn.Linear(6, 3))


EXPERTS: dict[str, Small] = {
    "experts by index": Small(
        lambda: Net(
            _experts,
            a=nn.Linear(7, 6),
            router=nn.Linear(6, 2),
            one=_expert(),
            two=_expert(),
            head=nn.Linear(6, 3),
        ),
        (9, 7),
        (6, 5, 6, 5),
    ),
    "experts by grouped products": Small(
        lambda: Net(
            _sorted_experts,
            a=nn.Linear(7, 8),
            router=nn.Linear(8, 2),
            up=_parameter(2, 8, 16),
            down=_parameter(2, 16, 8),
            head=nn.Linear(8, 3),
        ),
        (9, 7),
        (8, 16, 8),
    ),
    "cond": Small(
        lambda: Net(
            _branching,
            a=nn.Linear(7, 5),
            b=nn.Linear(5, 6),
            c=nn.Linear(5, 6),
            head=nn.Linear(6, 3),
        ),
        ROWS,
        (5, 6),
    ),
    "checkpoint": Small(_checkpointed(False), ROWS, (6,)),
    "reentrant checkpoint": Small(_checkpointed(True), ROWS, (6,)),
}
