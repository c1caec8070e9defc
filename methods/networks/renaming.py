"""Names of tensors in a checkpoint brought to those of a module: wrappers and prefixes."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from ..symmetry.axes import Params

WRAPPING = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""What DataParallel, torch.compile and their kin put into names, at the front or further in."""


@dataclass(frozen=True, eq=False)
class Renamed:
    """The tensors of one dictionary under the module's names, and what was done, in words."""

    params: Params
    said: tuple[str, ...]
    matched: int


def renamed(tensors: Mapping[str, Tensor], wanted: Collection[str]) -> Renamed:
    """`tensors` under the names, of all that are tried, that give most of those `wanted`."""
    found: list[Renamed] = []
    for rename, said in _ways(tensors, wanted):
        params = {new: v for name, v in tensors.items() if (new := rename(name)) is not None}
        matched = len(params.keys() & set(wanted))
        found.append(Renamed(params, (said,) if said else (), matched))
    return max(found, key=lambda each: each.matched)  # the first of equals: least is renamed


def _ways(
    tensors: Mapping[str, Tensor], wanted: Collection[str]
) -> Iterator[tuple[Callable[[str], str | None], str]]:
    yield lambda name: name, ""
    inner = [w for w in WRAPPING if any(w in name.split(".") for name in tensors)]
    if inner:
        words = " and ".join(f"{w}." for w in inner)
        yield lambda name: _without(name, inner), f"the prefix {words} was taken off its names"
    plain = [(_without(name, inner), name) for name in tensors]
    ends = frozenset(wanted)
    prefixes = {p for name, _ in plain for p in _fronts(name) if name.removeprefix(p) in ends}
    for prefix in sorted(prefixes, key=len):
        dropped = sum(not name.startswith(prefix) for name, _ in plain)
        rest = f", and {dropped} tensors without it were left out" if dropped else ""
        taken = "".join(f"{w}. and " for w in inner) + prefix
        yield (
            lambda name, p=prefix: _after(_without(name, inner), p),
            f"the prefix {taken} was taken off its names{rest}",
        )
    for prefix in sorted({p for name in wanted for p in _fronts(name)}, key=len):
        yield (
            lambda name, p=prefix: p + _without(name, inner),
            f"the prefix {prefix} was put before its names",
        )


def _fronts(name: str) -> Iterator[str]:
    """The beginnings of a dotted name, with their dot, up to three parts long."""
    parts = name.split(".")
    for count in range(1, min(len(parts), 4)):
        yield ".".join(parts[:count]) + "."


def _without(name: str, inner: Collection[str]) -> str:
    return ".".join(part for part in name.split(".") if part not in inner)


def _after(name: str, prefix: str) -> str | None:
    return name.removeprefix(prefix) if name.startswith(prefix) else None
