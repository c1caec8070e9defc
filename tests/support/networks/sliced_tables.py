"""Networks of which a graph reads a part: tables cut to a length, rows picked, columns left out.

Each has inputs of several lengths. What one length does not read, another does; a symmetry that
moves it is invented.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from small_layers import Net
from torch import Tensor, nn

WIDTH, LONGEST = 8, 9


@dataclass(frozen=True)
class Sliced:
    """A network of sequences (batch, time, 4), and the sizes of its groups in order."""

    build: Callable[[], nn.Module]
    groups: tuple[int, ...]
    lengths: tuple[int, ...] = (5, LONGEST, 3)


def table(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def added(rows: Callable[[Net, int], Tensor], *shape: int) -> Callable[[], nn.Module]:
    """Units (batch, time, 8), to which rows of the table `p` are added."""
    return lambda: Net(
        lambda s, x: s.o((s.a(x) + rows(s, x.shape[1])).relu().mean(1)),
        a=nn.Linear(4, WIDTH),
        p=table(*(shape or (LONGEST, WIDTH))),
        o=nn.Linear(WIDTH, 3),
    )


def scored(bias: Callable[[Net, Tensor], Tensor], *shape: int) -> Callable[[], nn.Module]:
    """One head of attention, whose scores (batch, time, time) `bias` changes by the table `p`."""
    return lambda: Net(
        lambda s, x: s.o(bias(s, s.q(x) @ s.k(x).mT).softmax(-1) @ s.v(x)).mean(1),
        q=nn.Linear(4, 6),
        k=nn.Linear(4, 6),
        v=nn.Linear(4, WIDTH),
        p=table(*shape),
        o=nn.Linear(WIDTH, 3),
    )


def relative(length: int) -> Tensor:
    steps = torch.arange(length)
    return steps[:, None] - steps + LONGEST - 1


def written_in_place(s: Net, length: int) -> Tensor:
    rows = torch.zeros(length, WIDTH).to(s.p)
    rows[:] = s.p[:length]
    return rows


def expert(s: Net, x: Tensor) -> Tensor:
    return s.o((s.a(x) @ s.p[1]).relu().mean(1))


def part_of_a_weight(s: Net, x: Tensor) -> Tensor:
    return s.o(F.linear(x, s.p[2:10, 1:5]).relu().mean(1))


def cropped_result(s: Net, x: Tensor) -> Tensor:
    """Units 8 to 12 are computed, and read by nothing."""
    return s.o(s.a(x)[..., :WIDTH].relu().mean(1))


def generated(s: Net, x: Tensor) -> Tensor:
    """A row of numbers for the longest input, made by a layer and cut to this one."""
    gates = s.g(torch.ones(1, 2).to(x)).sigmoid()[:, : x.shape[1], None]
    return s.o((s.a(x) * gates).relu().mean(1))


def cut_kernel(s: Net, x: Tensor) -> Tensor:
    return s.o(F.conv1d(x.mT, s.p[:, :, :3]).relu().mean(2))


def projected(s: Net, x: Tensor) -> Tensor:
    """Positions mixed by a matrix for the longest input, as Linformer does."""
    return s.o((s.p[:, : x.shape[1]] @ s.a(x).relu()).mean(1))


def prefixed(s: Net, x: Tensor) -> Tensor:
    h = torch.cat([s.p[:2].expand(len(x), -1, -1), s.a(x)], 1)
    return s.o(h.relu().mean(1))


SLICED = {
    "first rows": Sliced(added(lambda s, n: s.p[:n]), (8,)),
    "first rows of a batch": Sliced(added(lambda s, n: s.p[:, :n], 1, LONGEST, WIDTH), (8,)),
    "last rows": Sliced(added(lambda s, n: s.p[-n:]), (8,)),
    "rows from the middle": Sliced(added(lambda s, n: s.p[1 : n + 1], 12, WIDTH), (8,)),
    "narrow": Sliced(added(lambda s, n: s.p.narrow(0, 0, n)), (8,)),
    "columns": Sliced(added(lambda s, n: s.p[:, :n].T, WIDTH, LONGEST), (8,)),
    "columns of a transpose": Sliced(added(lambda s, n: s.p.T[:n], WIDTH, LONGEST), (8,)),
    "every other row": Sliced(added(lambda s, n: s.p[: 2 * n : 2], 2 * LONGEST, WIDTH), (8,)),
    "every third row": Sliced(added(lambda s, n: s.p[1 : 3 * n : 3], 28, WIDTH), (8,)),
    "split": Sliced(added(lambda s, n: s.p.split([n, 12 - n])[0], 12, WIDTH), (8,)),
    "tensor_split": Sliced(added(lambda s, n: s.p.tensor_split([n])[0], 12, WIDTH), (8,)),
    "unbind": Sliced(added(lambda s, n: torch.stack(s.p.unbind(0)[:n])), (8,)),
    "one row": Sliced(added(lambda s, n: s.p[n - 1]), (8,)),
    "selected": Sliced(added(lambda s, n: s.p.select(0, n // 2)), (8,)),
    "indexed": Sliced(added(lambda s, n: s.p[torch.arange(n)]), (8,)),
    "index_select": Sliced(added(lambda s, n: s.p.index_select(0, torch.arange(n))), (8,)),
    "gathered": Sliced(
        added(lambda s, n: s.p.gather(0, torch.arange(n)[:, None].expand(n, WIDTH))), (8,)
    ),
    "embedded": Sliced(added(lambda s, n: F.embedding(torch.arange(n), s.p)), (8,)),
    "reversed": Sliced(added(lambda s, n: s.p.flip(0)[:n]), (8,)),
    "rolled": Sliced(added(lambda s, n: s.p.roll(2, 0)[:n]), (8,)),
    "accumulated": Sliced(added(lambda s, n: s.p.cumsum(0)[:n]), (8,)),
    "padded": Sliced(added(lambda s, n: F.pad(s.p[: n - 1], (0, 0, 1, 0))), (8,)),
    "repeated": Sliced(added(lambda s, n: s.p[: n // 3].repeat(3, 1)), (8,), (6, LONGEST, 3)),
    "interleaved": Sliced(
        added(lambda s, n: s.p[: n // 3].repeat_interleave(3, 0)), (8,), (6, LONGEST, 3)
    ),
    "reshaped": Sliced(added(lambda s, n: s.p.reshape(LONGEST, WIDTH)[:n], 3, 3, WIDTH), (8,)),
    "interpolated": Sliced(
        added(lambda s, n: F.interpolate(s.p[None].mT, n, mode="linear")[0].mT), (8,)
    ),
    "written in place": Sliced(added(written_in_place), (8,)),
    "scores": Sliced(scored(lambda s, a: a + s.p[: a.shape[1], : a.shape[2]], 9, 9), (6, 8)),
    "scores of a batch": Sliced(
        scored(lambda s, a: a + s.p[:, : a.shape[1], : a.shape[2]], 1, 9, 9), (6, 8)
    ),
    "relative scores": Sliced(scored(lambda s, a: a + s.p[relative(a.shape[1])], 17), (6, 8)),
    "windows of scores": Sliced(
        scored(lambda s, a: a + s.p[9 - a.shape[1] : 8 + a.shape[1]].unfold(0, a.shape[1], 1), 17),
        (6, 8),
    ),
    "one of several experts": Sliced(
        lambda: Net(expert, a=nn.Linear(4, 6), p=table(3, 6, WIDTH), o=nn.Linear(WIDTH, 3)), (6, 8)
    ),
    "part of a weight": Sliced(
        lambda: Net(part_of_a_weight, p=table(12, 6), o=nn.Linear(WIDTH, 3)), (8,)
    ),
    "cropped result": Sliced(
        lambda: Net(cropped_result, a=nn.Linear(4, 12), o=nn.Linear(WIDTH, 3)), (8,)
    ),
    "one of two halves": Sliced(
        lambda: Net(
            lambda s, x: s.o(s.a(x).chunk(2, -1)[0].relu().mean(1)),
            a=nn.Linear(4, 16),
            o=nn.Linear(WIDTH, 3),
        ),
        (8,),
    ),
    "every other unit": Sliced(
        lambda: Net(
            lambda s, x: s.o(s.a(x)[..., ::2].relu().mean(1)),
            a=nn.Linear(4, 16),
            o=nn.Linear(WIDTH, 3),
        ),
        (8,),
    ),
    "generated": Sliced(
        lambda: Net(generated, a=nn.Linear(4, 8), g=nn.Linear(2, LONGEST), o=nn.Linear(8, 3)),
        (2, 8),  # of two inputs that are always one
    ),
    "cut kernel": Sliced(
        lambda: Net(cut_kernel, p=table(WIDTH, 4, 5), o=nn.Linear(WIDTH, 3)), (8,)
    ),
    "projected positions": Sliced(
        lambda: Net(projected, a=nn.Linear(4, 8), p=table(5, LONGEST), o=nn.Linear(8, 3)), (5, 8)
    ),
    "prefix": Sliced(
        lambda: Net(prefixed, a=nn.Linear(4, 8), p=table(4, 8), o=nn.Linear(8, 3)),
        (2, 8),  # of two tokens that are averaged with the others
    ),
}
