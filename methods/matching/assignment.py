"""The linear assignment problem, behind one function that may start from an earlier solution."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

ROUNDS = 30
"""Rounds of bidding: more lower the solver's time by less than they take (trained MLP, n = 512)."""

WORTH_BIDDING = 128
"""Smaller problems are solved before an auction has begun."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """An optimal one-to-one matching: row `i` goes to column `index[i]`, both of size n.

    `prices` (n,) are what bidding left of the columns' dual variables: the state to start from.
    """

    index: Tensor
    prices: NDArray[np.float32]


def assign(gain: Tensor, start: Assignment | None = None) -> Assignment:
    """The matching that maximises the sum of `gain[i, index[i]]`; `gain` is (n, n).

    Solved in float64 by scipy's shortest augmenting paths (Crouse 2016), the right solver for the
    nearly tied gains of trained layers, after a few rounds of an auction (Bertsekas 1988) have set
    prices that leave it little to do. Whatever the prices, and so whatever the `start`, the
    solution of a similar problem, the optimum is exact; where several matchings are optimal (dead
    units tie) it may be another of them. Raises `ValueError` when a gain is not finite.
    """
    if not torch.isfinite(gain.sum()):  # one pass; finite gains whose sum is not have no optimum
        raise ValueError("the gains of a matching are not all finite (diverged weights?)")
    gains = gain.detach().cpu().numpy()
    prices = np.zeros(len(gains), np.float32) if start is None else start.prices.copy()
    if len(gains) >= WORTH_BIDDING:
        _bid(gains.astype(np.float32, copy=False), prices)
    columns = linear_sum_assignment(np.subtract(prices, gains, dtype=np.float64))[1]
    return Assignment(torch.from_numpy(columns).to(gain.device), prices)


def _bid(gains: NDArray[np.float32], prices: NDArray[np.float32]) -> None:
    """Raise `prices` by rounds in which every unassigned row bids for its best column.

    A bid is what the best column is worth to the row above the second best; the highest wins.
    """
    n = len(gains)
    owners = np.full(n, -1)
    bidders = np.arange(n)
    values = gains - prices
    for _ in range(ROUNDS):
        lines = np.arange(len(bidders))
        best = values.argmax(axis=1)
        highest = values[lines, best]
        values[lines, best] = -np.inf
        bids = highest - values.max(axis=1)
        ascending = bids.argsort(kind="stable")
        winner = np.full(n, -1)
        winner[best[ascending]] = ascending  # of several bids for a column the last, the highest
        columns = (winner >= 0).nonzero()[0]
        winners = winner[columns]
        prices[columns] += bids[winners]
        losers, owners[columns] = owners[columns], bidders[winners]
        lost = np.ones(len(bidders), bool)
        lost[winners] = False
        bidders = np.concatenate([bidders[lost], losers[losers >= 0]])
        if not len(bidders):
            return
        values = gains[bidders]
        values -= prices
