"""What is next: the jobs of a run, those that can be done and those that wait for networks."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable

from ..training.checkpoints import Endpoint
from .jobs import Job, Measuring, Training

Networks = tuple[Endpoint, ...]


class Schedule:
    """The jobs that are left; a job that is given out is no longer among them.

    Whoever is free goes on with the networks that they have at hand, whose evaluation costs seconds
    to minutes; else they take the first networks that nobody is at, so that a run that ends early
    has whole rows to show; else they train a network, each once, in the order in which they are
    needed; else they help with the networks that have most left to do. Of the jobs on the same
    networks the longest come first, as far as `seconds` knows, so that no long one is left to the
    end.
    """

    def __init__(
        self,
        jobs: Iterable[Measuring],
        settled: Iterable[Endpoint],
        seconds: Callable[[Measuring], float] | None = None,
    ):
        self._seconds = seconds or (lambda _: 0.0)
        self._settled = set(settled)
        self._missing: dict[Networks, int] = {}
        self._waiting: dict[Endpoint, list[Networks]] = defaultdict(list)
        self._left: dict[Networks, list[tuple[float, int, Measuring]]] = {}
        self._ready: dict[Networks, None] = {}  # in order, as a set has none
        self._busy: dict[Networks, int] = defaultdict(int)
        self._first: deque[Job] = deque()
        self._untrained: deque[Training] = deque()
        for place, job in enumerate(jobs):
            if job.needs not in self._left:
                self._left[job.needs] = []
                self._expect(job.needs)
            self._left[job.needs].append((-self._seconds(job), place, job))
        for found in self._left.values():
            heapq.heapify(found)

    def next(self, at_hand: Collection[Networks] = ()) -> Job | None:
        """What to begin now; `None` where all that is left waits for networks under way.

        `at_hand` are the networks of those who are free.
        """
        if self._first:
            return self._given(self._first.popleft())
        if (mine := next((n for n in at_hand if n in self._ready), None)) is not None:
            return self._from(mine)
        if (fresh := next((n for n in self._ready if not self._busy[n]), None)) is not None:
            return self._from(fresh)
        while self._untrained:
            if (training := self._untrained.popleft()).endpoint not in self._settled:
                return training
        return self._from(max(self._ready, key=self._work)) if self._ready else None

    def settle(self, endpoint: Endpoint) -> None:
        """The network is trained, or cannot be: nobody waits for it any more."""
        self._settled.add(endpoint)
        for networks in self._waiting.pop(endpoint, ()):
            self._missing[networks] -= 1
            if not self._missing[networks]:
                self._ready[networks] = None

    def done(self, job: Job) -> None:
        """Nobody is at the job any more."""
        if isinstance(job, Measuring):
            self._busy[job.needs] -= 1

    def put_back(self, job: Job) -> None:
        """It is to be done once more, before all others."""
        self._first.appendleft(job)

    def _expect(self, networks: Networks) -> None:
        needs = [e for e in networks if e not in self._settled]
        self._missing[networks] = len(needs)
        for endpoint in needs:
            if endpoint not in self._waiting:
                self._untrained.append(Training(endpoint))
            self._waiting[endpoint].append(networks)
        if not needs:
            self._ready[networks] = None

    def _from(self, networks: Networks) -> Job:
        _, _, job = heapq.heappop(self._left[networks])
        if not self._left[networks]:
            del self._ready[networks]
        return self._given(job)

    def _given(self, job: Job) -> Job:
        if isinstance(job, Measuring):
            self._busy[job.needs] += 1
        return job

    def _work(self, networks: Networks) -> float:
        """Seconds of what is left on these networks; where none is known, the number of jobs."""
        left = self._left[networks]
        return -sum(seconds for seconds, _, _ in left) or float(len(left))
