"""The permutation symmetries of a network, found in its exported graph."""

from collections import Counter
from math import prod

from torch import Tensor, fx, nn

from ..symmetry.axes import Axis, Factor, Segment, Symmetry
from .activations import Program, Tap
from .export import export
from .factors import Atom, Expression, resolve, straight
from .interpreter import AbstractRun, UnknownOperatorWarning
from .operators_contraction import WRITERS
from .operators_pointwise import NONLINEARITIES
from .sign_flips import odd_groups
from .tensors import AbstractTensor

__all__ = ["UnknownOperatorWarning", "trace"]


def trace(module: nn.Module, example: Tensor) -> Symmetry:
    """The groups of units of `module` that may be permuted without changing what it computes.

    `example` is a batch of inputs, of which only shape, type and device matter. `module` is looked
    at in evaluation mode and left as it is. A symmetry may be missed, where an operator is not
    known (an `UnknownOperatorWarning` then names it) or where axes of units cannot express it;
    none is invented. Every entry of `module.state_dict()` gets its axes, in the order of first
    use. A group is named after the module that first writes its units, with a number where one
    module writes several. Raises `UserError` for a network that `torch.export` cannot export.
    """
    exported = export(module, example)
    run = AbstractRun(exported)
    dims = _settled(run)
    names = _names(dims, run)
    axes = {
        name: tuple(
            _axis(expression, names, (name, dim) in run.reads)
            for dim, expression in enumerate(expressions)
        )
        for name, expressions in dims.items()
    }
    return Symmetry(axes, Program(exported, _taps(run, names)), odd_groups(run, names))


def _settled(run: AbstractRun) -> dict[str, tuple[Expression, ...]]:
    """The dimensions of every parameter and buffer, expanded until nothing more becomes fixed."""
    moving = None
    while True:
        dims = {name: value.dims for name, value in run.state.items()}
        still = {atom for expressions in dims.values() for e in expressions for atom in _moving(e)}
        if still == moving:
            return dims
        moving = still


def _moving(expression: Expression) -> list[Atom]:
    return [atom for segment in straight(expression)[0] for atom in segment if not atom.fixed]


def _names(dims: dict[str, tuple[Expression, ...]], run: AbstractRun) -> dict[Atom, str]:
    """A name for every atom that moves: the module of the first parameter that writes it."""
    writers: dict[Atom, str] = {}
    for reads in (False, True):
        for name, expressions in dims.items():
            for dim, expression in enumerate(expressions):
                if ((name, dim) in run.reads) == reads:
                    for atom in _moving(expression):
                        writers.setdefault(atom, name.rpartition(".")[0] or name)
    total, seen = Counter(writers.values()), Counter[str]()
    names = {}
    for atom, module in writers.items():
        names[atom] = module if total[module] == 1 else f"{module}[{seen[module]}]"
        seen[module] += 1
    return names


def _axis(expression: Expression, names: dict[Atom, str], reads: bool = False) -> Axis:
    """The axis of an expression, what stays put together in as few factors as possible."""
    segments: list[Segment] = []
    straightened, order = straight(expression)
    for segment in straightened:
        factors: list[Factor] = []
        for atom in segment:
            group = None if atom.fixed else names.get(atom)
            if group is None and factors and factors[-1].group is None:
                factors[-1] = Factor(factors[-1].size * atom.size)
            else:
                factors.append(Factor(atom.size, group))
        size = prod(atom.size for atom in segment)
        stays = all(factor.group is None for factor in factors)
        if stays and segments and segments[-1][0].group is None and len(segments[-1]) == 1:
            segments[-1] = (Factor(segments[-1][0].size + size),)
        else:
            segments.append((Factor(size),) if stays else tuple(factors))
    moves = any(factor.group for segment in segments for factor in segment)
    return Axis(tuple(segments), reads, order if moves else None)


def _taps(run: AbstractRun, names: dict[Atom, str]) -> tuple[Tap, ...]:
    """Where each group is seen: at nonlinearities, else where it is written, else anywhere."""
    operators, nonlinearities = run.operators, frozenset(NONLINEARITIES.split())
    values = {n: v for n, v in run.values.items() if isinstance(v, AbstractTensor) and v.is_settled}
    carried = {
        node: {names[a] for e in value.dims for a in _moving(e) if a in names}
        for node, value in values.items()
    }
    nonlinear = [node for node in values if operators.get(node) in nonlinearities]
    writing = [node for node in values if operators.get(node) in WRITERS]
    written = {node: carried[node] & _groups_written(node, run, names) for node in writing}
    taps: list[Tap] = []
    for group in dict.fromkeys(names.values()):
        nodes = (
            [node for node in nonlinear if group in carried[node]]
            or [node for node in writing if group in written[node]]
            or [node for node in values if group in carried[node]][:1]
        )
        for node in nodes:
            axes = tuple(_axis(resolve(e), names) for e in values[node].dims)
            taps.append(Tap(group, node.name, operators.get(node) in nonlinearities, axes))
    return tuple(taps)


def _groups_written(node: fx.Node, run: AbstractRun, names: dict[Atom, str]) -> set[str]:
    """The groups that the parameters of a contraction bring into its result."""
    return {
        names[atom]
        for argument in node.all_input_nodes
        if isinstance(value := run.values[argument], AbstractTensor) and value.origins is not None
        for expression, origin in zip(value.dims, value.origins, strict=True)
        if not origin & run.reads
        for atom in _moving(expression)
        if atom in names
    }
