"""Several runners on one home: each cell is measured once, and nobody waits for a dead one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tiny import CPU, PERCEPTRON, cells, lasting

from basinbench.results.store import RecordStore
from basinbench.runners.execution.claims import Claims
from basinbench.runners.execution.engine import Engine
from basinbench.runners.execution.jobs import Training, jobs_of

SUPPORT = Path(__file__).parents[2] / "support"

RUNNER = """
import json, sys
from pathlib import Path
import torch
from tiny import CPU, cells
from basinbench.runners.execution.engine import Engine
torch.set_num_threads(1)
tally = Engine(Path(sys.argv[1]), CPU).run(cells())
print(json.dumps([tally.done, tally.skipped, tally.elsewhere, tally.kept, len(tally.failures)]))
"""


def runner(home: Path) -> subprocess.Popen:
    path = os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_three_runners_do_each_cell_once_and_one_that_is_killed_is_not_waited_for(tmp_path: Path):
    Engine(tmp_path / "alone", CPU).run(cells())
    home = tmp_path / "home"
    several = [runner(home) for _ in range(4)]
    while len(list((home / "cells").glob("*.json"))) < 2:
        time.sleep(0.01)
    several[0].send_signal(signal.SIGKILL)
    said = [process.communicate(timeout=120)[0] for process in several]
    tallies = [json.loads(text) for text in said[1:]]
    assert [process.returncode for process in several] == [-signal.SIGKILL, 0, 0, 0]
    assert lasting(home) == lasting(tmp_path / "alone")
    assert not list((home / "claims").iterdir())
    for done, skipped, elsewhere, kept, failed in tallies:
        assert done + skipped + elsewhere + kept == len(cells())
        assert failed == 0
    # What the one that was killed has measured counts for none of them.
    assert sum(done + skipped for done, skipped, *_ in tallies) <= len(cells())


@pytest.mark.usefixtures("one_thread")
def test_what_another_runner_is_at_is_left_to_it_and_taken_over_when_it_lets_go(tmp_path: Path):
    some = cells(networks=(PERCEPTRON,))
    first, second = jobs_of(some)
    with Claims(tmp_path) as theirs:
        for endpoint in first.needs:
            assert theirs.take(Training(endpoint).claim)
        seen = []

        def let_go() -> None:
            time.sleep(1)
            seen.append(len(list(RecordStore(tmp_path))))
            for endpoint in first.needs:
                theirs.release(Training(endpoint).claim)

        thread = threading.Thread(target=let_go)
        thread.start()
        tally = Engine(tmp_path, CPU).run(some)
        thread.join()
    assert seen == [0]
    assert tally.done + tally.skipped == len(some)
    assert second.needs == first.needs


def test_a_claim_is_one_runners_until_it_is_given_back(tmp_path: Path):
    with Claims(tmp_path) as ours, Claims(tmp_path) as theirs:
        assert ours.take("job")
        assert not theirs.take("job")
        assert theirs.take("other")
        ours.release("job")
        assert theirs.take("job")
    with Claims(tmp_path) as later:
        assert later.take("job")
        assert later.take("other")
