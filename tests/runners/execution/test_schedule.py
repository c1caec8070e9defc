"""What is next: networks once, cells when theirs are there, whole rows first."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tiny import CONVOLUTIONAL, PERCEPTRON, cells, pair

from basinbench.methods.baselines import Identity
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.jobs import Job, Measuring, Training, jobs_of
from basinbench.runners.execution.schedule import Schedule
from basinbench.runners.finishes import Nothing

SEVERAL = [
    Cell(tuple(pair(network, 0, seeds)), method, Nothing(), points=3)
    for network in (PERCEPTRON, CONVOLUTIONAL)
    for seeds in ((0, 1), (1, 2), (3, 4))
    for method in (Identity(), WeightMatching())
]


@given(st.randoms(use_true_random=False), st.integers(1, 20))
def test_every_job_comes_once_and_none_before_its_networks(draw: Random, capacity: int):
    jobs = jobs_of(SEVERAL)
    schedule = Schedule(jobs, ())
    running: list[Job] = []
    done: list[Job] = []
    while True:
        while len(running) < capacity and (job := schedule.next()) is not None:
            running.append(job)
        if not running:
            break
        job = running.pop(draw.randrange(len(running)))
        done.append(job)
        if isinstance(job, Training):
            schedule.settle(job.endpoint)
    trained = [job.endpoint for job in done if isinstance(job, Training)]
    assert len(trained) == len(set(trained)) == 10
    assert {id(job) for job in done if isinstance(job, Measuring)} == {id(job) for job in jobs}
    assert len(done) == len(trained) + len(jobs)
    for place, job in enumerate(done):
        if isinstance(job, Measuring):
            before = {other.endpoint for other in done[:place] if isinstance(other, Training)}
            assert before.issuperset(job.needs)


def test_of_what_can_be_done_the_first_networks_come_first_and_of_theirs_the_longest():
    jobs = jobs_of(SEVERAL)
    schedule = Schedule(
        jobs, {e for job in jobs for e in job.needs}, lambda job: len(job.cells[0].method.name)
    )
    order = [schedule.next() for _ in jobs]
    assert schedule.next() is None
    networks = [job.needs for job in order if isinstance(job, Measuring)]
    assert networks == [job.needs for job in jobs]
    methods = [job.cells[0].method.name for job in order if isinstance(job, Measuring)]
    assert methods == ["weight-matching", "identity"] * 6


def test_what_is_put_back_is_next():
    schedule = Schedule(jobs_of(cells()), ())
    first = schedule.next()
    assert isinstance(first, Training)
    schedule.put_back(first)
    assert schedule.next() is first
