"""A symmetry put to the test: units move, and the network must compute the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

import torch
from torch import Tensor, nn

from ...errors import UserError, nearest
from ..modules.forms import Batch, Output, arguments, in_precision
from ..modules.precision import in_full
from ..modules.twin import tensors, twin
from ..symmetry.axes import Params, Symmetry
from ..symmetry.maps import Map
from ..tracing.export import in_training_mode
from ..tracing.results import compared
from .change import largest_change
from .conditions import Lowest, NoDropout, repeatable
from .moving import lively, moving_alone, shuffled
from .precisions import in_highest, rounding
from .randomness import RANDOM, is_random

Mode = Literal["evaluation", "training"]


_SAID_OF_RANDOM = (
    f"the network {RANDOM}, and was compared without dropout and with the same random numbers"
)


class _Owner(Protocol):
    """A network that holds its module and its parameters; `Network` is one."""

    @property
    def module(self) -> nn.Module: ...

    @property
    def params(self) -> Params: ...


@dataclass(frozen=True)
class Proof:
    """How far the outputs change when units move; true where that is no more than rounding.

    `change`: the largest change of an output, relative to how much the outputs vary between
    inputs. `tolerance`: what rounding may cause in `precision`, the lowest in which the network
    computes anything. `groups`: the change for each group moved alone, where all together changed
    the outputs (or `alone` was asked for). `modes`: those that could be compared. `note`: what
    could not. `random`: whether two calls on one input differ in evaluation mode; the network is
    compared without dropout and with the same random numbers then.
    """

    change: float
    tolerance: float
    precision: str
    groups: Mapping[str, float] = field(default_factory=dict)
    modes: tuple[Mode, ...] = ()
    note: str = ""
    random: bool = False

    @property
    def ok(self) -> bool:
        return self.change <= self.tolerance

    def __bool__(self) -> bool:
        return self.ok

    @property
    def culprits(self) -> tuple[str, ...]:
        """The groups that change the outputs when they move alone, the worst first."""
        wrong = [g for g, change in self.groups.items() if not change <= self.tolerance]
        return tuple(sorted(wrong, key=lambda group: -self.groups[group]))

    def raise_for_failure(self) -> None:
        """Raises `UserError`, in one sentence that names the groups, unless the symmetry holds."""
        if not self.ok:
            raise UserError(str(self))

    def __str__(self) -> str:
        limit = f"{self.tolerance:.0e} is rounding in {self.precision}"
        if self.ok:
            said = f"the outputs change by {self.change:.1e} when all units move, where {limit}"
            return f"{said}; {_SAID_OF_RANDOM}" if self.random else said
        names = ", ".join(map(repr, self.culprits[:3]))
        more = f" and {len(self.culprits) - 3} more groups" if len(self.culprits) > 3 else ""
        which = f"the units of {names}{more}" if names else "all groups together"
        return (
            f"this is no symmetry of the network: moving {which} changes its outputs by "
            f"{self.change:.1e}, where {limit}"
        )


def prove(
    network: nn.Module | _Owner,
    symmetry: Symmetry,
    *inputs: Batch,
    output: Output | None = None,
    modes: Sequence[Mode] = ("evaluation", "training"),
    tolerance: float | None = None,
    alone: bool = False,
    seed: int = 0,
) -> Proof:
    """Whether `network` computes the same when the units of every group change places.

    Every group is permuted at random (units of odd groups also change their sign), all of them
    together, on each of the `inputs`: give some of other lengths and sizes than the example that
    the symmetry was traced with. Where that changes an output, or with `alone`, each group moves
    alone as well, which names the culprits. The parameters are the network's, a little noise
    added, for a network whose scales are all one or whose layers are zero passes with any
    symmetry. Computed in float64 where the network allows, else in float32; `tolerance` is that
    of the lowest precision that the network falls to inside. In training mode norms stay as they
    are, dropout does nothing, and other random numbers are the same in both runs; a mode in which
    the network cannot be called is left out, evaluation mode never.

    `output` says what counts of the result, as for `trace`. Nothing of what is given is changed.
    Raises `UserError` where the network does not take the inputs, or the symmetry is another's.
    """
    if not inputs:
        raise UserError("prove needs inputs: give at least one batch after the symmetry")
    if odd := [mode for mode in modes if mode not in get_args(Mode)]:
        raise nearest("mode", str(odd[0]), get_args(Mode))
    if "evaluation" not in modes:
        modes = ("evaluation", *modes)
    module, params = _parts(network)
    _fit(module, params, symmetry)
    generator = torch.Generator().manual_seed(seed)
    noisy = lively(module, params, symmetry, generator)
    maps = shuffled(symmetry, generator)

    def proof(dtype: torch.dtype) -> Proof:
        run = _Comparison(module, symmetry, in_precision(noisy, dtype), dtype, output, seed)
        return run.proof(maps, inputs, modes, tolerance, alone)

    return in_highest(proof, type(module).__name__)


class _Comparison:
    """A network before and after its units move."""

    def __init__(
        self,
        module: nn.Module,
        symmetry: Symmetry,
        params: Params,
        dtype: torch.dtype,
        output: Output | None,
        seed: int,
    ):
        self.module = module
        self.symmetry = symmetry
        self.params = params
        self.dtype = dtype
        self.output = output
        self.seed = seed
        self.lowest = dtype

    def proof(
        self,
        maps: Mapping[str, Map],
        inputs: Sequence[Batch],
        modes: Sequence[Mode],
        tolerance: float | None,
        alone: bool,
    ) -> Proof:
        before: dict[tuple[int, Mode], list[Tensor]] = {}
        kept: list[Mode] = []
        for mode in modes:
            first = [self._first(x, mode) for x in inputs]
            found = [outputs for outputs in first if outputs is not None]
            if len(found) == len(inputs):
                before.update({(i, mode): outputs for i, outputs in enumerate(found)})
                kept.append(mode)
        change = max(self._change(maps, before, inputs, place) for place in before)
        limit = rounding(self.lowest) if tolerance is None else tolerance
        groups: dict[str, float] = {}
        if alone or not change <= limit:
            groups = {
                group: max(
                    self._change(moving_alone(group, move), before, inputs, p) for p in before
                )
                for group, move in maps.items()
            }
        left = [mode for mode in modes if mode not in kept]
        note = f"{left[0]} mode cannot be compared" if left else ""
        precision = str(self.lowest).removeprefix("torch.")
        random = is_random(lambda: self._outputs(self.params, inputs[0], "evaluation", free=True))
        return Proof(change, limit, precision, groups, tuple(kept), note, random)

    def _first(self, x: Batch, mode: Mode) -> list[Tensor] | None:
        """The outputs before anything moves; `None` where this mode refuses or is not the same."""
        if mode == "evaluation":
            return self._outputs(self.params, x, mode)
        try:
            once, twice = (self._outputs(self.params, x, mode) for _ in range(2))
        except Exception:  # whatever a module raises that was not made for it
            return None
        return once if largest_change(once, twice) == 0 else None

    def _change(
        self,
        maps: Mapping[str, Map],
        before: Mapping[tuple[int, Mode], list[Tensor]],
        inputs: Sequence[Batch],
        place: tuple[int, Mode],
    ) -> float:
        number, mode = place
        moved = self.symmetry.transport(self.params, maps)
        return largest_change(before[place], self._outputs(moved, inputs[number], mode))

    def _outputs(self, params: Params, x: Batch, mode: Mode, free: bool = False) -> list[Tensor]:
        """What counts of a result; with random numbers and dropout as they come if `free`."""
        own = twin(self.module, params)
        for part in own.modules():
            for name, value in vars(part).items():  # constants that no `.to` would reach
                if isinstance(value, Tensor) and value.is_floating_point():
                    setattr(part, name, value.to(self.dtype))
        own.to(self.dtype)
        if mode == "training":
            in_training_mode(own)
        given = in_precision(arguments(x), self.dtype)
        args, kwargs = _cloned(given.args), _cloned(dict(given.kwargs))
        with torch.no_grad(), Lowest() as precision:
            if free:
                result = own(*args, **kwargs)
            else:
                with repeatable(self.seed), NoDropout():
                    result = own(*args, **kwargs)
        self.lowest = max(self.lowest, precision.lowest, key=lambda d: torch.finfo(d).eps)
        return [t.detach().clone() for t in self._counted(result, mode)]

    def _counted(self, result: Any, mode: Mode) -> list[Tensor]:
        """What counts of a result; all of it where training mode returns it in another form."""
        try:
            return compared(result, self.output)
        except Exception:  # whatever a function of the user's raises
            if mode == "evaluation":
                raise
            return compared(result)


def _parts(network: Any) -> tuple[nn.Module, Params]:
    module = network if isinstance(network, nn.Module) else network.module
    params = tensors(module) if isinstance(network, nn.Module) else network.params
    return module, {name: value.detach() for name, value in in_full(params).items()}


def _fit(module: nn.Module, params: Params, symmetry: Symmetry) -> None:
    for name, value in params.items():
        axes = symmetry.axes.get(name)
        if axes is None or tuple(axis.size for axis in axes) != tuple(value.shape):
            known = "nothing" if axes is None else str(tuple(axis.size for axis in axes))
            raise UserError(
                f"the symmetry is not that of {type(module).__name__}: {name!r} has the shape "
                f"{tuple(value.shape)}, of which the symmetry knows {known}"
            )


def _cloned(values: Any) -> Any:
    if isinstance(values, Tensor):
        return values.clone()
    if isinstance(values, dict):
        return {name: _cloned(value) for name, value in values.items()}
    if type(values) in (tuple, list):
        return type(values)(map(_cloned, values))
    return values
