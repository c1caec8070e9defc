"""What a network achieves on images that are resident on its device, in float32."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import UserError
from ...methods.base import Alignment, Method, Problem, Samples, batches, transported, weighted_mean
from ...methods.modules.forms import logits_of
from ...methods.networks.calling import Caller
from ...methods.networks.merged import unrounded
from ...methods.symmetry.axes import Params
from ...results.series import GROUP_COUNT
from .memory_format import is_convolutional, memory_format

HALVES = (torch.bfloat16, torch.float16)

ONE = 5e-3
"""How far from 1 half precision may bring the sum of a row of probabilities."""

T = TypeVar("T")

BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True)
class Scores:
    """Cross-entropy in nats, accuracy and expected calibration error in [0, 1].

    `losses` and `accuracies` are those of each of `GROUP_COUNT` groups of the images: image i
    belongs to group i modulo as many.
    """

    loss: float
    accuracy: float
    ece: float
    losses: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Resident:
    """A split on the device, normalised once and cut into batches, to be read many times."""

    images: tuple[Tensor, ...]
    labels: Tensor

    @classmethod
    def of(cls, samples: Samples, module: nn.Module) -> "Resident":
        """`samples` in batches of the size at which `module` is fastest on their device."""
        pairs = list(batches(samples, batch_size(samples, module)))
        layout = memory_format(module)
        images = (x.contiguous(memory_format=layout) for x, _ in pairs)
        return cls(tuple(images), torch.cat([y for _, y in pairs]))


def network_scores(module: nn.Module, params: Mapping[str, Tensor], data: Resident) -> Scores:
    """What the network with the form of `module` and these `params` achieves on `data`."""
    return score(log_probabilities(module, params, data), data.labels)


@torch.inference_mode()
def log_probabilities(module: nn.Module, params: Mapping[str, Tensor], data: Resident) -> Tensor:
    """(n, classes): the network's log-probabilities of all images, in evaluation mode."""
    module.eval()
    caller = Caller.of(module)
    return joined_log_softmax([logits_of(caller(params, x)) for x in data.images])


def joined_log_softmax(logits: Sequence[Tensor]) -> Tensor:
    """(n, classes): log-probabilities of batches of logits, in float32 where these are less.

    `UserError` where they are no logits but probabilities: see `no_probabilities`.
    """
    whole = torch.cat(list(logits))
    no_probabilities(whole)
    return (whole.float() if whole.dtype in HALVES else whole).log_softmax(dim=1)


@torch.inference_mode()
def no_probabilities(outputs: Tensor) -> None:
    """`UserError` where every row of `outputs` (n, classes) is a distribution over the classes.

    The softmax of a softmax is no softmax: its losses and barriers would be wrong without a word.
    """
    if outputs.ndim != 2 or outputs.shape[1] < 2 or not len(outputs) or outputs.min() < 0:
        return
    if bool(((outputs.double().sum(dim=1) - 1).abs() < ONE).all()):
        raise UserError(
            "the network gives probabilities, each row of which adds up to 1, where logits are "
            "needed: give output=lambda p: p.log() in Python, and on the command line a network "
            "without the softmax at its end"
        )


@torch.inference_mode()
def score(log_probs: Tensor, labels: Tensor) -> Scores:
    """The scores of log-probabilities (n, classes) against labels (n,); sums are in float64."""
    confidence, guess = log_probs.max(dim=1)
    correct = ((guess == labels) & ~confidence.isnan()).double()  # no number is no answer
    losses = F.nll_loss(log_probs, labels, reduction="none").double()
    return Scores(
        float(losses.mean()),
        float(correct.mean()),
        _calibration(confidence.exp(), correct),
        _by_group(losses),
        _by_group(correct),
    )


@torch.inference_mode()
def ensemble(log_probs: Sequence[Tensor]) -> Tensor:
    """(n, classes): the logarithm of the mean of the networks' probabilities."""
    return torch.stack(list(log_probs)).logsumexp(dim=0) - torch.tensor(len(log_probs)).log()


def line(method: Method, problem: Problem, alignment: Alignment) -> Callable[[float], Params]:
    """The line between two networks as `method` merges them: from the first (0) to the last (1).

    In the precision in which merges are computed, also where networks came in half of it.

    For more than two networks, or when the alignment gives the merge whole, only t = 0.5 exists.
    """
    count = len(problem.networks)
    if (
        type(method).merge is Method.merge and alignment.merged is None
    ):  # the weighted mean: move the networks only once
        ends = transported(problem, alignment)
        return lambda t: weighted_mean(ends, weights(t, count), problem.kept)
    whole = unrounded(problem)
    return lambda t: method.merge(whole, alignment, weights(t, count))


def with_ends(trained: Sequence[T], between: Mapping[float, T]) -> dict[float, T]:
    """Place on a line -> what is measured there, in order: the one definition of a line's ends.

    They are the two networks as they were `trained`, and `between` has merges of the moved ones.
    Where maps are permutations (or negate units) the moved networks compute the same. Others (CCA,
    Sinkhorn's plans) change them, and the line jumps at its end: a barrier has what the maps
    themselves lose, and grows with the number of points, the last of which comes ever nearer to the
    moved network. The middle is what to compare such methods by.
    """
    first, last = trained
    return {0.0: first, **{t: between[t] for t in sorted(between)}, 1.0: last}


def weights(t: float, count: int) -> tuple[float, ...]:
    """The weights of `count` networks at `t` in [0, 1]; `ValueError` where there is no line."""
    if count == 2:
        return (1 - t, t)
    if t == 0.5:
        return (1 / count,) * count
    raise ValueError(f"{count} networks have no line, only a mean (t = 0.5, not {t})")


def check_points(points: object, odd: bool = False) -> None:
    """`UserError` unless a line may have so many `points`: two or more, `odd` for its middle."""
    if isinstance(points, bool) or not isinstance(points, int) or points < 2:
        raise UserError(f"a line has at least two points, not {points!r}")
    if odd and points % 2 == 0:
        raise UserError(f"a line has an odd number of points, with its middle, not {points}")


def lambdas(points: int) -> tuple[float, ...]:
    """`points` equally spaced places on the line; an odd number has one half among them."""
    return tuple(i / (points - 1) for i in range(points))


def _by_group(values: Tensor) -> tuple[float, ...]:
    """The mean over each group of images; none where some group would have no image."""
    if len(values) < GROUP_COUNT:
        return ()
    return tuple(float(values[group::GROUP_COUNT].mean()) for group in range(GROUP_COUNT))


def _calibration(confidence: Tensor, correct: Tensor) -> float:
    """Mean distance of confidence and accuracy over `BINS` equal bins, weighted by their size."""
    bins = (confidence * BINS).ceil().long().clamp(1, BINS) - 1
    gap = torch.zeros(BINS, dtype=torch.double, device=confidence.device)
    gap.index_add_(0, bins, confidence.double() - correct)
    return float(gap.abs().sum() / len(confidence))


def batch_size(samples: Samples, module: nn.Module) -> int:
    """Images a batch at which evaluation is fastest, as measured on two CPU cores.

    Convolutions: 250 images of 32 x 32 pixels or as many pixels of another size; 1,000 take twice
    as long an image (page faults of large allocations). Dense layers reach the matmul peak from
    5,000 images.
    """
    image = samples[torch.arange(1)][0]
    if not is_convolutional(module):
        return 5_000 if image.device.type == "cpu" else 20_000
    pixels = (250 if image.device.type == "cpu" else 2_000) * 32 * 32
    return max(1, pixels // image[0, 0].numel())
