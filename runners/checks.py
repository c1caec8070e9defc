"""Whether a method keeps the laws, on a few networks or on chosen ones."""

from collections.abc import Sequence

import torch

from ..methods.base import Method
from .errors import in_one_line
from .laws import LAWS, Law, LawResult
from .measuring.environment import float32
from .networks.alive import CPU
from .trials import Trial

LAW_NETWORKS = ("mlp", "vgg-bn", "resnet-bn", "resnet-ln", "heads")


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
    found: dict[Law, list[LawResult]] = {law: [] for law in laws}
    for name in names:
        trial = Trial(method, name, seconds, dtype, device)
        with float32():
            stop = _obstacle(trial)
            for law in laws:
                found[law].append(stop or _judged(law, trial))
                stop = stop and LawResult(stop.words)  # said once
    return found


def _obstacle(trial: Trial) -> LawResult | None:
    """What keeps all laws from being tried: a reason to skip, or a failing alignment."""
    try:
        if trial.method.skip(trial.problem):
            return LawResult("skipped")
        _ = trial.alignment
    except (Exception, SystemExit) as error:
        return LawResult("failed", in_one_line(error))
    return None


def _judged(law: Law, trial: Trial) -> LawResult:
    try:
        return law.judge(trial)
    except (Exception, SystemExit) as error:
        return LawResult("failed", in_one_line(error))
