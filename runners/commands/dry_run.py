"""`basinbench run --dry-run`: what would be run, and about how long it would take."""

from collections.abc import Sequence
from math import inf, isfinite
from pathlib import Path

import torch

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...errors import UserError, printable
from ..cells.missing import missing_datasets
from ..cells.transfer import AnyCell, required_networks
from ..errors import user_errors
from ..execution.durations import Durations
from ..execution.engine import Engine
from ..execution.estimates import Estimates
from ..execution.jobs import Training
from ..folders import shipped_results
from ..measuring.budget import Budget
from ..training.checkpoints import EndpointStore


def dry_run(
    engine: Engine,
    home: Path,
    device: torch.device,
    cells: Sequence[AnyCell],
    again: bool,
    rerun_stale: bool,
    budget: Budget,
    workers: int,
) -> int:
    """Print each network and cell that is missing, the seconds of each, and what fits; 0.

    Nothing is kept. A rate that no trained network tells is measured by a few steps of training.
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
    for endpoint, seconds in zip(untrained, training, strict=True):
        print(printable(f"{Training(endpoint)}: {_about(seconds)}"))
    for cell, seconds in zip(missing, measuring, strict=True):
        print(printable(f"{cell.dataset}, {cell}: {_about(seconds)}"))
    print(
        f"{len(missing)} of {len(cells)} cells would be run on {len(endpoints)} networks, "
        f"{len(untrained)} of them to be trained"
    )
    if not missing:
        return 0
    for family, rate in expected.rates.items():
        low, high = (f"{find(rate.known.values()) / 1e9:.3g}" for find in (min, max))
        rates = low if low == high else f"{low} to {high}"
        print(printable(f"{family}: {rates} GFLOP/s, by {rate.says}"))
    if said:
        print(said)
    whole = [seconds for seconds in (*training, *measuring) if isfinite(seconds)]
    unknown = len(training) + len(measuring) - len(whole)
    print(
        f"together {_about(sum(whole) / workers)}"
        + (f", and {unknown} of which nothing is known" if unknown else "")
    )
    for reason in absent.values():
        print(printable(f"to be skipped: {reason}"))
    if budget.left < inf:
        trained = [e for e in endpoints if engine.is_trained(e)]
        fits = expected.fitting(missing, trained, budget.left, workers)
        print(f"the budget has room for {fits.networks} networks and {fits.cells} cells")
    return 0


def _about(seconds: float) -> str:
    """`about 3 min`: one digit or two, in the unit that suits them."""
    if not isfinite(seconds):
        return "unknown"
    for size, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if seconds >= 2 * size:
            return (
                f"about {seconds / size:.2g} {unit}"
                if seconds < 100 * size
                else (f"about {seconds / size:.0f} {unit}")
            )
    return f"about {seconds:.1g} s"
