"""A CUDA device that is pretended, for machines without one: what must lie on it is told to.

Within `pretended()` tensors can be sent to `THERE`. They say that they are on it, and compute on
the CPU. What a real device refuses is refused: operands of which one lies on the CPU, a view of
NumPy's, a generator of the other device. So what is forgotten on the CPU shows as it would there.
Speed, memory, kernels, autocast and graphs of CUDA are not pretended, and inference mode is one
without gradients.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.grad_mode import inference_mode
from torch.overrides import TorchFunctionMode
from torch.profiler import ProfilerActivity
from torch.utils._mode_utils import no_dispatch
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from basinbench.runners import usage

THERE = torch.device("cuda", 0)
CPU = torch.device("cpu")

aten = torch.ops.aten
COPIES = {aten.copy_.default, aten._to_copy.default}
"""They take from one device to the other."""

LOOKS_UP = {
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._index_put_impl_.default,
}
"""Positions that they look up on the device may lie on the CPU."""


class OnDevice(Tensor):
    """A tensor that says that it is on the device; `own` has its numbers."""

    own: Tensor

    @staticmethod
    def __new__(cls, own: Tensor) -> "OnDevice":
        made = torch.Tensor._make_wrapper_subclass(  # pyright: ignore[reportAttributeAccessIssue]
            cls,
            own.size(),
            strides=own.stride(),
            storage_offset=own.storage_offset(),
            dtype=own.dtype,
            layout=own.layout,
            device=CPU,
        )
        made.own = own
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl  # pyright: ignore

    @property
    def device(self) -> torch.device:  # pyright: ignore[reportIncompatibleVariableOverride]
        return THERE

    @property
    def is_cuda(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return True

    @property
    def is_cpu(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return False

    def __repr__(self, **_: object) -> str:
        return f"OnDevice({self.own!r})"

    @classmethod
    def __torch_dispatch__(
        cls,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        return _computed(func, args, dict(kwargs or {}))


def _computed(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An operator on the CPU; what comes out of tensors of the device is on it."""
    flat, form = tree_flatten((args, kwargs))
    there = [x for x in flat if isinstance(x, OnDevice)]
    here = [x for x in flat if isinstance(x, Tensor) and not isinstance(x, OnDevice) and x.dim()]
    looked_up = func in LOOKS_UP and isinstance(args[0], OnDevice)
    if here and func not in COPIES and not looked_up:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"cuda:0 and cpu! (in {func})"
        )
    own_args, own_kwargs = tree_unflatten(
        [x.own if isinstance(x, OnDevice) else x for x in flat], form
    )
    out = func(*own_args, **own_kwargs)
    if func is aten.copy_.default:
        return args[0]
    if torch.Tag.inplace_view in func.tags:  # the shape of what says that it is there, too
        with no_dispatch():
            func(*args, **kwargs)
    known = {id(x.own): x for x in there}
    if func is aten._to_copy.default and not isinstance(args[0], OnDevice):
        return out

    def outside(x: Any) -> Any:
        return known.get(id(x), OnDevice(x)) if isinstance(x, Tensor) else x

    return tree_map(outside, out)


class _Up(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return OnDevice(x.detach().clone())

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        del ctx
        return grads[0].own


class _Down(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Any) -> Tensor:
        return x.own.detach().clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        del ctx
        return OnDevice(grads[0])


def _sent(x: Tensor, device: torch.device) -> Tensor:
    """`x` on the other device, with its gradients."""
    if device.type == "cuda":
        return _Up.apply(x) if x.requires_grad else OnDevice(x.clone())  # pyright: ignore
    return _Down.apply(x) if x.requires_grad else x.own.clone()  # pyright: ignore


def _is_there(x: object) -> bool:
    return isinstance(x, OnDevice)


class _Generator(torch.Generator):
    """A source of random numbers of either device, the CPU's by their values."""

    place: str

    def __new__(cls, device: torch.device | str = "cpu") -> "_Generator":
        made = super().__new__(cls, "cpu")  # pyright: ignore[reportCallIssue]
        made.place = torch.device(device).type
        return made


class _Calls(TorchFunctionMode):
    """Calls that name a device, or leave PyTorch."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        options = dict(kwargs or {})
        own = args[0].own if args and isinstance(args[0], OnDevice) else None
        if own is not None:
            if func in (Tensor.numpy, Tensor.__array__):
                raise TypeError("can't convert cuda:0 device type tensor to numpy")
            if func in (Tensor.tolist, Tensor.data_ptr, Tensor.untyped_storage):
                return func(own, *args[1:])
        if func is Tensor.cpu:
            return args[0] if own is None else _sent(args[0], CPU)
        if func is Tensor.to:
            return _to(*args, **options)
        device = options.get("device")
        place = None if device is None else torch.device(device).type
        if (generator := options.get("generator")) is not None:
            wanted = place or ("cuda" if any(map(_is_there, args)) else "cpu")
            if (found := getattr(generator, "place", "cpu")) != wanted:
                raise RuntimeError(f"Expected a {wanted!r} generator but found {found!r}")
        if place not in ("cpu", "cuda"):
            return func(*args, **options)
        made = func(*args, **{**options, "device": CPU})
        if not isinstance(made, Tensor) or _is_there(made) == (place == "cuda"):
            return made
        return _sent(made.detach(), torch.device(place)).requires_grad_(made.requires_grad)


def _to(x: Tensor, *args: Any, **options: Any) -> Tensor:
    """`Tensor.to` in each of its forms."""
    device = dtype = None
    for given in (*args, *map(options.get, ("device", "dtype", "other"))):
        if isinstance(given, str | torch.device):
            device = torch.device(given)
        elif isinstance(given, Tensor):
            device, dtype = given.device, given.dtype
        elif isinstance(given, torch.dtype):
            dtype = given
    form = {k: v for k, v in options.items() if k == "memory_format"}
    made = x.to(dtype or x.dtype, **form)
    if device is None or _is_there(made) == (device.type == "cuda"):
        return made.clone() if options.get("copy") and made is x else made
    return _sent(made, device)


@contextmanager
def pretended() -> Iterator[torch.device]:
    """Within it the device is there."""
    streams = torch.random
    runtime = {
        "get_device_name": lambda *_: "pretended",
        "synchronize": lambda *_: None,
        "reset_peak_memory_stats": lambda *_: None,
        "memory_allocated": lambda *_: 0,
        "max_memory_allocated": lambda *_: 0,
        "get_rng_state": lambda *_: streams.get_rng_state(),
        "set_rng_state": lambda state, *_: streams.set_rng_state(state),
        "manual_seed": torch.manual_seed,
    }
    profile, swaps = usage.profile, torch.__future__.get_swap_module_params_on_conversion()

    def on_the_cpu(activities: object, **options: Any) -> Any:
        del activities
        return profile(activities=[ProfilerActivity.CPU], **options)

    without_gradients: list[torch.no_grad] = []

    def enter(_: object) -> None:
        without_gradients.append(torch.no_grad())
        without_gradients[-1].__enter__()

    def leave(_: object, *error: Any) -> None:
        without_gradients.pop().__exit__(*error)

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), _Calls():
        warnings.filterwarnings("ignore", "CUDA is not available")  # says autocast
        for name, value in runtime.items():
            patch.setattr(torch.cuda, name, value)
        patch.setattr(torch, "Generator", _Generator)
        patch.setattr(usage, "profile", on_the_cpu)
        patch.setattr(inference_mode, "__enter__", enter)
        patch.setattr(inference_mode, "__exit__", leave)
        torch.__future__.set_swap_module_params_on_conversion(True)
        try:
            yield THERE
        finally:
            torch.__future__.set_swap_module_params_on_conversion(swaps)
