"""Small recurrent networks, each with one thing to get wrong, and the groups that they have."""

from collections.abc import Callable
from functools import cache

import torch
from small_layers import Net
from small_networks import Small
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace

SEQUENCES = (3, 5, 4)
"""Batch, steps, inputs."""

Recurrence = Callable[..., nn.Module]
LAYERS: dict[str, Recurrence] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn tanh": nn.RNN,
    "rnn relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
}
CELLS: dict[str, Recurrence] = {
    "lstm cell": nn.LSTMCell,
    "gru cell": nn.GRUCell,
    "rnn tanh cell": nn.RNNCell,
    "rnn relu cell": lambda *sizes: nn.RNNCell(*sizes, nonlinearity="relu"),
}


def hidden(result: tuple) -> Tensor:
    """The last hidden states of all layers and directions."""
    return result[1][0] if isinstance(result[1], tuple) else result[1]


def reading(
    recurrence: nn.Module,
    width: int,
    read: Callable[[tuple], Tensor] = lambda result: result[0][:, -1],
    **layers: nn.Module,
) -> nn.Module:
    """A recurrence, what is read of its results, and a linear head."""
    return Net(lambda s, x: s.head(read(s.r(x))), r=recurrence, head=nn.Linear(width, 3), **layers)


def stepping(cell: nn.Module, width: int) -> nn.Module:
    def forward(net: Net, x: Tensor) -> Tensor:
        state, outputs = None, []
        for step in x.unbind(1):
            state = net.cell(step, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return net.head(torch.stack(outputs, 1).mean(1))

    return Net(forward, cell=cell, head=nn.Linear(width, 3))


def _translating(net: Net, x: Tensor) -> Tensor:
    """A decoder starts from the encoder's states, layer by layer."""
    _, state = net.encoder(x)
    return net.head(net.decoder(x.flip(1), state)[0].mean(1))


def _learnt_start(layers: int) -> nn.Module:
    def forward(net: Net, x: Tensor) -> Tensor:
        start = net.start.expand(-1, len(x), -1).contiguous()
        return net.head(net.r(x, start)[0].mean(1))

    return Net(
        forward,
        r=nn.GRU(4, 6, layers, batch_first=True),
        start=nn.Parameter(torch.randn(layers, 1, 6)),
        head=nn.Linear(6, 3),
    )


def _attentive(net: Net, x: Tensor) -> Tensor:
    outputs, (last, _) = net.r(x)
    scores = net.score((net.keys(outputs) + net.query(last[-1])[:, None]).tanh())
    return net.head((scores.softmax(1) * outputs).sum(1))


RECURRENT: dict[str, Small] = {
    **{
        name: Small(lambda build=build: reading(build(4, 6, batch_first=True), 6), SEQUENCES, (6,))
        for name, build in LAYERS.items()
    },
    **{
        f"{name}, deep and both ways": Small(
            lambda build=build: reading(
                build(4, 6, 2, batch_first=True, bidirectional=True),
                12,
                lambda result: torch.cat([hidden(result)[-2], hidden(result)[-1]], 1),
            ),
            SEQUENCES,
            (6,) * 4,
        )
        for name, build in LAYERS.items()
    },
    **{
        name: Small(lambda build=build: stepping(build(4, 6), 6), SEQUENCES, (6,))
        for name, build in CELLS.items()
    },
    "steps first": Small(
        lambda: Net(
            lambda s, x: s.head(s.r(x.transpose(0, 1))[0][-1]),
            r=nn.LSTM(4, 6, 2),
            head=nn.Linear(6, 3),
        ),
        SEQUENCES,
        (6, 6),
    ),
    "no bias": Small(
        lambda: reading(nn.GRU(4, 6, 2, batch_first=True, bias=False), 6), SEQUENCES, (6, 6)
    ),
    "projected": Small(
        lambda: reading(nn.LSTM(4, 6, 2, batch_first=True, proj_size=5), 5), SEQUENCES, (6, 5, 6, 5)
    ),
    "projected, both ways, without bias": Small(
        lambda: reading(
            nn.LSTM(4, 6, batch_first=True, proj_size=3, bidirectional=True, bias=False),
            6,
            lambda result: result[0].mean(1),
        ),
        SEQUENCES,
        (6, 3, 6, 3),
    ),
    "last cells": Small(
        lambda: reading(
            nn.LSTM(4, 6, 2, batch_first=True), 12, lambda r: torch.cat([*r[1][1]], -1)
        ),
        SEQUENCES,
        (6, 6),
    ),
    "all last states": Small(
        lambda: reading(
            nn.GRU(4, 6, 2, batch_first=True), 12, lambda r: r[1].transpose(0, 1).flatten(1)
        ),
        SEQUENCES,
        (6, 6),
    ),
    "last states of both directions": Small(
        lambda: reading(
            nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True),
            12,
            lambda r: r[1][0][-2:].transpose(0, 1).flatten(1),
        ),
        SEQUENCES,
        (6,) * 4,
    ),
    # As the documentation of PyTorch tells layers from directions.
    "layers x directions": Small(
        lambda: reading(
            nn.GRU(4, 6, 2, batch_first=True, bidirectional=True),
            12,
            lambda r: torch.cat([*r[1].view(2, 2, -1, 6)[-1]], -1),
        ),
        SEQUENCES,
        (6,) * 4,
    ),
    # A sum says that the units of both directions are the same.
    "summed directions": Small(
        lambda: reading(
            nn.GRU(4, 6, batch_first=True, bidirectional=True),
            6,
            lambda r: (r[0][..., :6] + r[0][..., 6:]).mean(1),
        ),
        SEQUENCES,
        (6,),
    ),
    "residual": Small(
        lambda: Net(
            lambda s, x: s.head((y := s.a(x)).add(s.r(y)[0]).mean(1)),
            a=nn.Linear(4, 6),
            r=nn.LSTM(6, 6, batch_first=True),
            head=nn.Linear(6, 3),
        ),
        SEQUENCES,
        (6,),
    ),
    "encoder and decoder": Small(
        lambda: Net(
            _translating,
            encoder=nn.LSTM(4, 6, 2, batch_first=True),
            decoder=nn.LSTM(4, 6, 2, batch_first=True),
            head=nn.Linear(6, 3),
        ),
        SEQUENCES,
        (6, 6),
    ),
    "learnt start": Small(lambda: _learnt_start(1), SEQUENCES, (6,)),
    # One tensor holds the start of both layers, and has one order for its last axis.
    "learnt start of two layers": Small(lambda: _learnt_start(2), SEQUENCES, (6,)),
    "attention over the steps": Small(
        lambda: Net(
            _attentive,
            r=nn.LSTM(4, 6, batch_first=True),
            keys=nn.Linear(6, 5),
            query=nn.Linear(6, 5),
            score=nn.Linear(5, 1),
            head=nn.Linear(6, 3),
        ),
        SEQUENCES,
        (6, 5),
    ),
    "convolved, normalised, pooled": Small(
        lambda: Net(
            lambda s, x: s.head(s.norm(s.r(s.c(x.mT).relu().mT)[0]).amax(1)),
            c=nn.Conv1d(4, 5, 3, padding=1),
            r=nn.GRU(5, 6, batch_first=True),
            norm=nn.LayerNorm(6),
            head=nn.Linear(6, 3),
        ),
        SEQUENCES,
        (5, 6),
    ),
    "weight norm": Small(
        lambda: reading(
            nn.utils.parametrizations.weight_norm(nn.RNN(4, 6, batch_first=True), "weight_hh_l0"), 6
        ),
        SEQUENCES,
        (6,),
    ),
    "tied to the inputs": Small(
        lambda: Net(
            lambda s, x: s.r(s.a(x))[0].mean(1) @ s.a.weight,
            a=nn.Linear(4, 6),
            r=nn.GRU(6, 6, batch_first=True),
        ),
        SEQUENCES,
        (6,),
    ),
    "one step": Small(lambda: reading(nn.LSTM(4, 6, batch_first=True), 6), (3, 1, 4), (6,)),
}


@cache
def recurrent(name: str) -> tuple[nn.Module, Tensor, Symmetry]:
    """A recurrent network, inputs for it in float64, and its symmetry."""
    torch.manual_seed(0)
    module, x = RECURRENT[name].build(), torch.randn(RECURRENT[name].shape)
    return module, x.double(), trace(module, x)
