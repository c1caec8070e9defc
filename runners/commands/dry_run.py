"""`basinbench run --dry-run`: what would be run, and about how long it would take."""

from collections.abc import Sequence
from dataclasses import asdict
from math import inf, isfinite, nan
from pathlib import Path

import torch

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...errors import UserError, printable
from ...results.facts import document
from ...standard_output import print_document
from ..cells.missing import missing_datasets
from ..cells.transfer import AnyCell, required_networks
from ..counting import counted
from ..errors import user_errors
from ..execution.durations import Durations
from ..execution.engine import Engine
from ..execution.estimates import Estimates
from ..execution.jobs import Training
from ..folders import shipped_results
from ..measuring.budget import Budget
from ..times import duration
from ..training.checkpoints import EndpointStore

MOST = 40
"""Networks and cells that are printed one by one."""


def dry_run(
    engine: Engine,
    home: Path,
    device: torch.device,
    cells: Sequence[AnyCell],
    again: bool,
    rerun_stale: bool,
    budget: Budget,
    workers: int,
    as_json: bool = False,
) -> int:
    """Print what is missing, about how long each of it takes, and all of it together; 0.

    Of long lists the first `MOST` lines; one JSON document has all, in seconds. Nothing is kept. A
    rate that no trained network tells is measured by a few steps of training.
    """
    missing = [cell for cell in cells if again or not engine.is_finished(cell, rerun_stale)]
    endpoints = list(dict.fromkeys(e for cell in missing for e in required_networks(cell)))
    untrained = [e for e in endpoints if not engine.is_trained(e)]
    absent = missing_datasets(missing)

    def data(name: str) -> Dataset:
        if name in absent:  # nobody tries to fetch it a second time
            raise UserError(absent[name])
        with user_errors():
            return load(name)

    expected = Estimates(data, EndpointStore(home), device, Durations(shipped_results()))
    expected.know(e for e in endpoints if e.dataset not in absent)
    wanted = set(missing)
    finished = {c: r for c in cells if c not in wanted and (r := engine.record(c))}
    said = expected.calibrate(finished)
    training = [expected.network(e) for e in untrained]
    measuring = [expected.cell(cell) for cell in missing]
    each = [(str(Training(e)), s) for e, s in zip(untrained, training, strict=True)]
    each += [(f"{c.dataset}, {c}", s) for c, s in zip(missing, measuring, strict=True)]
    whole = [seconds for _, seconds in each if isfinite(seconds)]
    fits = None
    if budget.left < inf and missing:
        trained = [e for e in endpoints if engine.is_trained(e)]
        fits = expected.fitting(missing, trained, budget.left, workers)
    if as_json:
        told = {"cells": len(cells), "missing": len(missing), "networks": len(untrained)}
        told |= {"seconds": sum(whole) / workers, "unknown": len(each) - len(whole)}
        told |= {"each": [{"what": what, "seconds": seconds} for what, seconds in each]}
        told |= {"fits": asdict(fits) if fits else None, "absent": list(absent.values())}
        print_document(document(told))
        return 0
    for what, seconds in each[:MOST]:
        print(printable(f"{what}: {_about(seconds)}"))
    if len(each) > MOST:
        print(f"and {len(each) - MOST:,} more, which --json lists")
    print(
        f"{len(missing)} of {counted(len(cells), 'cell')} would be run on "
        f"{counted(len(endpoints), 'network')}, {len(untrained)} of them to be trained"
    )
    if not missing:
        return 0
    for family, rate in expected.rates.items():
        low, high = (f"{find(rate.known.values()) / 1e9:.3g}" for find in (min, max))
        rates = low if low == high else f"{low} to {high}"
        print(printable(f"{family}: {rates} GFLOP/s, by {rate.says}"))
    if said:
        print(said)
    for reason in absent.values():
        print(printable(f"to be skipped: {reason}"))
    if fits:
        room = f"{counted(fits.networks, 'network')} and {counted(fits.cells, 'cell')}"
        print(f"the budget has room for {room}")
    unknown = len(each) - len(whole)
    together = _about(sum(whole) / workers if whole else nan)
    more = f"; nothing tells of {unknown:,} of these" if unknown and whole else ""
    print(f"estimate: together {together}, if nothing else runs here{more}")
    return 0


def _about(seconds: float) -> str:
    return f"about {duration(seconds)}" if isfinite(seconds) else "unknown"
