"""Whether a method keeps the laws, on a few networks or on chosen ones."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import torch

from ..environment_variables import environment_kept
from ..errors import UserError
from ..methods.base import Method
from .errors import in_one_line
from .execution.apart import each_apart
from .interrupts import pass_on_orders
from .laws import LAWS, Law, LawResult
from .measuring.environment import float32
from .networks.alive import CPU
from .trials import Trial

LAW_NETWORKS = ("mlp", "vgg-bn", "resnet-bn", "resnet-ln", "heads")


Row = tuple[LawResult, ...]
"""What each law found on one network, in order."""


def check(
    method: Method,
    seconds: float,
    names: Sequence[str] = LAW_NETWORKS,
    laws: Sequence[Law] = LAWS,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> dict[Law, list[LawResult]]:
    """Law -> what it found on each of the networks `names`, in order, in `dtype` on `device`.

    They are tried as cells are measured, in full float32 where that is the type.
    """
    return _by_law(laws, rows(method, seconds, names, laws, dtype, device))


def check_apart(method: Method, seconds: float) -> dict[Law, list[LawResult]]:
    """As `check`, in a process of its own: what the method does to it is a fault it is told."""

    def failed(error: UserError) -> Row:
        return (LawResult("failed", str(error)), *(LawResult("failed") for _ in LAWS[1:]))

    work = partial(rows, method, seconds)
    return _by_law(LAWS, each_apart(LAW_NETWORKS, work, failed))


def rows(
    method: Method,
    seconds: float,
    names: Sequence[str],
    laws: Sequence[Law] = LAWS,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> Iterator[Row]:
    """What `check` finds, network by network."""
    for name in names:
        trial = Trial(method, name, seconds, dtype, device)
        with float32(), environment_kept():
            stop = _obstacle(trial)
            rest = LawResult(stop.words) if stop else None  # said once
            row = [(law is laws[0] and stop) or rest or _judged(law, trial) for law in laws]
        yield tuple(row)


def _by_law(laws: Sequence[Law], found: Iterable[Row]) -> dict[Law, list[LawResult]]:
    by_network = list(found)
    return {law: [row[i] for row in by_network] for i, law in enumerate(laws)}


def _obstacle(trial: Trial) -> LawResult | None:
    """What keeps all laws from being tried: a reason to skip, or a failing alignment."""
    try:
        if trial.method.skip(trial.problem):
            return LawResult("skipped")
        _ = trial.alignment
    except BaseException as error:
        pass_on_orders(error)
        return LawResult("failed", in_one_line(error))
    return None


def _judged(law: Law, trial: Trial) -> LawResult:
    try:
        return law.judge(trial)
    except BaseException as error:
        pass_on_orders(error)
        return LawResult("failed", in_one_line(error))
