"""The network half-way between two, and what it loses on a batch."""

from collections.abc import Collection
from dataclasses import replace

from torch import Tensor
from torch.nn import functional as F

from ...errors import UserError
from ..base import Network
from ..modules.forms import Batch
from ..modules.running_norms import running_norms
from ..symmetry.axes import Params


def with_batch_statistics(network: Network) -> Network:
    """The network with batch norms that normalise by the batch, all else in evaluation mode.

    Those of a merged network do not fit its running statistics, nor do those of instance norms that
    keep some. They update what they are given: call it with parameters that nobody else holds, as
    `point` makes them.
    """
    found = replace(network)  # with a module of its own
    for norm in running_norms(found.module):
        norm.train()
    return found


def point(a: Params, b: Params, at: float = 0.5, kept: Collection[str] = ()) -> Params:
    """The parameters `at` of the way from `a` to `b`, all of them new.

    Integers and the tensors `kept` are from `a`.
    """
    return {
        name: (1 - at) * value + at * b[name]
        if value.is_floating_point() and name not in kept
        else value.clone()
        for name, value in a.items()
    }


def logits_of_batch(network: Network, params: Params, x: Batch) -> Tensor:
    """What the network gives for a batch; `UserError` where its norms have too little of it."""
    try:
        return network(x, params)
    except ValueError as error:
        if "Expected more than 1" not in str(error):
            raise
        raise UserError(
            "the network's norms take the statistics of the batch, of which they see one value a "
            "channel: give more samples, and larger batches"
        ) from error


def batch_loss(network: Network, params: Params, batch: tuple[Tensor, ...]) -> Tensor:
    """The mean cross-entropy of the network with `params` on images and labels."""
    x, y = batch
    logits = logits_of_batch(network, params, x)
    try:
        return F.cross_entropy(logits, y)
    except IndexError as error:
        classes = logits.shape[1]
        raise UserError(
            f"a label of the data is none of the network's {classes} classes"
        ) from error
    except RuntimeError as error:
        if logits.ndim == 2:
            raise
        raise UserError(
            f"a loss needs one row of logits for each label: {len(y)} labels have outputs of the "
            f"shape {tuple(logits.shape)}; say by output=... where the logits are"
        ) from error
