"""Names of tensors in a checkpoint brought to those of a module: wrappers and prefixes."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from .checkpoint import State

WRAPPING = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""What DataParallel, torch.compile and their kin put into names, at the front or further in."""


@dataclass(frozen=True, eq=False)
class Renamed:
    """A dictionary's tensors and extra states by the module's names, and what was done, in words.

    Left are those whose names began with `prefix`, and `matched` counts those that are wanted.
    """

    state: State
    said: tuple[str, ...]
    matched: int
    prefix: str = ""


def renamings(state: State, wanted: Collection[str]) -> list[Renamed]:
    """`state` under the names, of all that are tried, that give most of those `wanted`.

    Several where the tensors under several prefixes give as many; the first is the one for which
    least is renamed.
    """
    ends = frozenset(wanted)
    found: dict[str, Renamed] = {}
    for way in _ways(state, ends):
        new = {n: v for name, v in state.items() if (n := way.rename(name)) is not None}
        one = Renamed(new, (way.said,) if way.said else (), len(new.keys() & ends), way.prefix)
        before = found.get(way.prefix)
        if before is None or one.matched > before.matched:
            found[way.prefix] = one
    most = max(one.matched for one in found.values())
    return [one for one in found.values() if one.matched == most]


@dataclass(frozen=True)
class _Way:
    """A new name for each old one, `None` for what has not the `prefix`; `said` tells of it."""

    rename: Callable[[str], str | None]
    said: str = ""
    prefix: str = ""


def _ways(names: Collection[str], wanted: Collection[str]) -> Iterator[_Way]:
    yield _Way(lambda name: name)
    inner = [w for w in WRAPPING if any(w in name.split(".") for name in names)]
    if inner:
        words = " and ".join(f"{w}." for w in inner)
        yield _Way(
            lambda name: _without(name, inner), f"the prefix {words} was taken off its names"
        )
    plain = [_without(name, inner) for name in names]
    prefixes = {p for name in plain for p in _fronts(name) if name.removeprefix(p) in wanted}
    for prefix in _shortest_first(prefixes):
        dropped = sum(not name.startswith(prefix) for name in plain)
        rest = f", and {dropped} tensors without it were left out" if dropped else ""
        taken = "".join(f"{w}. and " for w in inner) + prefix
        yield _Way(
            lambda name, p=prefix: _after(_without(name, inner), p),
            f"the prefix {taken} was taken off its names{rest}",
            prefix,
        )
    for prefix in _shortest_first({p for name in wanted for p in _fronts(name)}):
        yield _Way(
            lambda name, p=prefix: p + _without(name, inner),
            f"the prefix {prefix} was put before its names",
        )


def _shortest_first(prefixes: Collection[str]) -> list[str]:
    """In an order that is the same in every process, as that of a set of words is not."""
    return sorted(prefixes, key=lambda prefix: (len(prefix), prefix))


def _fronts(name: str) -> Iterator[str]:
    """The beginnings of a dotted name, with their dot, up to three parts long."""
    parts = name.split(".")
    for count in range(1, min(len(parts), 4)):
        yield ".".join(parts[:count]) + "."


def _without(name: str, inner: Collection[str]) -> str:
    return ".".join(part for part in name.split(".") if part not in inner)


def _after(name: str, prefix: str) -> str | None:
    return name.removeprefix(prefix) if name.startswith(prefix) else None
