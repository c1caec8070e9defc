"""A method out of one function: its keyword arguments are the hyper-parameters."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, make_dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError, kind
from ...plugin_things import is_plain
from ..base import Alignment, Method, Problem, needs_equal_widths
from ..symmetry.maps import Linear, Map, Permutation
from .global_rng import own_random_streams
from .unpacking import unpacks_two
from .validation import check_alignment

Skip = Callable[[Problem], str | None]


class FunctionMethod(Method):
    """A method whose `align` calls a function and reads what it returns; made by `method`."""

    if TYPE_CHECKING:  # the fields come from the function's signature

        def __init__(self, **hyper_parameters: Any) -> None: ...

    @staticmethod
    @abstractmethod
    def function(problem: Problem, **hyper_parameters: object) -> object:
        """The decorated function."""

    def align(self, problem: Problem) -> Alignment:
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        with own_random_streams(problem.seed, problem.device):
            alignment = as_alignment(self.function(problem, **values), problem)
        check_alignment(problem, alignment)
        return alignment


def method(
    paper: str,
    *,
    name: str | None = None,
    skip: Skip = needs_equal_widths,
    recovers: bool = True,
    pairs_only: bool | None = None,
    needs_groups: bool = True,
) -> Callable[[Callable[..., object]], type[FunctionMethod]]:
    """A decorator: the function of a problem becomes a method, a frozen dataclass.

        @basinbench.method(paper="an example")
        def norm_matching(problem, *, descending: bool = True):
            ...

    makes `norm_matching(descending=False)` a value like every other method, called
    `norm-matching` in the tables; the docstring stays. Each argument after the first is a
    hyper-parameter and has a type and a default (numbers, strings, booleans, `None` and tuples of
    them). What the function may return is told at `read`. The global random streams begin at
    `problem.seed` within it; better draw from `problem.generator()`.

    `skip` says why a problem cannot be solved, as `Method.skip` does. `recovers` is what
    `basinbench check` expects: that a planted permutation of an MLP is found. `pairs_only`: whether
    cells of more than two networks are skipped; where it is left out, they are if the function
    unpacks `problem.networks` into two. `needs_groups=False` where it merges by itself, and so can
    where no units may change places. Raises `UserError` for a function that cannot be a method.
    """
    if not isinstance(paper, str):
        raise UserError('write @method(paper="...") with brackets: the tables have a column for it')

    def decorate(function: Callable[..., object]) -> type[FunctionMethod]:
        own = name or function.__name__.strip("_").replace("_", "-")
        namespace = {
            "name": own,
            "paper": paper,
            "recovers": recovers,
            "pairs_only": unpacks_two(function) if pairs_only is None else pairs_only,
            "needs_groups": needs_groups,
            "function": staticmethod(function),
            "skip": lambda _, problem: skip(problem),
            "__doc__": function.__doc__ or f"`{function.__name__}` as a method.",
            "__annotations__": {"name": ClassVar[str], "paper": ClassVar[str]},
        }
        made = make_dataclass(
            "".join(word.capitalize() for word in own.split("-")),
            [_field(function.__name__, p) for p in _hyper_parameters(function)],
            bases=(FunctionMethod,),
            namespace=namespace,
            frozen=True,
        )
        made.__module__ = function.__module__
        made.__qualname__ = function.__qualname__  # where the class is found to unpickle a method
        return made

    return decorate


def as_alignment(value: object, problem: Problem) -> Alignment:
    """The alignment that a function means by what it returns for `problem`.

    - a dict group -> map, where there are two networks: the maps of the second; groups without an
      entry stay. A map is an index (units,), `index[i] = j` where unit `j` of the network comes to
      the place of unit `i` of the first; a matrix (size, units), whose row `i` says of what
      the unit `i` of the common basis is made; or a `Map`. Arrays and lists do as well as tensors;
    - a list of such dicts, one per network, `{}` or `None` where nothing moves;
    - a dict of parameters with the names of the first network's: the merge itself;
    - an `Alignment`.

    A matrix that only reorders is a `Permutation`. Of any other, what reads the units takes the
    pseudo-inverse, so that linear layers read again what was written; it is the transpose where
    the matrix is orthogonal. Return `Linear(into, into.T)` where the transpose is meant, as it
    may be for transport plans. Raises `UserError` with a sentence for everything else.
    """
    networks = problem.networks
    if isinstance(value, Alignment):
        return value
    if isinstance(value, Mapping):
        if _are_parameters(value, problem):
            merged = {k: v.detach() if isinstance(v, Tensor) else v for k, v in value.items()}
            return Alignment(tuple({} for _ in networks), merged=merged)
        if len(networks) != 2:
            raise UserError(f"for {len(networks)} networks return a list of as many dicts")
        value = [{}, value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != len(networks):
            raise UserError(f"returned {len(value)} dicts of maps for {len(networks)} networks")
        return Alignment(tuple(_read_maps(v, problem, i) for i, v in enumerate(value)))
    raise UserError(
        f"returned {kind(value)}; a method returns a dict group -> index, matrix or Map, a list of "
        "such dicts, a dict of merged parameters, or an Alignment"
    )


def as_map(value: object, group: str, units: int, device: torch.device) -> Map:
    """An index, a matrix or a `Map` as the map of a group of so many units."""
    if isinstance(value, Map):
        return value
    tensor = _tensor(value, group, device)
    if tensor.ndim == 1:
        return _from_index(tensor, group, units)
    if tensor.ndim != 2:
        raise UserError(
            f"the map of group {group!r} has the shape {tuple(tensor.shape)}; an index has one "
            "dimension, a matrix two"
        )
    if tensor.shape[1] != units:
        raise UserError(
            f"the matrix of group {group!r} is {tuple(tensor.shape)}, not (size, {units}): "
            "its columns are the network's units"
        )
    if not tensor.isfinite().all():
        raise UserError(f"the matrix of group {group!r} is not finite")
    if _only_reorders(tensor):
        return Permutation(tensor.argmax(dim=1))
    into = tensor if tensor.is_floating_point() else tensor.float()
    return Linear(into, torch.linalg.pinv(into.double()).to(into.dtype))


def _hyper_parameters(function: Callable[..., object]) -> list[Parameter]:
    parameters = list(signature(function).parameters.values())
    if not parameters or parameters[0].kind in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
        raise UserError(f"{function.__name__} takes no problem: give it a first argument for that")
    return parameters[1:]


def _field(owner: str, parameter: Parameter) -> tuple[str, Any, Any]:
    """(name, type, default) of a hyper-parameter."""
    name, default = parameter.name, parameter.default
    what = f"hyper-parameter {name!r} of {owner}"
    if parameter.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
        raise UserError(f"{owner} takes {parameter}; its hyper-parameters must be named one by one")
    if hasattr(FunctionMethod, name) or name in ("name", "paper"):
        raise UserError(f"{what} needs another name: that of a method's own is {name!r}")
    if parameter.annotation is Parameter.empty:
        raise UserError(f"{what} needs a type, as in `{name}: float = 1.0`")
    if default is Parameter.empty:
        raise UserError(f"{what} needs a default: the grids hold each method as it comes")
    if not is_plain(default):
        raise UserError(
            f"{what} has {kind(default)} as its default; take a number, a string, a boolean, None "
            "or a tuple of them"
        )
    return name, parameter.annotation, field(default=default)


def _are_parameters(value: Mapping[object, object], problem: Problem) -> bool:
    """Whether the keys name parameters, and not all of them groups."""
    first = problem.networks[0]
    return not value.keys() <= first.widths.keys() and bool(value.keys() & first.params.keys())


def _read_maps(value: object, problem: Problem, i: int) -> dict[str, Map]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UserError(f"returned {kind(value)} for network {i}, not a dict of maps")
    widths = problem.networks[i].widths
    for group in value:
        if group not in widths:
            raise UserError(f"network {i} has no group {group!r}; it has {', '.join(widths)}")
    return {g: as_map(v, g, widths[g], problem.device) for g, v in value.items()}


def _tensor(value: object, group: str, device: torch.device) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().to(device)
    try:
        array = np.array(value)  # a copy: what the function keeps of it may change later
        return torch.from_numpy(array).to(device)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"the map of group {group!r} is {kind(value)} that is no array of numbers"
        ) from error


def _from_index(index: Tensor, group: str, units: int) -> Permutation:
    if index.is_floating_point() or index.dtype == torch.bool:
        raise UserError(f"the index of group {group!r} holds {index.dtype}, not whole numbers")
    if len(index) != units:
        raise UserError(f"group {group!r} has {units} units, its index {len(index)}")
    if not torch.equal(index.sort().values, torch.arange(units, device=index.device)):
        counts = index[(index >= 0) & (index < units)].bincount(minlength=units)
        worst = int((counts - 1).abs().argmax())
        times = {0: "never", 1: "once", 2: "twice"}.get(int(counts[worst]), "often")
        raise UserError(f"the index of group {group!r} is no permutation: {worst} comes {times}")
    return Permutation(index.long())


def _only_reorders(matrix: Tensor) -> bool:
    ones = matrix == 1
    return bool(
        matrix.shape[0] == matrix.shape[1]
        and (ones | (matrix == 0)).all()
        and (ones.sum(0) == 1).all()
        and (ones.sum(1) == 1).all()
    )
