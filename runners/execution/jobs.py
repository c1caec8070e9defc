"""What a run consists of: networks to be trained, and cells to be measured."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import TypeVar

from ...errors import UserError
from ..cells.merge import Cell
from ..cells.transfer import AnyCell, required_networks
from ..keys import key
from ..training.checkpoints import Endpoint

T = TypeVar("T")


@dataclass(frozen=True)
class Training:
    """One network; `attempt` counts the processes that died of it before."""

    endpoint: Endpoint
    attempt: int = 0

    @property
    def claim(self) -> str:
        """A name by which several runners know that they mean the same work."""
        return f"network-{key(self.endpoint)}"

    @cached_property
    def plugins(self) -> frozenset[str]:
        """The plug-ins whose code it runs."""
        return frozenset(_plugins(self.endpoint))

    @property
    def again(self) -> "Training":
        """The same, after a process died of it."""
        return replace(self, attempt=self.attempt + 1)

    def __str__(self) -> str:
        endpoint = self.endpoint
        return f"training {endpoint.network.name} on {endpoint.dataset}, seed {endpoint.seed}"


@dataclass(frozen=True)
class Measuring:
    """Cells that one alignment serves, or one that aligns nothing.

    `broken` are those of the networks they need that could not be trained, and why; `attempt`
    counts the processes that died of them before.
    """

    cells: tuple[AnyCell, ...]
    broken: Mapping[Endpoint, Exception] = field(default_factory=dict, compare=False)
    attempt: int = 0

    @cached_property
    def needs(self) -> tuple[Endpoint, ...]:
        """Every network that has to be trained for them."""
        return required_networks(self.cells[0])

    @cached_property
    def claim(self) -> str:
        """A name by which several runners know that they mean the same alignment."""
        first = self.cells[0]
        if not isinstance(first, Cell):
            return f"cell-{first.key}"
        return f"alignment-{key([first.endpoints, first.learned_on, first.method, first.seed])}"

    @cached_property
    def plugins(self) -> frozenset[str]:
        """The plug-ins whose code it runs."""
        return frozenset(name for cell in self.cells for name in _plugins(cell))

    def knowing(self, broken: Mapping[Endpoint, Exception]) -> "Measuring":
        """The same cells, told which of their networks are `broken`."""
        return replace(self, broken={e: broken[e] for e in self.needs if e in broken})

    def only(self, cells: Sequence[AnyCell]) -> "Measuring":
        """The same for some of its cells."""
        return replace(self, cells=tuple(cells))

    @property
    def again(self) -> "Measuring":
        """The same, after a process died of it."""
        return replace(self, attempt=self.attempt + 1)

    def __str__(self) -> str:
        return str(self.cells[0])


Job = Training | Measuring


def keys_of(job: Job) -> tuple[str, ...]:
    """The keys of what it makes, as they are in this process: of its network, or of its cells."""
    return tuple(map(key, _parts(job)))


def demand_same(job: Job, keys: Sequence[str]) -> None:
    """`UserError` where what `job` makes has other keys here than where the `keys` were asked for.

    They hold the digest of the data: of other data it would be something else, which nobody asked
    for and nobody would find.
    """
    for own, theirs in zip(_parts(job), keys, strict=True):
        if key(own) != theirs:
            raise UserError(
                f"the data set {own.dataset!r} is another in each process; fix its seed, and leave "
                "its files as they are while a run lasts"
            )


def _parts(job: Job) -> Sequence[Endpoint | AnyCell]:
    return (job.endpoint,) if isinstance(job, Training) else job.cells


def jobs_of(cells: Sequence[AnyCell]) -> list[Measuring]:
    """The cells, those together that one alignment serves; networks that share come in a row."""
    jobs = []
    for group in grouped(cells, lambda c: c.endpoints):
        merged = [cell for cell in group if isinstance(cell, Cell)]
        jobs += [
            Measuring(tuple(same))
            for same in grouped(merged, lambda c: (c.method, c.seed, c.learned_on))
        ]
        jobs += [Measuring((cell,)) for cell in group if not isinstance(cell, Cell)]
    return jobs


def grouped(items: Iterable[T], by: Callable[[T], Hashable]) -> list[list[T]]:
    """Items with the same `by` together, in the order in which each first comes."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    return list(groups.values())


def _plugins(value: object) -> Iterator[str]:
    """The files of plug-ins, by module and digest, that define `value` or what it is made of."""
    if is_dataclass(value) and not isinstance(value, type):
        if own := getattr(type(value), "digest", ""):
            yield f"{type(value).__module__}:{own}"
        for each in fields(value):
            yield from _plugins(getattr(value, each.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _plugins(item)
