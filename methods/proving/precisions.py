"""In which precision networks are compared: the highest in which they can be called."""

from collections.abc import Callable
from typing import TypeVar

import torch

from ...errors import UserError

PRECISIONS = (torch.float64, torch.float32)

Found = TypeVar("Found")


class NotCalledError(UserError):
    """A network that cannot be called on the inputs, in any precision."""


def rounding(precision: torch.dtype) -> float:
    """The relative change of outputs that rounding may cause in a network of that precision."""
    return torch.finfo(precision).eps ** 0.6


def in_highest(run: Callable[[torch.dtype], Found], name: str) -> Found:
    """What `run` gives in float64 where the network `name` allows it, else in float32.

    Networks that fix float32 within raise whatever it may be when they meet numbers of float64.
    Raises `NotCalledError`, in one sentence, where float32 does not help.
    """
    reason = ""
    for precision in PRECISIONS:
        try:
            return run(precision)
        except (UserError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # whatever a module of the user's raises
            first, *_ = str(error).strip().splitlines() or [""]
            reason = f"{type(error).__name__}: {first}"[:160] if first else type(error).__name__
    raise NotCalledError(f"{name} cannot be called on the inputs: {reason}")
