"""Fourier transforms."""

from ..factors import ONE, fixed
from ..tensors import AbstractTensor
from .call import Call, Result, Rule


def spectral(call: Call) -> Result:
    """Fourier transforms: axes that are transformed stay, the others pass."""
    value = call["self"]
    given = call.get("dim")
    if given is None:
        sizes = call.get("s")
        given = range(-len(sizes), 0) if sizes else range(value.ndim)
    dims = [d % value.ndim for d in ([given] if isinstance(given, int) else given)]
    value.pin(dims)
    passed = list(value.dims)
    for d in dims:
        passed[d] = fixed(call.shape[d]) if call.shape[d] != 1 else ONE
    return AbstractTensor(tuple(passed))


_NAMES = (
    "fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 "
    "fftn ifftn rfftn irfftn hfftn ihfftn fftshift ifftshift"
)

RULES: dict[str, Rule] = {f"fft_{name}": spectral for name in _NAMES.split()}
