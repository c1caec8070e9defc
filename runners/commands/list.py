"""`basinbench list`: what there is to choose from."""

from argparse import Namespace
from collections.abc import Callable, Iterable

from ...errors import nearest

Listing = Iterable[tuple[str, str]]
"""Names, and a line about each."""


def main(options: Namespace) -> int:
    """Print names and a line about each, for the kinds asked for or for all."""
    for kind in options.kinds:
        if kind not in KINDS:
            raise nearest("kind", kind, KINDS)
    kinds = options.kinds or KINDS
    for kind in kinds:
        rows = list(_LISTS[kind]())
        width = max(len(name) for name, _ in rows)
        if len(kinds) > 1:
            print(f"{kind}:")
        for name, line in rows:
            print(f"  {name:{width}}  {line}".rstrip())
    return 0


def _list_methods() -> Listing:
    from ...methods.plugins.catalogue import methods

    return ((name, f"{_about(method)} [{method.paper}]") for name, method in methods().items())


def _list_networks() -> Listing:
    from .. import networks
    from ..networks import Architecture

    families = [v for v in vars(networks).values() if isinstance(v, type)]
    return (
        (family().name, f"{family.__name__}: {_about(family)}")
        for family in families
        if issubclass(family, Architecture) and family is not Architecture
    )


def _list_datasets() -> Listing:
    from ...datasets.catalogue import names

    return ((name, "") for name in names())


def _list_grids() -> Listing:
    from ..grids.named import grids

    return ((g.name, f"{g.purpose} {len(g.cells())} cells.") for g in grids().values())


def _list_finishes() -> Listing:
    from ..finishes import finishes

    return ((name, _about(finish)) for name, finish in finishes().items())


def _list_recipes() -> Listing:
    from ..training.recipes import recipes

    return (
        (r.name, f"{r.optimiser}, {r.schedule}, {r.epochs} epochs in batches of {r.batch}")
        for r in recipes().values()
    )


def _about(value: type) -> str:
    """The first line of its docstring."""
    return (value.__doc__ or "").partition("\n")[0]


_LISTS: dict[str, Callable[[], Listing]] = {
    "methods": _list_methods,
    "networks": _list_networks,
    "datasets": _list_datasets,
    "grids": _list_grids,
    "finishes": _list_finishes,
    "recipes": _list_recipes,
}

KINDS = tuple(_LISTS)
