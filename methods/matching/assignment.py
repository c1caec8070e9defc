"""The linear assignment problem behind two functions: one problem, and many small ones."""

from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

try:
    from lap import lapjvh as _lapjvh
except ImportError:  # built without it on a few machines, or overwritten by the package `lap`
    _lapjvh = None


def assign(gain: Tensor) -> Tensor:
    """(n,): the columns of the one-to-one matching with the largest sum of `gain[i, columns[i]]`.

    `gain` is (n, n). Solved by the shortest augmenting paths of Jonker and Volgenant (1987) with
    dual variables in float64, as `lapx` implements them, and by scipy (Crouse 2016) where that is
    not installed. The optimum is exact for gains of float64; for others up to one rounding of
    float32 of how far each gain lies below the largest of its row. Where several matchings are
    optimal (dead units tie) one of them is returned, always the same. Raises `ValueError` when a
    gain is not finite.
    """
    costs = _costs(gain.detach())
    columns = _solved(costs.cpu().numpy())
    return torch.from_numpy(columns).to(gain.device)


def assign_all(gains: Tensor) -> Tensor:
    """(k, n): the same for each of the k problems `gains` (k, n, n)."""
    problems = _costs(gains.detach()).cpu().numpy()
    columns = [_solved(problem) for problem in problems]
    return torch.from_numpy(np.stack(columns)).to(gains.device)


def _costs(gain: Tensor) -> Tensor:
    """What each entry lacks of the largest in its row.

    On the nearly tied gains of trained layers lapx solves these three times as fast as the gains.
    """
    if gain.dtype not in (torch.float32, torch.float64):
        gain = gain.double() if not gain.is_floating_point() else gain.float()
    costs = gain.amax(-1, keepdim=True) - gain
    if not isfinite(float(costs.sum())):  # one pass, which finds infinities and what is no number
        gain = gain.double()  # or float32 cannot hold so wide a range of finite gains
        costs = gain.amax(-1, keepdim=True) - gain
        if not isfinite(float(costs.sum())):
            raise ValueError(
                "the gains of a matching are not all finite: weights or activations overflow"
            )
    return costs


def _solved(costs: NDArray[np.floating]) -> NDArray[np.int64]:
    if _lapjvh is None:
        return linear_sum_assignment(costs)[1]
    return _lapjvh(costs, return_cost=False)[1]
