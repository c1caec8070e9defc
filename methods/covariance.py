"""Joint second moments of the units of several networks on the same data."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Network, Samples, batches
from .symmetry import When


@dataclass(frozen=True, eq=False)
class Covariance:
    """The covariance (N, N) of the N units of all networks together, in float64.

    `sizes` tells how many units each network has, in their order.
    """

    matrix: Tensor
    sizes: tuple[int, ...]

    def block(self, row: int, column: int) -> Tensor:
        """The covariance of the units of two networks."""
        return self.matrix.split(self.sizes)[row].split(self.sizes, dim=1)[column]

    def correlation(self) -> Tensor:
        """(N, N); a unit that never varies has correlation 0 with every other."""
        variance = self.matrix.diagonal()
        noise = 1e-12 * variance.max()
        scale = torch.where(variance > noise, variance.clamp_min(0).rsqrt(), 0.0)
        return self.matrix * torch.outer(scale, scale)


def joint_covariance(
    networks: Sequence[Network], samples: Samples, when: When, size: int = 1000
) -> dict[str, Covariance]:
    """Group -> the covariance of its units over all `samples`, `size` at a time."""
    sums: dict[str, tuple[Tensor, Tensor]] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    count: dict[str, int] = {}
    for x, _ in batches(samples, size):
        seen = [n.symmetry.activations(n.params, x, when) for n in networks]
        for group in seen[0]:
            own = [one[group].double() for one in seen]
            z = torch.cat(own)
            sizes[group] = tuple(len(units) for units in own)
            total, product = sums.get(group, (0, 0))
            sums[group] = total + z.sum(1), product + z @ z.T
            count[group] = count.get(group, 0) + z.shape[1]
    return {group: _covariance(*sums[group], count[group], sizes[group]) for group in sums}


def _covariance(total: Tensor, product: Tensor, count: int, sizes: tuple[int, ...]) -> Covariance:
    mean = total / count
    return Covariance(product / count - torch.outer(mean, mean), sizes)
