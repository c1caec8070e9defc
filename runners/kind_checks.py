"""What `basinbench check` asks of networks, data sets, finishes and recipes of a user's own."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

import torch

from ..datasets.base import Dataset
from ..datasets.digits import digits
from ..datasets.plugged import digest_of_pixels
from ..methods.base import Alignment, Network, Problem, weighted_mean
from ..methods.modules.forms import in_precision
from ..methods.modules.twin import tensors
from ..methods.proving.precisions import in_highest
from ..methods.symmetry.axes import Params
from ..methods.tracing.trace import trace
from .errors import in_one_line
from .finishes import Finish, applied, reason_against
from .finishes.base import Merge, MergeContext
from .interrupts import pass_on_orders
from .keys import key
from .measuring.align import change_of_outputs
from .measuring.guard import digest, seals
from .networks import MLP, Architecture
from .networks.alive import alive, shuffled
from .training.inputs import Normalised, normalised
from .training.recipes import Recipe, recipe
from .training.train import train

SHAPES = ((1, 28, 28), (3, 32, 32), (1, 8, 8))
"""Of MNIST's, CIFAR's and the digits' images: a network is tried on the first that it takes."""

CLASSES = 10


@dataclass(frozen=True)
class CheckResult:
    """What was asked, what was found in words, and a sentence where it is not as it should be."""

    law: str
    words: str = "ok"
    fault: str | None = None


Check = Callable[[], str | None]
"""What was found where all is well (`None`: nothing to tell); raises what is wrong."""


class BrokenLawError(Exception):
    """What a check found wrong, as a sentence."""


def judged(checks: Iterator[tuple[str, Check]]) -> list[CheckResult]:
    """Each check in turn; after the first that fails the others are not tried."""
    found: list[CheckResult] = []
    law = "can be tried"  # what stands between the checks may fail as well
    try:
        for law, check in checks:
            found.append(CheckResult(law, check() or "ok"))
            law = "can be tried further"
    except BrokenLawError as error:
        found.append(CheckResult(law, "failed", str(error)))
    except BaseException as error:
        pass_on_orders(error)
        found.append(CheckResult(law, "failed", in_one_line(error)))
    return found


def network_checks(network: Architecture) -> Iterator[tuple[str, Check]]:
    """A network is a value with a key, is built alike each time, and keeps its function."""
    yield "has a key", lambda: key(network) and None
    shape = _shape_of(network)
    module = network.build(shape, CLASSES).eval()
    yield "builds alike each time", lambda: _same(tensors(module), network, shape)
    yield "gives logits", lambda: _logits(network, shape)
    symmetry = trace(module, torch.zeros(2, *shape))
    yield "is traced", lambda: _units(symmetry.groups())
    net = Network(module.double(), alive(module, 1), symmetry)
    yield "is the same with its units reordered", lambda: _equivalent(net, shape)


def dataset_checks(name: str, source: Callable[[], Dataset]) -> Iterator[tuple[str, Check]]:
    """A data set loads, is called as its function is, and is the same each time."""
    first = source()
    yield "is a Dataset", lambda: _size(first)
    yield (
        "is called as its function",
        lambda: _wanted(first.name == name, f"it calls itself {first.name!r}; call it {name!r}"),
    )
    yield "labels are classes", lambda: _labels(first)
    yield (
        "is the same each time",
        lambda: _wanted(
            digest_of_pixels(first) == digest_of_pixels(source()),
            "made twice it has other pixels or labels: draw from a generator with a fixed seed",
        ),
    )


def finish_checks(finish: Finish) -> Iterator[tuple[str, Check]]:
    """A finish keeps the form, gives the same each time, and changes nothing that it is handed."""
    yield "has a key", lambda: key(finish) and None
    merge = _merge()
    if reason := reason_against(finish, merge.context):
        yield "suits a perceptron", lambda: f"skipped: {reason}"
        return
    before, found = _state(merge), list[Params]()
    yield "keeps the form", lambda: found.append(applied(finish, merge).params)
    (first,) = found
    yield (
        "is finite",
        lambda: _wanted(
            all(bool(v.isfinite().all()) for v in first.values()), "not all it returns is finite"
        ),
    )
    yield (
        "is the same each time",
        lambda: _wanted(
            _equal(first, finish.apply(merge).params),
            "applied twice it gives two results: draw from the seed of the context",
        ),
    )
    after = _state(merge)
    yield (
        "changes nothing",
        lambda: _wanted(before == after, "it changed what it was handed: work on copies"),
    )


def recipe_checks(own: Recipe) -> Iterator[tuple[str, Check]]:
    """A recipe trains: a perceptron for one epoch on a few digits stays finite, and moves."""
    yield "has a key", lambda: key(own) and None
    one = replace(own, epochs=1)
    data = digits()
    samples = normalised(data, data.train, one).take(torch.arange(200))
    module = MLP((16,)).build(data.shape, data.classes)

    def trained(epochs: int) -> Params:
        return train(module, samples, one, seed=0, epochs=epochs)

    yield (
        "trains",
        lambda: _wanted(
            all(bool(v.isfinite().all()) for v in trained(1).values()), "the weights are not finite"
        ),
    )
    yield (
        "moves the weights",
        lambda: _wanted(
            not _equal(trained(0), trained(1)), "after an epoch the weights are what they were"
        ),
    )


def _shape_of(network: Architecture) -> tuple[int, int, int]:
    """The first of `SHAPES` whose images the network takes; raises why it takes not the last."""
    *some, last = SHAPES
    for shape in some:
        with suppress(Exception):
            network.build(shape, CLASSES).eval()(torch.zeros(2, *shape))
            return shape
    network.build(last, CLASSES).eval()(torch.zeros(2, *last))
    return last


def _wanted(fits: bool, fault: str) -> None:
    if not fits:
        raise BrokenLawError(fault)


def _same(first: Params, network: Architecture, shape: tuple[int, int, int]) -> None:
    before = torch.random.get_rng_state()
    again = tensors(network.build(shape, CLASSES))
    _wanted(
        torch.equal(before, torch.random.get_rng_state()),
        "building it draws from the global random stream: override `layers`, not `build`",
    )
    _wanted(_equal(first, again), "built twice it has other weights: draw no numbers elsewhere")


def _logits(network: Architecture, shape: tuple[int, int, int]) -> str:
    outputs = network.build(shape, 7).eval()(torch.zeros(3, *shape))
    found = tuple(outputs.shape)
    _wanted(found == (3, 7), f"3 images and 7 classes give {found}, not (3, 7)")
    return "x".join(map(str, shape))


def _units(groups: dict[str, int]) -> str:
    fault = "no unit may move: `explain(trace(...))` says which operators pin them"
    _wanted(bool(groups), fault)
    return f"{sum(groups.values())} units"


def _equivalent(net: Network, shape: tuple[int, int, int]) -> str:
    draw = torch.Generator().manual_seed(3)
    images = torch.randn(16, *shape, generator=draw, dtype=torch.float64)
    moved, _ = shuffled(net)
    change = change_of_outputs([(net, moved.params)], [images])
    name = type(net.module).__name__
    expected = in_highest(lambda kind: net(images, in_precision(net.params, kind)), name)
    dead = bool((expected - expected[:1]).abs().max() == 0)
    _wanted(not dead, "its outputs are the same for all images")
    fault = f"reordering its units changes the outputs by {change.error:.0e}"
    _wanted(change.is_rounding, fault)
    return f"{change.error:.0e}"


def _size(found: object) -> str:
    if not isinstance(found, Dataset):
        raise BrokenLawError(f"it returned {type(found).__name__}, not a Dataset")
    shape = "x".join(map(str, found.shape))
    return f"{len(found.train)} + {len(found.test)} images of {shape}"


def _labels(found: Dataset) -> str:
    for part, images in (("training", found.train), ("test", found.test)):
        low, high = int(images.labels.min()), int(images.labels.max())
        _wanted(low >= 0, f"a {part} label is {low}; labels are numbers from 0")
        _wanted(high < found.classes, f"a {part} label is {high}, of {found.classes} classes")
    present = int(found.train.labels.unique().numel())
    _wanted(present > 1, "all training images are of one class")
    return f"{present} of {found.classes} classes"


@cache
def _trained() -> tuple[Network, Network, Normalised, Recipe]:
    short = replace(recipe("digits-short"), epochs=1)
    data = digits()
    samples = normalised(data, data.train, short).take(torch.arange(400))
    module = MLP((16, 16), norm="batch").build(data.shape, data.classes)
    params = [train(module, samples, short, seed=seed) for seed in (0, 1)]
    symmetry = trace(module.eval(), torch.zeros(2, *data.shape))
    a, b = (Network(module, p, symmetry) for p in params)
    return a, b, samples, short


def _merge() -> Merge:
    """Two short-trained perceptrons with batch norm, averaged as they are."""
    a, b, samples, short = _trained()
    context = MergeContext(Problem((a, b), samples, 0), Alignment(({}, {})), samples, short, 5)
    return Merge(weighted_mean((a.params, b.params), (0.5, 0.5)), (0.5, 0.5), context)


def _state(merge: Merge) -> dict[str, object]:
    """All that a finish could change, in words, and a digest of it."""
    merge.context.samples[:1]  # images are normalised, all of them, when the first is asked for
    own: dict[str, object] = {f"merge {n}": digest(v) for n, v in merge.params.items()}
    return own | seals(merge.context.problem)


def _equal(a: Params, b: Params) -> bool:
    return a.keys() == b.keys() and all(torch.equal(v, b[n]) for n, v in a.items())
