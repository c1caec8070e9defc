"""Joint second moments of the units of several networks on the same data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from ..base import Network, Samples, batches
from ..symmetry.axes import When
from .symmetric_product import add_upper, mirrored


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
        """(N, N); a unit that hardly varies has correlation 0 with every other.

        That is one whose variance is no more than 1e-12 of the largest of all networks' units,
        which is what rounding leaves of none.
        """
        variance = self.matrix.diagonal()
        noise = 1e-12 * variance.max()
        scale = torch.where(variance > noise, variance.clamp_min(0).rsqrt(), 0.0)
        return self.matrix * torch.outer(scale, scale)


def joint_covariance(
    networks: Sequence[Network], samples: Samples, when: When, size: int = 1000
) -> dict[str, Covariance]:
    """Group -> the covariance of its units over all `samples`, `size` at a time."""
    sums: dict[str, _Sums] = {}
    for x, _ in batches(samples, size):
        seen = [n.symmetry.activations(n.params, x, when) for n in networks]
        for group in seen[0]:
            own = [one[group] for one in seen]
            if group not in sums:
                sums[group] = _Sums.of(own)
            sums[group].add(own)
    return {group: own.covariance() for group, own in sums.items()}


@dataclass(eq=False)
class _Sums:
    """Of the activations of N units, and of their products above the diagonal, in float64."""

    total: Tensor
    product: Tensor
    sizes: tuple[int, ...]
    count: int = 0

    @classmethod
    def of(cls, networks: Sequence[Tensor]) -> "_Sums":
        """None yet, of these networks' units."""
        sizes = tuple(map(len, networks))
        product = networks[0].new_zeros(sum(sizes), sum(sizes), dtype=torch.float64)
        return cls(product[0].clone(), product, sizes)

    def add(self, networks: Sequence[Tensor]) -> None:
        """Add a batch: (units, samples) of each network."""
        z = _stacked(networks)
        self.total += z.sum(1)
        add_upper(self.product, z)
        self.count += z.shape[1]

    def covariance(self) -> Covariance:
        mean = self.total / self.count
        product = mirrored(self.product) / self.count
        return Covariance(product - torch.outer(mean, mean), self.sizes)


def _stacked(networks: Sequence[Tensor]) -> Tensor:
    """(N, samples): the units of all networks in float64, in the order of memory they have."""
    first, units = networks[0], sum(map(len, networks))
    samples = first.shape[1]
    if first.stride(0) < first.stride(1):  # as a linear layer's outputs are
        z = first.new_empty(samples, units, dtype=torch.float64).T
    else:
        z = first.new_empty(units, samples, dtype=torch.float64)
    for part, own in zip(z.split([len(own) for own in networks]), networks, strict=True):
        part.copy_(own)
    return z


Similarity = Literal["inner", "centred", "pearson"]


@dataclass(eq=False)
class PairMoments:
    """Sums over samples of the activations of two networks, group by group.

    Accumulated in `dtype`; what only other statistics than "inner" need is not, with `inner_only`,
    and they raise `KeyError` then. Take float64: with float32 sums the permutation of a plain VGG16
    changed enough to cost 25 percentage points of accuracy (Qu & Horvath 2024).
    """

    dtype: torch.dtype = torch.float64
    inner_only: bool = False
    samples: dict[str, int] = field(default_factory=dict)
    _sums: dict[str, dict[str, Tensor]] = field(default_factory=dict)

    def add(self, a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> None:
        """Add a batch: group -> activations (units, samples), the same samples on both sides."""
        for group in a:
            x, y = a[group].to(self.dtype), b[group].to(self.dtype)
            batch = {"xy": x @ y.T}
            if not self.inner_only:
                batch |= {"x": x.sum(1), "y": y.sum(1)}
                batch |= {"xx": x.square().sum(1), "yy": y.square().sum(1)}
            sums = self._sums.setdefault(group, {k: torch.zeros_like(v) for k, v in batch.items()})
            for key, value in batch.items():
                sums[key] += value
            self.samples[group] = self.samples.get(group, 0) + x.shape[1]

    def groups(self) -> Iterable[str]:
        return self._sums.keys()

    def similarity(self, group: str, statistic: Similarity, epsilon: float = 0.0) -> Tensor:
        """(units of a, units of b): mean product, covariance, or Pearson correlation.

        A unit that never varies, such as a dead rectifier, has correlation 0 with every other; so
        has one whose variance is lost in the rounding of its own mean square. `epsilon` is added to
        the standard deviations of "pearson".
        """
        sums, n = self._sums[group], self.samples[group]
        product = sums["xy"] / n
        if statistic == "inner":
            return product
        mean_a, mean_b = sums["x"] / n, sums["y"] / n
        covariance = product - torch.outer(mean_a, mean_b)
        if statistic == "centred":
            return covariance
        scale_a = _inverse_deviation(sums["xx"] / n, mean_a, epsilon)
        scale_b = _inverse_deviation(sums["yy"] / n, mean_b, epsilon)
        return covariance * torch.outer(scale_a, scale_b)


def _inverse_deviation(square: Tensor, mean: Tensor, epsilon: float) -> Tensor:
    variance = square - mean.square()
    noise = 16 * torch.finfo(square.dtype).eps * square
    return torch.where(variance > noise, 1 / (variance.clamp_min(0).sqrt() + epsilon), 0.0)
