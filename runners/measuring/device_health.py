"""Whether a device still computes: after some errors of CUDA nothing in the same process does."""

import torch

from ...errors import UserError


class BrokenDeviceError(UserError):
    """A device that answers this process no more; another process may find it well."""


def demand_working(device: torch.device, reason: str) -> None:
    """Raises `BrokenDeviceError` where `device` computes no more, of which `reason` is the sign.

    After an access to a wrong address, or where others hold all its memory, every later call fails
    too, and says nothing about what it was called for.
    """
    if not computes(device):
        raise BrokenDeviceError(
            f"the device {device} computes no more in this process, since: {reason}"
        )


def computes(device: torch.device) -> bool:
    """Whether a number can be written to a CUDA device and read back; other devices always do."""
    if device.type != "cuda":
        return True
    try:
        return torch.ones(1, device=device).item() == 1
    except RuntimeError:
        return False
