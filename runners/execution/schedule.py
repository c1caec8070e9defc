"""What is next: the jobs of a run, those that can be done and those that wait for networks."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence

from ..training.checkpoints import Endpoint
from .jobs import Job, Measuring, Training


class Schedule:
    """The jobs that are left; a job that is given out is no longer among them.

    Of what can be measured the networks that come first do, so that a run that ends early has
    whole rows to show and what is at hand of a network is used while it is; of those on the same
    networks the longest first, as far as `seconds` knows, so that no long one is left to the end.
    A network is trained where nothing can be measured, each once, in the order in which they are
    needed. Finding the next takes the logarithm of the number of jobs.
    """

    def __init__(
        self,
        jobs: Iterable[Measuring],
        settled: Iterable[Endpoint],
        seconds: Callable[[Measuring], float] | None = None,
    ):
        self._seconds = seconds or (lambda _: 0.0)
        self._settled = set(settled)
        self._missing: dict[int, int] = {}
        self._waiting: dict[Endpoint, list[tuple[int, Measuring]]] = defaultdict(list)
        self._ready: list[tuple[tuple[int, float, int], Measuring]] = []
        self._untrained: deque[Training] = deque()
        groups: dict[Sequence[Endpoint], int] = {}
        self._group: dict[int, int] = {}
        for place, job in enumerate(jobs):
            self._group[place] = groups.setdefault(job.needs, len(groups))
            needs = [e for e in job.needs if e not in self._settled]
            self._missing[place] = len(needs)
            for endpoint in needs:
                if endpoint not in self._waiting:
                    self._untrained.append(Training(endpoint))
                self._waiting[endpoint].append((place, job))
            if not needs:
                self._push(place, job)

    def next(self) -> Job | None:
        """What to begin now; `None` where all that is left waits for networks under way."""
        if self._ready:
            return heapq.heappop(self._ready)[1]
        while self._untrained:
            job = self._untrained.popleft()
            if job.endpoint not in self._settled:
                return job
        return None

    def settle(self, endpoint: Endpoint) -> None:
        """The network is trained, or cannot be: nobody waits for it any more."""
        self._settled.add(endpoint)
        for place, job in self._waiting.pop(endpoint, ()):
            self._missing[place] -= 1
            if not self._missing[place]:
                self._push(place, job)

    def put_back(self, job: Job) -> None:
        """It is to be done once more, before all others."""
        if isinstance(job, Training):
            self._untrained.appendleft(job)
        else:
            heapq.heappush(self._ready, ((-1, 0.0, len(self._ready)), job))

    def _push(self, place: int, job: Measuring) -> None:
        rank = (self._group[place], -self._seconds(job), place)
        heapq.heappush(self._ready, (rank, job))
