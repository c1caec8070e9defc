"""Finishes that only move the output layer: controls of what a merge seems to gain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from .evaluation import Resident, log_probabilities
from .finish import Finish, Finished, Merge, Origin, middle
from .head import head
from .samples import Normalised

PROBE_IMAGES = 4

INVERSES = (1e-2, 1e2)
"""Between which the inverse temperature is sought."""


@dataclass(frozen=True)
class BiasCorrection(Finish):
    """The bias of the output layer fitted to the training data of all networks, all else kept.

    Networks trained on parts with different shares of the classes have learned different priors;
    a merge mends that, and so does a new bias of one network alone: the control of Jordan et al.
    2023 for Git Re-Basin's split data (their figure of CIFAR-100 in two; how they fitted the bias
    is not published with it, and the convex fit of the cross-entropy here is a reconstruction).
    Run it after the method `parent`; with equal weights alone.
    """

    name: ClassVar[str] = "bias"

    def skip(self, origin: Origin) -> str | None:
        found = _head(origin)
        if found is None or f"{found}.bias" not in origin.network.params:
            return "does not end in a linear layer with a bias that could be fitted"
        return None

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        origin, name = merge.origin, f"{_head(merge.origin)}.bias"
        shift = fitted_bias(*_outputs(merge, origin.samples))
        return Finished(merge.params | {name: merge.params[name] + shift.to(merge.params[name])})


@dataclass(frozen=True)
class TemperatureScaling(Finish):
    """Logits divided by one temperature, fitted by the cross-entropy (Guo et al. 2017, section 4).

    The accuracy stays and the calibration changes: the control of the claim that merging improves
    calibration. Divided are the weights and the bias of the output layer; with equal weights
    alone. Guo et al. fit on held-out images. Here all training images are seen by some network, so
    that the temperature of networks that fit them perfectly is too low. `unseen_by=i` takes the
    images that network i has not seen, which are held out for the method `parent(which=i)`;
    networks that share their data have none.
    """

    unseen_by: int | None = None

    name: ClassVar[str] = "temperature"

    def skip(self, origin: Origin) -> str | None:
        if _head(origin) is None:
            return "does not end in a linear layer whose logits could be scaled"
        if not self._samples(origin):
            return f"needs images that network {self.unseen_by} has not been trained on"
        return None

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        name, params = _head(merge.origin), merge.params
        outputs = [_outputs(merge, samples) for samples in self._samples(merge.origin)]
        log_probs, labels = (torch.cat(parts) for parts in zip(*outputs, strict=True))
        inverse = fitted_inverse_temperature(log_probs, labels)
        own = [k for k in (f"{name}.weight", f"{name}.bias") if k in params]
        return Finished(params | {k: inverse * params[k] for k in own})

    def _samples(self, origin: Origin) -> list[Normalised]:
        """The images that the temperature is fitted to, in parts; none where there are none."""
        if self.unseen_by is None:
            return [origin.samples]
        shares = origin.problem.shares or ()
        disjoint = sum(map(len, shares)) == len(origin.samples)
        others = [s for i, s in enumerate(shares) if i != self.unseen_by]
        return others if disjoint else []  # type: ignore[return-value]


def fitted_bias(log_probs: Tensor, labels: Tensor) -> Tensor:
    """(classes,), of mean zero: what to add to the logits for the least cross-entropy.

    Newton's method with halved steps; the problem is convex. `log_probs` (n, classes) may be any
    logits; everything in float64.
    """
    log_probs = log_probs.double()
    classes = log_probs.shape[1]
    target = F.one_hot(labels, classes).double().mean(0)
    bias = torch.zeros(classes, dtype=torch.float64, device=log_probs.device)
    loss = F.cross_entropy(log_probs, labels)
    for _ in range(100):
        p = (log_probs + bias).softmax(1)
        gradient = p.mean(0) - target
        hessian = p.mean(0).diag() - p.T @ p / len(p)
        # all biases together change nothing: that direction gets a curvature of its own
        step = torch.linalg.solve(
            hessian + 1 / classes + 1e-12 * torch.eye(classes).to(p), gradient
        )
        while (new := F.cross_entropy(log_probs + bias - step, labels)) > loss:
            step = step / 2
            if step.abs().max() < 1e-10:
                return bias - bias.mean()
        bias, loss = bias - step, new
        if gradient.abs().max() < 1e-10:
            break
    return bias - bias.mean()


def fitted_inverse_temperature(log_probs: Tensor, labels: Tensor) -> float:
    """What to multiply the logits by for the least cross-entropy, within `INVERSES`.

    By bisection of the slope, since the cross-entropy is convex in it, in float64.
    """
    log_probs = log_probs.double()
    own = log_probs.gather(1, labels[:, None]).mean()
    low, high = INVERSES
    for _ in range(60):
        middle = (low * high) ** 0.5
        slope = ((middle * log_probs).softmax(1) * log_probs).sum(1).mean() - own
        low, high = (low, middle) if slope > 0 else (middle, high)
    return (low * high) ** 0.5


def _head(origin: Origin) -> str | None:
    images = origin.samples[torch.arange(PROBE_IMAGES)][0]
    return head(origin.module, origin.network.params, images)


def _outputs(merge: Merge, samples: Normalised) -> tuple[Tensor, Tensor]:
    """Log-probabilities (n, classes) of the merge and labels (n,)."""
    module = merge.origin.module
    data = Resident.of(samples, module)
    return log_probabilities(module, merge.params, data), data.labels
