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
        schedule.done(job)
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


def named(job: Job | None) -> str:
    assert isinstance(job, Measuring)
    return job.cells[0].method.name


def ready(jobs: list[Measuring]) -> Schedule:
    """One whose networks are all there, and that knows what takes long."""
    return Schedule(jobs, {e for job in jobs for e in job.needs}, lambda job: len(named(job)))


def test_one_alone_does_the_first_networks_first_and_of_theirs_the_longest():
    jobs = jobs_of(SEVERAL)
    schedule, order, at_hand = ready(jobs), [], ()
    while (job := schedule.next([at_hand])) is not None:
        assert isinstance(job, Measuring)
        at_hand = job.needs
        order.append(job)
        schedule.done(job)
    assert [job.needs for job in order] == [job.needs for job in jobs]
    assert [named(job) for job in order] == ["weight-matching", "identity"] * 6


def test_several_begin_with_networks_of_their_own_and_help_each_other_at_the_end():
    jobs = jobs_of(SEVERAL[:6])  # two methods on three pairs
    schedule = ready(jobs)
    three = [schedule.next() for _ in range(3)]
    assert [job.needs for job in three if isinstance(job, Measuring)] == [
        jobs[0].needs,
        jobs[2].needs,
        jobs[4].needs,
    ]
    assert {named(job) for job in three} == {"weight-matching"}
    second = three[1]
    assert isinstance(second, Measuring)
    schedule.done(second)
    own = schedule.next([second.needs])
    assert isinstance(own, Measuring)
    assert (own.needs, named(own)) == (second.needs, "identity")
    schedule.done(own)
    helped = schedule.next([second.needs])  # nothing is left on these
    assert isinstance(helped, Measuring)
    assert helped.needs in (jobs[0].needs, jobs[4].needs)


def test_a_network_is_trained_before_others_are_helped():
    measurable, other = jobs_of(SEVERAL[:2]), jobs_of(SEVERAL[4:5])
    schedule = Schedule([*measurable, *other], measurable[0].needs)
    first, second = schedule.next(), schedule.next()
    assert isinstance(first, Measuring)
    assert isinstance(second, Training)
    assert second.endpoint in other[0].needs


def test_what_is_put_back_is_next():
    schedule = Schedule(jobs_of(cells()), ())
    first = schedule.next()
    assert isinstance(first, Training)
    schedule.put_back(first)
    assert schedule.next() is first
