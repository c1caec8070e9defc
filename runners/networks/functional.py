"""Parameters of any widths put into a module."""

from collections.abc import Mapping

from torch import Tensor, nn

from ...methods.modules.twin import tensors


def fill(module: nn.Module, params: Mapping[str, Tensor]) -> None:
    """Give `module` copies of `params`, in place, by their names.

    Unlike `load_state_dict` it takes tensors of other shapes: a merge may be wider than the
    networks it was made of, and layers read their widths from their weights. Raises `KeyError`
    where a name of the module is missing in `params` or unknown to it.
    """
    own = tensors(module)
    if odd := own.keys() ^ params.keys():
        raise KeyError(f"parameters do not fit the module: {', '.join(sorted(odd))}")
    copies: dict[int, Tensor] = {}  # layers that share a tensor go on sharing it
    for name in own:
        owner, _, leaf = name.rpartition(".")
        layer, value = module.get_submodule(owner), params[name].detach().clone()
        if leaf in layer._parameters:
            value = nn.Parameter(value)
            layer._parameters[leaf] = copies.setdefault(id(own[name]), value)  # type: ignore[assignment]
        else:
            layer._buffers[leaf] = copies.setdefault(id(own[name]), value)
