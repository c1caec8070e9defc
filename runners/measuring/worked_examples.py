"""Worked examples of the papers, as cells: networks written down by hand, with a known answer."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from math import inf

import torch
from torch import Tensor

from ...results.record import Value
from ..cells.merge import Measurement
from ..cells.worked_example import ExampleCell
from .workspace import Workspace

Layers = tuple[tuple[Tensor, Tensor], ...]
"""Weight (out, in) and bias (out,) of every layer, in float64; rectified units between layers."""

Answer = dict[str, float]

ORDERS = ([0, 1], [1, 0])
"""The two orders of two units."""


def measure_example(cell: ExampleCell, workspace: Workspace, seconds: float = inf) -> Measurement:
    del workspace, seconds  # a few multiplications
    row: dict[str, Value] = {
        "stats": json.dumps(EXAMPLES[cell.example](), sort_keys=True, allow_nan=False)
    }
    return "done", row


def no_permutation_helps() -> Answer:
    """Git Re-Basin, appendix A.6: two networks without error that no permutation connects.

    Inputs are uniform on [-1, 1]^2 and positive where x1 < 0 < x2. `ends`: greatest 0-1 error of
    the first network and of the four ways to write the second; `least` and `most`: error in the
    middle of the line to the best and to the worst of these four.
    """
    a = _layers(([[-1, 0], [0, -1]], [1, 0]), ([[-1, 0], [0, 1]], [1, 0]), ([[-1, -1]], [0]))
    b = _layers(([[1, 0], [0, 1]], [0, 1]), ([[1, 0], [0, -1]], [0, 1]), ([[-1, -1]], [0]))
    # The middles of a grid's squares: no point lies on the border between the classes.
    side = (torch.arange(64, dtype=torch.float64) + 0.5) / 32 - 1
    x = torch.cartesian_prod(side, side)
    y = (x[:, 0] < 0) & (x[:, 1] > 0)
    swaps = [_reordered(b, first, second) for first, second in product(ORDERS, repeat=2)]
    ends = [_error(net, x, y) for net in (a, *swaps)]
    middles = [_error(_mean_layers(a, net), x, y) for net in swaps]
    return {"ends": max(ends), "least": min(middles), "most": max(middles)}


def one_pass_is_not_enough() -> Answer:
    """Git Re-Basin, appendix A.7.2: linear networks x -> x whose merge should be x -> x too.

    `greedy`: slope of the merge after one pass from the input, each layer matched on its incoming
    weights; `both`: after the permutation with the greatest inner product of all weights.
    """
    e = 1e-3
    a = _layers(([[1], [1 + e]], [0, 0]), ([[1, 0], [0, e]], [0, 0]), ([[1, 0]], [0]))
    b = _layers(([[1], [1 + e]], [0, 0]), ([[0, 0], [0, 1]], [0, 0]), ([[0, 1]], [0]))

    def gain(order: Sequence[list[int]], layers: int) -> float:
        moved = _reordered(b, *order)
        return sum(float((v * w).sum()) for (v, _), (w, _) in zip(a[:layers], moved, strict=False))

    first = max(ORDERS, key=lambda p: gain((p, [0, 1]), 1))
    second = max(ORDERS, key=lambda p: gain((first, p), 2))
    both = max(product(ORDERS, repeat=2), key=partial(gain, layers=3))
    x = torch.ones(1, 1, dtype=torch.float64)
    slopes = (
        float(_layer_outputs(_mean_layers(a, _reordered(b, *p)), x))
        for p in ((first, second), both)
    )
    return dict(zip(("greedy", "both"), slopes, strict=True))


EXAMPLES: dict[str, Callable[[], Answer]] = {
    "git-rebasin-a.6": no_permutation_helps,
    "git-rebasin-a.7.2": one_pass_is_not_enough,
}


def _layers(*given: tuple[list[list[float]], list[float]]) -> Layers:
    return tuple(
        (torch.tensor(w, dtype=torch.float64), torch.tensor(b, dtype=torch.float64))
        for w, b in given
    )


def _layer_outputs(layers: Layers, x: Tensor) -> Tensor:
    *hidden, (weight, bias) = layers
    for w, b in hidden:
        x = (x @ w.T + b).relu()
    return (x @ weight.T + bias).squeeze(1)


def _error(layers: Layers, x: Tensor, y: Tensor) -> float:
    """The share of points whose class, positive from an output of zero, is wrong."""
    return float(((_layer_outputs(layers, x) >= 0) != y).double().mean())


def _reordered(layers: Layers, first: list[int], second: list[int]) -> Layers:
    (w1, b1), (w2, b2), (w3, b3) = layers
    return ((w1[first], b1[first]), (w2[second][:, first], b2[second]), (w3[:, second], b3))


def _mean_layers(a: Layers, b: Layers) -> Layers:
    return tuple(((v + w) / 2, (c + d) / 2) for (v, c), (w, d) in zip(a, b, strict=True))
