"""What a network gives on data: its logits, or one sentence where the data are not for it."""

import torch
from torch import Tensor

from ...errors import UserError
from ..modules.forms import Batch, tensors_of
from .trained import Network


def outputs_on(network: Network, x: Batch) -> Tensor:
    """The logits of `network` on the inputs `x`.

    Raises `UserError` where it cannot take them, and where it gives what is no number.
    """
    try:
        found = network(x)
    except (UserError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # whatever inputs of another form make its layers meet
        what = " ".join(str(error).partition("\n")[0].split())[:160] or type(error).__name__
        raise UserError(
            f"the networks cannot take the data, {_form(x)}: {what}; give inputs as the example "
            "has them that was given to basinbench.network"
        ) from error
    if bool(found.isnan().any()):
        raise UserError(
            "a network's outputs on the data are no numbers: are there infinite inputs, or some "
            "that were never normalised?"
        )
    return found


def _form(x: Batch) -> str:
    """Types and shapes of the tensors in `x`, in words."""
    kinds = (f"{str(t.dtype).removeprefix('torch.')} {tuple(t.shape)}" for t in tensors_of(x))
    return " and ".join(kinds)
