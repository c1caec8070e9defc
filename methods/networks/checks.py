"""What does not fit in a network, each in one sentence: its module, its tensors, its symmetry."""

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UserError
from ..modules.extra_state import extra_states, is_extra, same_value
from ..modules.twin import slots_of_one_place, tensors
from ..modules.usable import check_usable
from ..symmetry.axes import Params, Symmetry


def fitting(module: Any, params: Any, symmetry: Any) -> Params:
    """`params`, detached, under every name that `module` has for them, if all three fit.

    A tensor that goes by several names needs to be given by one. Buffers that the module keeps
    out of its checkpoints are left out, and extra states must be those that the module is in.
    Raises `UserError` with the first thing that does not fit.
    """
    check_usable(module)
    if not isinstance(symmetry, Symmetry):
        raise UserError(
            f"the symmetry of a network is what trace(module, example) gives, "
            f"not {type(symmetry).__name__}"
        )
    own = tensors(module)
    found = _by_every_name(own, _plain(module, params))
    _names(module, own, found)
    _one_value_each(module, own, found)
    _shapes(own, found, symmetry)
    return found


def check_traced(module: nn.Module, params: Mapping[str, Tensor], symmetry: Symmetry) -> None:
    """`UserError` where `symmetry` is of other masks or tables: it need not be the network's."""
    if others := traced_otherwise(module, params, symmetry):
        raise UserError(
            f"the symmetry was traced with other values of {listed(others)}, which decide what may "
            "move: trace this network by itself, with example= in place of symmetry="
        )


def tensors_alone(module: nn.Module, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """`params` without extra states; `UserError` where `module` is in others than these."""
    given = {n: v for n, v in params.items() if isinstance(n, str) and is_extra(n)}
    given = {n: v for n, v in given.items() if n not in tensors(module)} if given else given
    if not given:
        return params
    own, kind = extra_states(module), type(module).__name__
    if unknown := [name for name in given if name not in own]:
        raise UserError(f"{kind} has no {listed(unknown)}, which the parameters name")
    if others := [name for name, value in given.items() if not same_value(value, own[name])]:
        raise UserError(
            f"the parameters have {listed(others)} with other values than {kind} is in: give "
            "basinbench.network the checkpoint that holds both"
        )
    return {name: value for name, value in params.items() if name not in given}


def traced_otherwise(
    module: nn.Module, params: Mapping[str, Tensor], symmetry: Symmetry
) -> list[str]:
    """What `symmetry` was traced with and has another value in this network, by name.

    A table in a lower precision is the same table; so is a cache of another length.
    """
    if not symmetry.traced_values:
        return []
    unkept = dict(module.named_buffers(remove_duplicate=False))
    found: dict[str, Any] = {**unkept, **extra_states(module), **params}
    return [
        name
        for name, value in symmetry.traced_values.items()
        if name in found
        and not (name not in params and _of_another_length(found[name], value))
        and not same_value(found[name], _in_type_of(found[name], value))
    ]


def _of_another_length(a: Any, b: Any) -> bool:
    return isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape != b.shape


def _in_type_of(a: Any, b: Any) -> Any:
    return b.to(a.dtype) if isinstance(a, Tensor) and isinstance(b, Tensor) else b


def _plain(module: nn.Module, params: Any) -> Params:
    """The tensors alone, detached: no parameters, no inference tensors, no views of a graph."""
    if not isinstance(params, Mapping):
        raise UserError(
            "the parameters of a network are a dictionary of tensors by name, such as "
            f"dict(module.state_dict()), not {type(params).__name__}"
        )
    kept_out = {name for name, _ in module.named_buffers(remove_duplicate=False)} - set(
        tensors(module)
    )
    found: Params = {}
    for name, value in tensors_alone(module, params).items():
        if name in kept_out:
            continue
        if not isinstance(value, Tensor):
            raise UserError(f"{name!r} is {type(value).__name__} and not a tensor")
        if fault := _strange(value):
            raise UserError(f"{name!r} is {fault}")
        value = value.detach()
        found[name] = _out_of_inference(value) if value.is_inference() else value
    return found


def _out_of_inference(value: Tensor) -> Tensor:
    """A copy that gradients may be taken of, as some methods do."""
    with torch.inference_mode(False):
        return value.clone()


def _strange(value: Tensor) -> str | None:
    """What makes a tensor one that cannot be averaged with others, in words."""
    if value.is_meta:
        return "on the meta device and has no values: load a checkpoint first"
    if value.is_quantized:
        return "quantised: dequantise the network before it is merged"
    if value.layout != torch.strided:
        return f"a sparse tensor ({str(value.layout).removeprefix('torch.')}): make it dense first"
    if value.is_complex():
        return "complex, and methods compare real numbers alone: use torch.view_as_real"
    return None


def _by_every_name(own: Mapping[str, Tensor], params: Params) -> Params:
    """A tied tensor that came under one of its names stands under the others too."""
    given: dict[int, Tensor] = {}
    for name, tensor in own.items():
        if name in params:
            given.setdefault(id(tensor), params[name])
    missing = {n: given[id(t)] for n, t in own.items() if n not in params and id(t) in given}
    return params | missing


def _names(module: nn.Module, own: Mapping[str, Tensor], params: Params) -> None:
    kind = type(module).__name__
    if missing := [name for name in own if name not in params]:
        buffers = {name for name, _ in module.named_buffers()}
        hint = "; dict(module.state_dict()) holds the buffers too" if missing[0] in buffers else ""
        raise UserError(f"the parameters lack {listed(missing)} of {kind}{hint}")
    if unknown := [name for name in params if name not in own]:
        raise UserError(f"{kind} has no {listed(unknown)}, which the parameters name")


def _one_value_each(module: nn.Module, own: Mapping[str, Tensor], params: Params) -> None:
    """Tied tensors that differ are another network than `module`, whichever of them is taken."""
    first: dict[int, str] = {}
    one_place = slots_of_one_place(module)
    for name, tensor in own.items():
        if (other := first.setdefault(id(tensor), name)) == name:
            continue
        a, b = params[other], params[name]
        if a is b or (a.shape == b.shape and a.data_ptr() == b.data_ptr()):
            continue
        if a.shape != b.shape or a.dtype != b.dtype or not torch.equal(a, b.to(a.device)):
            what = "are one layer" if name in one_place else "share one tensor"
            raise UserError(
                f"{other!r} and {name!r} {what} in {type(module).__name__} and have different "
                "values in the parameters: untie them in the module, or give equal ones"
            )


def _shapes(own: Mapping[str, Tensor], params: Params, symmetry: Symmetry) -> None:
    if odd := symmetry.axes.keys() ^ params.keys():
        raise UserError(
            f"the symmetry is another network's: {listed(sorted(odd))} "
            f"{'is' if len(odd) == 1 else 'are'} in only one of symmetry and parameters"
        )
    for name, value in params.items():
        sizes = tuple(axis.size for axis in symmetry.axes[name])
        if sizes != tuple(value.shape):
            raise UserError(
                f"{name!r} has the shape {tuple(value.shape)} in the parameters "
                f"and {sizes} in the symmetry: trace the network that the parameters are of"
            )
        if own[name].is_floating_point() != value.is_floating_point():
            kinds = [str(t.dtype).removeprefix("torch.") for t in (value, own[name])]
            raise UserError(
                f"{name!r} is {kinds[0]} in the parameters and {kinds[1]} in the module"
            )


def settled(params: Mapping[str, Tensor], constants: Collection[str] = ()) -> None:
    """`UserError` unless all numbers are finite and lie on one device.

    The `constants` may be infinite, as in a mask of attention: nobody averages them.
    """
    devices = {value.device for value in params.values()}
    if len(devices) > 1:
        places = " and ".join(sorted(map(str, devices)))
        raise UserError(f"the parameters lie on {places}: bring the network to one device")
    floats = {n: v for n, v in params.items() if v.is_floating_point() and v.numel()}
    if not floats:
        return
    # One pass without a copy, and one look at the device for all of them: NaN passes through.
    ends = torch.stack([torch.stack(v.aminmax()).double() for v in floats.values()])
    infinite = torch.tensor([name in constants for name in floats], device=ends.device)
    wrong = ends.isnan() | (ends.isinf() & ~infinite[:, None])
    if wrong.any():
        name = list(floats)[int(wrong.any(1).nonzero()[0])]
        value = floats[name]
        count = int((value.isnan() if name in constants else ~value.isfinite()).sum())
        raise UserError(
            f"{name!r} has {count} value{'s' if count > 1 else ''} that "
            f"{'are' if count > 1 else 'is'} not finite: the network has diverged or its file is "
            "damaged"
        )


def listed(names: Collection[str]) -> str:
    """The first names in quotes, and how many more there are."""
    first, *others = names
    if not others:
        return repr(first)
    if len(others) == 1:
        return f"{first!r} and {others[0]!r}"
    return f"{first!r} and {len(others)} more"
