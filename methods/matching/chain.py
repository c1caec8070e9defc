"""Networks that are a plain chain of layers, each group of units written once and read once."""

from dataclasses import dataclass

from torch import Tensor

from ..base import Problem, needs_one_form
from ..symmetry.axes import Occurrence, Symmetry


@dataclass(frozen=True)
class Layer:
    """One group of units and all the places where it stands: a weight, its bias, the next weight.

    Two networks of one form and other widths have equal layers.
    """

    group: str
    weight: Occurrence
    bias: Occurrence | None
    read: Occurrence


def chain(symmetry: Symmetry) -> tuple[Layer, ...]:
    """The layers that write the groups of a chain, from the input to the last hidden one.

    The last `read` is a place of the head, a matrix whose other axis are the classes. Raises
    `ValueError`, one sentence that says why, for any other network: residual streams, norms,
    branches, grouped convolutions.
    """
    groups = symmetry.groups()
    if not groups:
        raise ValueError("has no hidden units to match")
    layers = tuple(_layer(symmetry, group) for group in groups)
    for before, after in zip((None, *layers), (*layers, None), strict=True):
        expected = set() if before is None else {before.group}
        if after is not None and _tensors_read(symmetry, after) != expected:
            raise ValueError(f"needs a chain of layers, which is broken at group {after.group!r}")
        if before is not None and after is not None and before.read.name != after.weight.name:
            raise ValueError(f"needs a chain of layers, which is broken at group {before.group!r}")
    head = layers[-1].read.name
    if len(symmetry.axes[head]) != 2:
        raise ValueError(f"needs a linear head, which {head!r} is not")
    known = {place.name for layer in layers for place in (layer.weight, layer.bias) if place}
    if rest := symmetry.axes.keys() - known - {head, bias_of(head)}:
        raise ValueError(f"needs layers of weights and biases alone, without {min(rest)!r}")
    return layers


def needs_chain(problem: Problem) -> str | None:
    """Why the networks are not chains of one form, or `None` when they are."""
    try:
        first, *others = (chain(network.symmetry) for network in problem.networks)
    except ValueError as error:
        return str(error)
    if any(other != first for other in others):
        return "needs networks of equal depth"
    return needs_one_form(problem)


def bias_of(weight: str) -> str:
    """The name of the bias that belongs to a layer's weight."""
    return f"{weight.rpartition('.')[0]}.bias".lstrip(".")


def refold(symmetry: Symmetry, rows: Tensor, place: Occurrence, like: Tensor) -> Tensor:
    """The tensor whose `symmetry.unfold` at `place` is `rows` (units, d), any number of units.

    `like` gives the sizes of the other dimensions.
    """
    beside = [factor.size for factor in symmetry.axes[place.name][place.dim].segments[0][1:]]
    sizes = [*like.shape[: place.dim], *beside, *like.shape[place.dim + 1 :]]
    units = rows.reshape(len(rows), *sizes).movedim(0, place.dim)
    return units.flatten(place.dim, place.dim + len(beside))


def _layer(symmetry: Symmetry, group: str) -> Layer:
    places = symmetry.occurrences(group)
    weights = [p for p in places if not p.reads and len(symmetry.axes[p.name]) > 1]
    biases = [p for p in places if not p.reads and len(symmetry.axes[p.name]) == 1]
    reads = [p for p in places if p.reads]
    if (
        len(weights) != 1
        or len(reads) != 1
        or any(p.name != bias_of(weights[0].name) for p in biases)
        or not _is_outermost(symmetry, weights[0], beside=False)
        or not _is_outermost(symmetry, reads[0], beside=True)
    ):
        raise ValueError(
            f"needs a chain of layers without norms, where one layer writes group {group!r} "
            "and one reads it"
        )
    return Layer(group, weights[0], biases[0] if biases else None, reads[0])


def _is_outermost(symmetry: Symmetry, place: Occurrence, *, beside: bool) -> bool:
    """Whether the units are all of the axis or, where `beside` allows, blocks of positions of it.

    Channels before a flatten are such blocks; a concatenation or a channel shuffle is neither.
    """
    axis = symmetry.axes[place.name][place.dim]
    if len(axis.segments) != 1 or axis.order is not None or place.factor != 0:
        return False
    rest = axis.segments[0][1:]
    return all(factor.group is None for factor in rest) and (beside or not rest)


def _tensors_read(symmetry: Symmetry, layer: Layer) -> set[str]:
    return set[str]().union(*symmetry.others(layer.weight).values())
