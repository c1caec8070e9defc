"""Weights that are divided by their spectral norm, which no mean of networks keeps."""

from collections.abc import Iterator

from torch import nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.spectral_norm import SpectralNorm

from ...errors import UserError
from ..symmetry.axes import Symmetry


def without_spectral_norms(module: nn.Module, symmetry: Symmetry) -> None:
    """`UserError` where a weight that is not excluded is divided by its spectral norm.

    The norm is u W v, and the buffers u and v are the singular vectors of each network's own W, up
    to a sign that both share: the mean of two networks' has nothing to do with the mean of W.
    """
    for layer, weight, name, by in _spectral_norms(module):
        if name not in symmetry.excluded:
            raise UserError(
                f"the {weight!r} of {layer!r} is divided by its spectral norm, which is computed "
                f"from vectors that cannot be averaged: take it off both networks, by {by}, and "
                "merge the weights that are left"
            )


def _spectral_norms(module: nn.Module) -> Iterator[tuple[str, str, str, str]]:
    """Layer, its weight, a tensor that its spectral norm is computed from, and how it goes."""
    for name, part in module.named_modules():
        if isinstance(part, _SpectralNorm):
            layer, _, weight = name.rpartition(".")[0].rpartition(".parametrizations.")
            by = f"torch.nn.utils.parametrize.remove_parametrizations(layer, {weight!r})"
            yield layer, weight, f"{name}._u", by
        for hook in part._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                by = f"torch.nn.utils.remove_spectral_norm(layer, {hook.name!r})"
                yield name, hook.name, f"{name}.{hook.name}_u".lstrip("."), by
