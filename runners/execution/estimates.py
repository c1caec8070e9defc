"""How long networks and cells would take that nobody has run: from their arithmetic and a rate.

Products and convolutions are counted (`torch.utils.flop_counter`), a multiplication and an addition
as two. What they take a second is told by networks that were trained here before, or measured by a
few steps. It is an estimate: of small networks most time goes elsewhere, so rates are taken at
several sizes, and what lies between two is read off between them.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from math import isfinite, nan
from statistics import median

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ...datasets.base import Dataset
from ...errors import UserError
from ...results.columns import SPLITS
from ...results.record import Record
from ..cells.merge import Cell
from ..cells.transfer import AnyCell
from ..counting import counted
from ..finishes import FromScratch, Retrain
from ..keys import kind_of
from ..measuring.environment import device_name
from ..measuring.workspace import TRAIN_IMAGES
from ..training.checkpoints import Endpoint, EndpointStore
from ..training.train import train
from .durations import Durations
from .jobs import Job, Training, jobs_of
from .schedule import Schedule

BACKWARD = 3
"""A step of training computes three times what an evaluation does: the gradient by the inputs and
that by the weights are as large as the forward pass."""


LONGEST_STEP = 1.0
"""Seconds: a network of which one step is expected to take longer is not tried."""

SECONDS, MOST_STEPS = 0.3, 10_000
"""So long steps of a network are measured in one try, and no more of them."""

TRIES = 3
"""Of these the fastest counts: what else a machine does only makes steps slower."""


@dataclass(frozen=True)
class Rate:
    """Products and convolutions a second of a family, and where they are known from.

    `known` has the rate by size: what one image takes. Both lie on scales of powers.
    """

    known: Mapping[float, float]
    says: str

    def at(self, size: float) -> float:
        """The rate of networks of this size; beyond those that are known, the nearest's.

        NaN where nothing is known: of networks without any products there is no rate.
        """
        known = sorted((s, rate) for s, rate in self.known.items() if s > 0 and rate > 0)
        if not known or not size > 0:
            return nan
        sizes, rates = np.log(known).T
        return float(np.exp(np.interp(np.log(size), sizes, rates)))


@dataclass(frozen=True)
class Fitting:
    """What a run that ends after some time would have finished."""

    networks: int
    cells: int


class Estimates:
    """Seconds of networks and cells on one device; NaN where nothing tells."""

    def __init__(
        self,
        load: Callable[[str], Dataset],
        store: EndpointStore,
        device: torch.device,
        durations: Durations,
    ):
        self._load = cache(load)
        self._images = cache(lambda e: len(e.samples(self._load(e.dataset))))
        self._store = store
        self._device = device
        self._durations = durations
        self._rates: dict[str, Rate] = {}
        self._scale = 1.0

    def know(self, endpoints: Iterable[Endpoint]) -> None:
        """Find the rates of each family: of its networks that are trained, else of a few steps."""
        families: dict[str, list[Endpoint]] = {}
        for endpoint in endpoints:
            if isfinite(self.training_flops(endpoint)):
                families.setdefault(self._family(endpoint), []).append(endpoint)
        for family, members in families.items():
            self._rates[family] = self._rate_of(members)

    def calibrate(self, records: Mapping[AnyCell, Record]) -> str:
        """Take the ratio of the times of finished cells to what was expected of them; in words."""
        here = device_name(self._device)
        pairs = [
            (float(record["cell_seconds"] or 0), expected)
            for cell, record in records.items()
            if record.status == "done"
            and record["device"] == here
            and (expected := self._expected(cell)) > 0
        ]
        if not pairs:
            return ""
        self._scale = sum(took for took, _ in pairs) / sum(expected for _, expected in pairs)
        found = counted(len(pairs), "finished cell")
        return f"{found} took {self._scale:.2g} times what was expected"

    @property
    def rates(self) -> Mapping[str, Rate]:
        """By family of networks, and by number format of their training."""
        return self._rates

    def training_flops(self, endpoint: Endpoint) -> float:
        """All that training computes; NaN where the data or the network cannot be had."""
        try:
            images = self._images(replace(endpoint, seed=0))
        except UserError:
            return nan
        return BACKWARD * self._forward(endpoint) * images * endpoint.recipe.epochs

    def network(self, endpoint: Endpoint) -> float:
        """Seconds to train one network; none for one that somebody else has trained."""
        if endpoint.file is not None:
            return 0.0
        return self._seconds(endpoint, self.training_flops(endpoint))

    def cell(self, cell: AnyCell) -> float:
        """Seconds of one cell, the training of its networks left out."""
        return self._scale * self._expected(cell)

    def job(self, job: Job) -> float:
        """Seconds of all that it does; what is not known counts as nothing."""
        if isinstance(job, Training):
            found = [self.network(job.endpoint)]
        else:
            found = [self.cell(cell) for cell in job.cells]
        return sum(seconds for seconds in found if isfinite(seconds))

    def fitting(
        self, cells: Sequence[AnyCell], trained: Iterable[Endpoint], budget: float, workers: int = 1
    ) -> Fitting:
        """What is finished when the `budget` (seconds) is spent, in the order of a run."""
        schedule = Schedule(jobs_of(cells), trained, self.job)
        spent, networks, done = 0.0, 0, 0
        at_hand: tuple[Endpoint, ...] = ()
        while (job := schedule.next([at_hand])) is not None:
            spent += self.job(job) / workers
            if spent > budget:
                break
            if isinstance(job, Training):
                networks += 1
                schedule.settle(job.endpoint)
            else:
                done += len(job.cells)
                at_hand = job.needs
                schedule.done(job)
        return Fitting(networks, done)

    def _expected(self, cell: AnyCell) -> float:
        """Before it is held against finished cells."""
        aligning = self._durations.alignment(cell)
        if not isinstance(cell, Cell):
            return aligning
        try:
            data = self._load(cell.dataset)
        except UserError:
            return nan
        sizes = {split: len(data.images(split)) for split in SPLITS}
        images = sum(sizes.values()) - max(sizes["train"] - TRAIN_IMAGES, 0)
        first = cell.endpoints[0]
        flops = self._forward(first) * images * cell.points
        if isinstance(cell.finish, (Retrain, FromScratch)):
            flops += BACKWARD * self._forward(first) * sizes["train"] * cell.finish.epochs
        return aligning + self._seconds(first, flops)

    def _seconds(self, endpoint: Endpoint, flops: float) -> float:
        rate = self._rates.get(self._family(endpoint))
        if rate is None or not isfinite(flops):
            return nan
        return flops / rate.at(self._forward(endpoint))

    def _family(self, endpoint: Endpoint) -> str:
        """What has one rate: networks of a kind that are trained in one number format."""
        recipe = endpoint.recipe
        half = recipe.amp if self._device.type == "cuda" else recipe.cpu_amp
        return kind_of(endpoint.network) + (" in bfloat16" if half else "")

    def _forward(self, endpoint: Endpoint) -> float:
        """Of one image; NaN where the network cannot be built or run without memory."""
        return _forward_flops(replace(endpoint, seed=0), self._load(endpoint.dataset))

    def _rate_of(self, endpoints: Sequence[Endpoint]) -> Rate:
        """At the sizes that were trained here, and at larger ones as far as steps are short."""
        trained = [e for e in endpoints if self._was_trained_here(e)]
        each: dict[float, list[float]] = {}
        for endpoint in trained:
            rate = self.training_flops(endpoint) / self._store.seconds(endpoint)
            each.setdefault(self._forward(endpoint), []).append(rate)
        known = {size: median(rates) for size, rates in each.items()}
        tried: list[str] = []
        while endpoint := self._next_size(endpoints, known):
            known[self._forward(endpoint)] = self._measured_rate(endpoint)
            tried.append(endpoint.network.name)
        says = [f"{counted(len(trained), 'network')} trained here"] * bool(trained)
        return Rate(known, " and ".join(says + [f"steps of {', '.join(tried)}"] * bool(tried)))

    def _next_size(
        self, endpoints: Sequence[Endpoint], known: Mapping[float, float]
    ) -> Endpoint | None:
        """The smallest, then the largest of twice the size whose step by the last rate is short."""
        if not known:
            return min(endpoints, key=self._forward)
        size = max(known)
        allowed = LONGEST_STEP * known[size] / BACKWARD
        larger = (
            e for e in endpoints if max(2 * size, 1) <= self._forward(e) <= allowed / e.recipe.batch
        )
        return max(larger, key=self._forward, default=None)

    def _was_trained_here(self, endpoint: Endpoint) -> bool:
        """On such a device as this one."""
        if endpoint.file is not None or not self._store.path(endpoint).exists():
            return False
        facts = self._store.facts(endpoint)
        return facts["device"] == self._kept_device and float(facts["seconds"]) > 0

    @cached_property
    def _kept_device(self) -> str:
        """As checkpoints call it."""
        return device_name(self._device) if self._device.type == "cuda" else self._device.type

    def _measured_rate(self, endpoint: Endpoint) -> float:
        """From steps of training on one batch: the first prepares, the others are measured.

        They are those of its recipe: in its number format, with its augmentation and optimiser. NaN
        where no try has come to a second step.
        """
        seconds = [found for _ in range(TRIES) if isfinite(found := self._step_seconds(endpoint))]
        if not seconds:
            return nan
        batch = min(endpoint.recipe.batch, len(self._load(endpoint.dataset).train))
        return BACKWARD * self._forward(endpoint) * batch / min(seconds)

    def _step_seconds(self, endpoint: Endpoint) -> float:
        """Of one try, the median."""
        data = self._load(endpoint.dataset)
        batch = min(endpoint.recipe.batch, len(data.train))
        samples = endpoint.samples(data).take(torch.arange(batch)).to(self._device)
        module = endpoint.network.build(data.shape, data.classes)
        ends: list[float] = []

        def on_epoch(epoch: int, epochs: int, loss: float) -> None:
            del epoch, epochs, loss  # an epoch is a step
            ends.append(time.perf_counter())
            if len(ends) > 1 and ends[-1] - ends[0] > SECONDS:
                raise _EnoughStepsError

        with suppress(
            _EnoughStepsError, RuntimeError
        ):  # one that diverges was measured up to there
            train(module, samples, endpoint.recipe, 0, epochs=MOST_STEPS, on_epoch=on_epoch)
        seconds = [after - before for before, after in pairwise(ends)]
        return median(seconds) if seconds else nan


class _EnoughStepsError(Exception):
    """Training that goes on for no other reason than to be measured ends."""


@cache
def _forward_flops(endpoint: Endpoint, data: Dataset) -> float:
    x, _ = endpoint.samples(data).take(torch.arange(1))[torch.arange(1)]
    try:
        with torch.device("meta"):  # shapes alone: no network is too large to be counted
            module = endpoint.network.build(data.shape, data.classes).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(x.to("meta"))
    except (RuntimeError, NotImplementedError):
        return nan
    return float(counter.get_total_flops())
