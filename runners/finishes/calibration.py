"""Finishes that only move the output layer: controls of what a merge seems to gain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.optimize import minimize, root_scalar
from torch import Tensor
from torch.nn import functional as F

from ...methods.base import Samples
from ..networks.evaluate import Resident, log_probabilities
from ..networks.output_layer import head
from .base import Finish, Finished, Merge, MergeContext, middle

HEAD_PROBE_IMAGES = 4

INVERSES = (1e-2, 1e2)
"""Between which the inverse temperature is sought."""


@dataclass(frozen=True)
class BiasCorrection(Finish):
    """The bias of the output layer fitted to the validation images, all else kept.

    Networks trained on parts with different shares of the classes have learned different priors;
    a merge mends that, and so does a new bias of one network alone: the control of Jordan et al.
    2023 for Git Re-Basin's split data (their figure of CIFAR-100 in two; how they fitted the bias
    is not published with it, and the convex fit of the cross-entropy here is a reconstruction).
    Run it after the method `parent`; with equal weights alone.
    """

    name: ClassVar[str] = "bias"

    def skip(self, context: MergeContext) -> str | None:
        found = _output_layer(context)
        if found is None or f"{found}.bias" not in context.network.params:
            return "does not end in a linear layer with a bias that could be fitted"
        return context.tied([f"{found}.bias"]) or _needs_validation(context)

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        context, name = merge.context, f"{_output_layer(merge.context)}.bias"
        shift = fitted_bias(*_log_probabilities(merge, context.validation))
        return Finished(merge.params | {name: merge.params[name] + shift.to(merge.params[name])})


@dataclass(frozen=True)
class TemperatureScaling(Finish):
    """Logits divided by one temperature, fitted by the cross-entropy (Guo et al. 2017, section 4).

    The accuracy stays and the calibration changes: the control of the claim that merging improves
    calibration. Divided are the weights and the bias of the output layer; with equal weights
    alone. Fitted, as by Guo et al., to images that are held out from training; a user's networks
    may have been trained on them, which is said.
    """

    name: ClassVar[str] = "temperature"

    def skip(self, context: MergeContext) -> str | None:
        if (found := _output_layer(context)) is None:
            return "does not end in a linear layer whose logits could be scaled"
        own = (f"{found}.weight", f"{found}.bias")
        return context.tied(own) or _needs_validation(context)

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        name, params = _output_layer(merge.context), merge.params
        log_probs, labels = _log_probabilities(merge, merge.context.validation)
        inverse = fitted_inverse_temperature(log_probs, labels)
        own = [k for k in (f"{name}.weight", f"{name}.bias") if k in params]
        return Finished(params | {k: inverse * params[k] for k in own})


def fitted_bias(log_probs: Tensor, labels: Tensor) -> Tensor:
    """(classes,), of mean zero: what to add to the logits for the least cross-entropy.

    The problem is convex. `log_probs` (n, classes) may be any logits; everything in float64.
    """
    log_probs = log_probs.double()
    target = F.one_hot(labels, log_probs.shape[1]).double().mean(0)

    def loss(bias: np.ndarray) -> tuple[float, np.ndarray]:
        """The cross-entropy and its gradient."""
        found = (log_probs + torch.from_numpy(bias).to(log_probs)).log_softmax(1)
        gradient = found.exp().mean(0) - target
        return F.nll_loss(found, labels).item(), gradient.numpy(force=True)

    exact = {"ftol": 0, "gtol": 1e-10}
    start = np.zeros(log_probs.shape[1])
    bias = torch.from_numpy(minimize(loss, start, jac=True, method="L-BFGS-B", options=exact).x)
    return (bias - bias.mean()).to(log_probs)


def fitted_inverse_temperature(log_probs: Tensor, labels: Tensor) -> float:
    """What to multiply the logits by for the least cross-entropy, within `INVERSES`.

    Where its slope is zero, since the cross-entropy is convex in it; in float64.
    """
    log_probs = log_probs.double()
    own = log_probs.gather(1, labels[:, None]).mean()

    def slope(inverse: float) -> float:
        return (((inverse * log_probs).softmax(1) * log_probs).sum(1).mean() - own).item()

    low, high = INVERSES
    if slope(low) >= 0:
        return low
    if not slope(high) > 0:  # nor where it is not a number: the merge diverged
        return high
    return float(root_scalar(slope, bracket=INVERSES, xtol=1e-10).root)


def _needs_validation(context: MergeContext) -> str | None:
    return "needs images held out from training" if context.problem.validation is None else None


def _output_layer(context: MergeContext) -> str | None:
    images = context.samples[torch.arange(HEAD_PROBE_IMAGES)][0]
    return head(context.module, context.network.params, images)


def _log_probabilities(merge: Merge, samples: Samples) -> tuple[Tensor, Tensor]:
    """Log-probabilities (n, classes) of the merge and labels (n,)."""
    module = merge.context.module
    data = Resident.of(samples, module)
    return log_probabilities(module, merge.params, data), data.labels
