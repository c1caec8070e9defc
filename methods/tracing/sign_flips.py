"""Groups whose units may also change their sign, found in the exported graph."""

from torch import fx

from .constants import Constant
from .export import shapes
from .factors import Atom, straight
from .interpreter import AbstractRun
from .tensors import AbstractTensor, Piece

_ODD = {"tanh", "hardshrink", "softshrink", "tanhshrink", "neg", "sin", "tan", "erf", "sign"}
_ADDITIVE = {"add", "sub"}
_CONTRACTIONS = {"linear", "conv1d", "conv2d", "conv3d"}
_LAYOUT = {
    *("alias", "clone", "contiguous", "detach", "dropout", "view", "reshape", "flatten"),
    *("unflatten", "permute", "transpose", "t", "squeeze", "unsqueeze"),
}
_AVERAGES = {
    *("mean", "sum", "avg_pool1d", "avg_pool2d", "avg_pool3d"),
    *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"),
}


def odd_groups(run: AbstractRun, names: dict[Atom, str]) -> frozenset[str]:
    """The groups of which any unit may be negated, everywhere at once, and nothing is changed.

    That is so when every operator that meets the units maps negated units to negated units: odd
    functions, sums of the same units, averages over other axes, contractions in which units are
    read or written. Only what is known to do so is listed, so that a flip may be missed and none
    is invented: rectifiers, maxima and products do not, and the scale of a norm stays where its
    shift flips, which one rule for all tensors of a group cannot say.
    """
    even: set[str] = set()
    for node in run.values:
        result = run.values[node]
        if node.op != "call_function" or isinstance(result, Constant) or not shapes(node):
            continue  # what needs no more than a shape is the same for negated units
        found = map(run.values.get, node.all_input_nodes)
        values = [value for value in found if isinstance(value, AbstractTensor)]
        touched = set[str]().union(*(g for v in values for g in _carried(v, names)))
        if isinstance(result, AbstractTensor) and result.is_settled:
            touched |= set[str]().union(*_carried(result, names))
            even |= {g for g in touched if not _commutes(node, run, g, names)}
        else:
            even |= touched
    return frozenset(names.values()) - even


def _commutes(node: fx.Node, run: AbstractRun, group: str, names: dict[Atom, str]) -> bool:
    """Whether negated units of `group` among the arguments come out negated."""
    operator = run.operators.get(node)
    if operator in _LAYOUT or operator in _ODD:
        return True
    if operator == "hardtanh":  # its limits are arguments: odd if they are opposite
        low, high = (*node.args[1:], *(-1.0, 1.0)[len(node.args) - 1 :])[:2]
        return not node.kwargs and low == -high  # type: ignore[operator]
    if any(isinstance(run.values.get(n), Constant) for n in node.all_input_nodes):
        return False  # a mask or a table is not negated with the units
    arguments = [
        value
        for n in node.args
        if isinstance(n, fx.Node) and isinstance(value := run.values.get(n), AbstractTensor)
    ]
    places = [_places(value, group, names) for value in arguments]
    written = _places(run.values[node], group, names)
    if operator in _ADDITIVE:  # a constant or a broadcast number would not be negated
        return len(places) == 2 and all(place == written for place in places)
    if operator in _AVERAGES:
        return len(places) == 1 and len(written) == len(places[0])
    if operator in _CONTRACTIONS:
        x, weight = arguments[:2]
        contracted = -1 if operator == "linear" else 1 - weight.ndim
        return x.sizes[contracted] == weight.sizes[1] and places[0] <= {contracted}
    return False


def _places(value: AbstractTensor, group: str, names: dict[Atom, str]) -> set[int]:
    """The dimensions, counted from the last, that carry `group`."""
    return {i - value.ndim for i, groups in enumerate(_carried(value, names)) if group in groups}


def _carried(value: AbstractTensor, names: dict[Atom, str]) -> list[set[str]]:
    """The groups of every dimension; of a piece of an axis not yet divided, all of the axis."""
    found = []
    for dimension in value.raw:
        if isinstance(dimension, Piece):
            view = dimension.view
            expression = view.settle()[dimension.place] if view.is_settled else view.source
        else:
            expression = dimension
        atoms = (atom for segment in straight(expression)[0] for atom in segment)
        found.append({names[a] for a in atoms if not a.fixed and a in names})
    return found
