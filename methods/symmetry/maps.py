"""How one network's units sit in the common basis: by index, or by matrices."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


class Map(ABC):
    """How the units of one group of one network sit in the common basis.

    An axis that *writes* units (a weight's output axis, a bias, a norm's scale) goes `into` the
    basis; an axis that *reads* them (a weight's input axis, contracted with the activations) goes
    `back`, so that what was written is read again.
    """

    @property
    @abstractmethod
    def units(self) -> int:
        """Number of units in the network."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of units in the common basis."""

    @abstractmethod
    def apply(self, x: Tensor, dim: int, reads: bool) -> Tensor:
        """`x` with the `units` along `dim` replaced by the basis's `size` units."""


@dataclass(frozen=True, eq=False)
class Permutation(Map):
    """A reordering of the units: exact on any device and in any precision.

    `index[i] = j` says that unit `i` of the common basis is unit `j` of the network, so that a
    weight moves by `weight[index]` (Git Re-Basin's convention for its second network).
    Raises `ValueError` unless `index` is a one-dimensional permutation of 0..n-1.
    """

    index: Tensor

    def __post_init__(self):
        index = self.index
        if (
            index.ndim != 1
            or index.is_floating_point()
            or not torch.equal(index.sort().values, torch.arange(len(index), device=index.device))
        ):
            raise ValueError(f"not a permutation of 0..n-1: {index.tolist()}")

    @classmethod
    def identity(cls, units: int, device: torch.device | str = "cpu") -> "Permutation":
        """The permutation of `units` units that moves nothing."""
        return cls(torch.arange(units, device=device))

    @property
    def units(self) -> int:
        return len(self.index)

    @property
    def size(self) -> int:
        return len(self.index)

    def apply(self, x: Tensor, dim: int, reads: bool) -> Tensor:
        del reads  # a permutation is its own inverse transpose: both sides move alike
        return x.index_select(dim, self.index.to(x.device))

    def inverse(self) -> "Permutation":
        """The permutation that undoes this one."""
        return Permutation(self.index.argsort())

    def after(self, first: "Permutation") -> "Permutation":
        """Moving by `first` and then by this one, as a single permutation."""
        return Permutation(first.index[self.index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Permutation) and torch.equal(self.index.cpu(), other.index.cpu())

    __hash__ = None  # type: ignore[assignment]  # equal by content, as tensors are: no hash


@dataclass(frozen=True, eq=False)
class Nested(Map):
    """An order of the outer units, and under each of them an order of the inner units of its own.

    Inner unit `i` under outer unit `o` of the common basis is the network's inner unit
    `inner[o, i]` under its outer unit `outer[o]`: (o,) and (o, i). Heads and their queries, groups
    of channels and these, experts and their hidden units. Where outer units lie within others,
    `outer` numbers all of them through. Exact on any device and in any precision. Raises
    `ValueError` unless `outer` and every row of `inner` are permutations.
    """

    outer: Tensor
    inner: Tensor

    def __post_init__(self):
        Permutation(self.outer)
        count = torch.arange(self.inner.shape[-1], device=self.inner.device)
        if (
            self.inner.ndim != 2
            or len(self.inner) != len(self.outer)
            or self.inner.is_floating_point()
            or not torch.equal(self.inner.sort(dim=1).values, count.expand_as(self.inner))
        ):
            raise ValueError(
                f"not one permutation for each of {len(self.outer)} outer units: "
                f"{self.inner.tolist()}"
            )

    @classmethod
    def identity(cls, outer: int, inner: int, device: torch.device | str = "cpu") -> "Nested":
        """The map that moves nothing."""
        return cls.shared(
            torch.arange(outer, device=device), Permutation.identity(inner, device).index
        )

    @classmethod
    def shared(cls, outer: Tensor, inner: Tensor) -> "Nested":
        """The same order `inner` (i,) under every one of the units `outer` (o,)."""
        return cls(outer, inner.expand(len(outer), -1))

    @property
    def index(self) -> Tensor:
        """(o * i,): the same as one permutation of the inner units of all outer ones."""
        return (self.outer[:, None] * self.inner.shape[1] + self.inner).flatten()

    @property
    def units(self) -> int:
        """Number of inner units under each outer one."""
        return self.inner.shape[1]

    @property
    def size(self) -> int:
        return self.inner.shape[1]

    def apply(self, x: Tensor, dim: int, reads: bool) -> Tensor:
        """`x` with the inner units of all outer ones, one after another along `dim`, moved."""
        del reads
        return x.index_select(dim, self.index.to(x.device))

    def inverse(self) -> "Nested":
        """The map that undoes this one."""
        back = self.outer.argsort()
        return Nested(back, self.inner.argsort(dim=1)[back])

    def after(self, first: "Nested") -> "Nested":
        """Moving by `first` and then by this one, as a single map."""
        return Nested(first.outer[self.outer], first.inner[self.outer].gather(1, self.inner))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Nested)
            and torch.equal(self.outer.cpu(), other.outer.cpu())
            and torch.equal(self.inner.cpu(), other.inner.cpu())
        )

    __hash__ = None  # type: ignore[assignment]


Reordering = Permutation | Nested
"""A map that puts units in another order and does nothing else."""


@dataclass(frozen=True, eq=False)
class SignedPermutation(Map):
    """A reordering of the units, some of them negated: exact on any device and in any precision.

    Unit `i` of the common basis is `signs[i]` times unit `index[i]` of the network. The function
    is kept where the units meet odd functions only (`Symmetry.odd`). Raises `ValueError` unless
    `index` is a permutation and `signs` are as many numbers of 1 and -1.
    """

    index: Tensor
    signs: Tensor

    def __post_init__(self):
        Permutation(self.index)
        if self.signs.shape != self.index.shape or not bool((self.signs.abs() == 1).all()):
            raise ValueError(f"not {len(self.index)} signs: {self.signs.tolist()}")

    @property
    def units(self) -> int:
        return len(self.index)

    @property
    def size(self) -> int:
        return len(self.index)

    def apply(self, x: Tensor, dim: int, reads: bool) -> Tensor:
        del reads  # its own inverse transpose, as a permutation is
        moved = x.index_select(dim, self.index.to(x.device)).movedim(dim, -1)
        return (moved * self.signs.to(moved)).movedim(-1, dim)

    def inverse(self) -> "SignedPermutation":
        """The map that undoes this one."""
        back = self.index.argsort()
        return SignedPermutation(back, self.signs[back])


@dataclass(frozen=True, eq=False)
class Linear(Map):
    """A linear change of basis: transport plans, zips, rotations, other widths.

    `into`: (size, units), applied where units are written; `back`: (units, size), applied where
    they are read. The network's function is kept exactly when the nonlinearity commutes with
    `into` and `back @ into` is the identity; a transport plan keeps it only approximately.
    Raises `ValueError` when the two shapes do not fit.
    """

    into: Tensor
    back: Tensor

    def __post_init__(self):
        if self.into.ndim != 2 or self.back.shape != self.into.shape[::-1]:
            raise ValueError(
                f"`into` {tuple(self.into.shape)} and `back` {tuple(self.back.shape)} are not "
                "(size, units) and (units, size)"
            )

    @property
    def units(self) -> int:
        return self.into.shape[1]

    @property
    def size(self) -> int:
        return self.into.shape[0]

    def apply(self, x: Tensor, dim: int, reads: bool) -> Tensor:
        matrix = (self.back.T if reads else self.into).to(x)
        return (x.movedim(dim, -1) @ matrix.T).movedim(-1, dim)
