"""A finish that changes what it is handed fails its own cell, by its own name, and no other."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from tiny import CPU, PERCEPTRON, cells, lasting

from basinbench.methods import Identity, OTFusionWeights
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Finish, Finished, Merge, Nothing, TemperatureScaling

pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass(frozen=True)
class Shrinking(Finish):
    """Writes into the networks' weights, and may break off."""

    name: ClassVar[str] = "shrinking"

    breaks: bool = False

    def apply(self, merge: Merge) -> Finished:
        for network in merge.context.problem.networks:
            for value in network.params.values():
                value.detach().mul_(0.5)
        if self.breaks:
            raise ZeroDivisionError
        return Finished(merge.params)


@dataclass(frozen=True)
class Forgetting(Finish):
    """Gives no tensors at all."""

    name: ClassVar[str] = "forgetting"

    def apply(self, merge: Merge) -> Finished:
        del merge
        return Finished({})


def test_a_finish_that_changes_networks_fails_alone(tmp_path: Path):
    methods, good = (Identity(), OTFusionWeights()), (Nothing(), TemperatureScaling())
    Engine(tmp_path / "alone", CPU).run(cells(methods, good, (PERCEPTRON,)))
    finishes = (Shrinking(), good[0], Forgetting(), Shrinking(breaks=True), good[1])
    tally = Engine(tmp_path / "home", CPU).run(cells(methods, finishes, (PERCEPTRON,)))
    reasons = [(cell.method.name, cell.finish.name, reason) for cell, reason in tally.failures]
    assert len(reasons) == 6
    for method, finish, reason in reasons:
        who = "the finish" if method == "identity" else "the method or its finish"
        if finish == "shrinking":
            assert reason.startswith(f"{who} changed 'hidden.0.weight' of network 0, which others")
        else:
            assert reason.startswith("the finished parameters lack")
    found, wanted = lasting(tmp_path / "home"), lasting(tmp_path / "alone")
    assert {key: found[key] for key in wanted} == wanted
