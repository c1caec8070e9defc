"""The interface of every method: a problem goes in, an alignment comes out, nothing is mutated."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from ..checked_fields import Checked
from ..errors import UserError
from .data.conversion import UNLABELLED, samples_of
from .data.samples import Samples as Samples
from .data.samples import Subset as Subset
from .data.samples import batches as batches
from .data.samples import shuffled_batches as shuffled_batches
from .data.samples import subset as subset
from .networks.merged import checked_merge, of_one_precision, without_rounding
from .networks.outputs import outputs_on
from .networks.spectral_norms import without_spectral_norms
from .networks.trained import Network as Network
from .symmetry.axes import Params
from .symmetry.maps import Map, Reordering, SignedPermutation
from .wrappers.impossible import unless_impossible, unless_skipped
from .wrappers.shared_orders import InnerOrders as InnerOrders
from .wrappers.shared_orders import in_its_orders


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method sees: the networks, training data, a seed; never the test set.

    The first network is the reference, whose order of units is the common basis of the pairwise
    methods. `samples` is the training data of all the networks together, `per_network_data` that of
    each network alone (what a client of federated learning holds); `validation` is held out from
    the training of all of them, for whatever a method chooses, as far as is known: a user's network
    may have seen it. `None` where a cell offers none.

    Data may come in any form that `data.conversion.samples_of` takes: a data set, a `DataLoader`,
    tensors. Networks of float32 beside some of float64 are computed in float64. Raises `UserError`
    where networks lie on several devices, where one has a spectral norm, or where something is no
    network or no data; what does not fit between networks a method says by `skip`.
    """

    networks: tuple[Network, ...]
    samples: Samples | None = None
    seed: int = 0
    per_network_data: tuple[Samples, ...] | None = None
    validation: Samples | None = None

    def __post_init__(self) -> None:
        networks = of_one_precision(self.networks)
        for network in networks:
            without_spectral_norms(network.module, network.symmetry)
        like = networks[0].numbers
        shares = self.per_network_data
        if shares is not None and len(shares) != len(networks):
            raise UserError(f"{len(shares)} sets of data do not fit {len(networks)} networks")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise UserError(f"the seed is a whole number, not {self.seed!r}")
        found = {
            "networks": networks,
            "samples": None if self.samples is None else samples_of(self.samples, like),
            "per_network_data": shares and tuple(samples_of(each, like) for each in shares),
            "validation": None if self.validation is None else samples_of(self.validation, like),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def kept(self) -> frozenset[str]:
        """Names of tensors that a merge has from the first network: nobody averages them."""
        return self.networks[0].kept

    @property
    def device(self) -> torch.device:
        return next(iter(self.networks[0].params.values())).device

    @property
    def training_data(self) -> Samples:
        """`samples`; raises `ValueError` where there are none, which `skip` should have told."""
        if self.samples is None:
            raise ValueError("the problem has no training data")
        return self.samples

    def generator(self) -> torch.Generator:
        """A fresh source of randomness on the CPU: the same stream at every call."""
        return torch.Generator().manual_seed(self.seed)


@dataclass(frozen=True, eq=False)
class Alignment:
    """One mapping group -> `Map` for each network, and what the method has to say about it.

    Groups without an entry stay as they are. `stats` holds plain numbers: sweeps, objective,
    converged, and whatever else a reader of the tables would ask. `merged` is for a method whose
    result is no mean of the networks in one basis (it retrains them, or weighs unit by unit): the
    merge with equal weights itself, of the first network's form though perhaps of other widths.
    There is no line then, and `maps` are only what the method has to say of them.
    """

    maps: tuple[Mapping[str, Map], ...]
    stats: Mapping[str, float] = field(default_factory=dict)
    merged: Params | None = None

    @property
    def is_permutation(self) -> bool:
        """Whether all it does is reorder units."""
        return self.merged is None and all(
            isinstance(m, Reordering) for maps in self.maps for m in maps.values()
        )

    @property
    def is_exact(self) -> bool:
        """Whether each network's function is kept: units are reordered, or negated, or both."""
        return self.merged is None and all(
            isinstance(m, (Reordering, SignedPermutation))
            for maps in self.maps
            for m in maps.values()
        )


class Method(Checked, ABC):
    """A way to bring networks into one basis; a value: equal fields give equal results.

    A concrete method is a frozen dataclass whose fields are its hyper-parameters, with a `name`
    (in tables and on the command line) and a `paper`; a value that the type of its field does not
    have is refused when it is made (`checked_fields`). Override `align`; `skip` where not every
    problem can be solved; `merge` only where the merge is not the weighted mean of the networks
    in the common basis.
    """

    name: ClassVar[str]
    paper: ClassVar[str]

    recovers: ClassVar[bool] = True
    """Whether a permutation planted in an MLP is found; `basinbench check` asks for it."""

    pairs_only: ClassVar[bool] = False
    """Whether it brings two networks together and no more: cells of more are skipped."""

    needs_groups: ClassVar[bool] = True
    """Whether it matches units: where none may move it would be plain averaging by its name."""

    digest: ClassVar[str] = ""
    """A hash of the file that a plug-in comes from: when it is edited, its cells are new ones."""

    def __init_subclass__(cls, **keywords: object) -> None:
        """What holds for every method is said here once, and not in each `skip` and `merge`."""
        super().__init_subclass__(**keywords)
        if own := vars(cls).get("skip"):
            cls.skip = unless_impossible(own)  # type: ignore[method-assign]
        if solve := vars(cls).get("align"):
            cls.align = unless_skipped(in_its_orders(without_rounding(solve)))  # type: ignore[method-assign]
        if mean := vars(cls).get("merge"):
            cls.merge = checked_merge(mean)  # type: ignore[method-assign]

    @abstractmethod
    def align(self, problem: Problem) -> Alignment:
        """Maps of all networks into one basis. Only this call is timed.

        Raises `UserError` with the sentence of `skip` where there is one.
        """

    @unless_impossible
    def skip(self, problem: Problem) -> str | None:
        """Why this method cannot solve `problem`, in one sentence; `None` when it can."""
        return needs_equal_widths(problem)

    @checked_merge
    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        """The mean of the networks in the common basis, weighted by `weights`, one per network.

        The names are the first network's, and so are the types in which they came; every tensor is
        contiguous and in memory of its own. A weight of 1 gives that network, and of others the
        integer buffers (a norm's batch counter) are the first network's; constants and what is
        excluded are so always. `UserError` where the alignment holds the merge itself, and weights
        are not equal, where they make no mean, and where a method's own merge is not of the first
        network's form.
        """
        if alignment.merged is not None:
            if len(set(weights)) > 1:
                raise UserError(f"{self.name} merges with equal weights only, not {weights}")
            return dict(alignment.merged)
        return weighted_mean(transported(problem, alignment), weights, problem.kept)


def transported(problem: Problem, alignment: Alignment) -> tuple[Params, ...]:
    """Every network of `problem` in the common basis of `alignment`."""
    return tuple(
        network.symmetry.transport(network.params, maps)
        for network, maps in zip(problem.networks, alignment.maps, strict=True)
    )


def weighted_mean(
    networks: Sequence[Mapping[str, Tensor]],
    weights: Sequence[float],
    kept: Collection[str] = (),
) -> Params:
    """The weighted mean of parameters of one form; a weight of 1 gives that network exactly.

    The tensors `kept` are the first network's, and so are the integers of a mean. Raises
    `ValueError` where other shapes differ: broadcasting would give nonsense.
    """
    own = {name: networks[0][name] for name in kept if name in networks[0]}
    used = [(p, w) for p, w in zip(networks, weights, strict=True) if w != 0]
    if len(used) == 1 and used[0][1] == 1:
        return {n: v for n, v in used[0][0].items() if n not in kept} | own
    names = [name for name in used[0][0] if name not in kept]
    for name in names:
        first = used[0][0][name]
        for other, _ in used[1:]:
            if other[name].shape != first.shape:
                shapes = f"{tuple(first.shape)} and {tuple(other[name].shape)}"
                raise ValueError(f"no mean of unequal shapes: {name!r} has the shapes {shapes}")
    return {
        name: own[name]
        if name in own
        else sum((w * p[name] for p, w in used[1:]), start=used[0][1] * value)
        if value.is_floating_point()
        else networks[0].get(name, value)
        for name, value in {**used[0][0], **own}.items()
    }


def double(params: Mapping[str, Tensor]) -> Params:
    """The same parameters in float64; integer buffers stay."""
    return {k: v.double() if v.is_floating_point() else v for k, v in params.items()}


def needs_one_form(problem: Problem) -> str | None:
    """Why no merge is possible, or `None` when the networks differ in nothing but their widths.

    They have the same parameters and the same groups: one depth, and no layer that is a single
    unit, which is no group, in some of them alone. What is excluded may differ.
    """
    first, *others = problem.networks
    left = problem.kept
    for other in others:
        if odd := (first.params.keys() ^ other.params.keys()) - left - other.kept:
            return f"needs networks of one form: only some have the parameter {min(odd)!r}"
        if odd := first.widths.keys() ^ other.widths.keys():
            return f"needs networks of one form: only some have the group {min(odd)!r}"
    return None


def needs_equal_widths(problem: Problem) -> str | None:
    """Why a one-to-one matching is impossible, or `None` when all groups have equal sizes."""
    if reason := needs_one_form(problem):
        return reason
    first, *others = (network.widths for network in problem.networks)
    for other in others:
        for group, units in first.items():
            if other[group] != units:
                return f"needs equal widths: group {group!r} has {units} and {other[group]} units"
    return None


def needs_labels(problem: Problem) -> str | None:
    """Why a method that takes a loss cannot run, or `None` when there are labelled data."""
    if reason := needs_samples(problem):
        return reason
    data = problem.training_data
    if len(data) and bool((data[torch.arange(1)][1] == UNLABELLED).any()):
        return "needs labels, and the training data are inputs alone"
    return None


def needs_samples(problem: Problem) -> str | None:
    """Why a method that looks at data cannot run, or `None` where there are such data."""
    if problem.samples is None:
        return "needs training data"
    return unfit(problem.networks[0], problem.samples)


def unfit(network: Network, samples: Samples) -> str | None:
    """Why `samples` are no data for `network`, or `None` where it takes the first of them."""
    if not (count := len(samples)):
        return "needs training data, and those that were given are empty"
    try:
        with torch.no_grad():
            outputs_on(network, samples[torch.arange(min(2, count))][0])
    except UserError as error:
        return f"needs other data: {error}"
    return None


def needs_program(problem: Problem) -> str | None:
    """Why activations cannot be seen, or `None` when every symmetry was traced."""
    if any(network.symmetry.program is None for network in problem.networks):
        return "needs activations, which a symmetry written by hand does not give"
    return None
