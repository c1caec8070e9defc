"""All that runs on a device, on one that is pretended: nothing is left behind on the CPU."""

from itertools import product
from pathlib import Path

import pytest
import torch
from cheaper_methods import CHEAPER
from pretended_device import CPU, THERE, pretended
from tiny import cells

from basinbench.methods.plugins.catalogue import built_in
from basinbench.results.store import RecordStore
from basinbench.runners.execution.engine import Engine
from basinbench.runners.trials import Trial, moved_to


@pytest.mark.parametrize(
    "mixed",
    [
        lambda x: x + torch.ones(3),
        lambda x: torch.ones(3, 3) @ x,
        lambda x: x.index_select(0, torch.arange(2)),
        lambda x: torch.ones(3)[x.long()],
        lambda x: torch.cat([x, torch.ones(3)]),
        lambda x: x.add_(torch.ones(3)),
        lambda x: torch.where(torch.ones(3) > 0, x, x),
        lambda x: torch.nn.functional.linear(x, torch.ones(2, 3)),
    ],
)
def test_operands_of_two_devices_are_refused(mixed):
    with pretended(), pytest.raises(RuntimeError, match="same device"):
        mixed(torch.ones(3, device=THERE))


def test_what_a_device_refuses_else_is_refused_and_what_it_takes_is_taken():
    with pretended():
        x = torch.arange(3.0, device=THERE)
        with pytest.raises(TypeError, match="numpy"):
            x.numpy()
        with pytest.raises(RuntimeError, match="generator"):
            torch.randn(3, device=THERE, generator=torch.Generator())
        assert torch.randn(3, device=THERE, generator=torch.Generator(THERE)).device == THERE
        assert (2 * x + torch.tensor(1.0)).tolist() == [1.0, 3.0, 5.0]
        assert x[torch.tensor([2, 0])].tolist() == [2.0, 0.0]
        assert x.cpu().numpy().tolist() == [0.0, 1.0, 2.0]
        assert x.to("cpu").device == CPU
        assert x.to(CPU).to(x).device == THERE
        assert torch.zeros(3).copy_(x).device == CPU
        weight = torch.ones(3, requires_grad=True)
        (weight.to(THERE) * x).sum().backward()
        assert weight.grad is not None
        assert weight.grad.tolist() == [0.0, 1.0, 2.0]


NESTED = ("weight-matching", "activation-matching", "zipit")
"""Methods tried on units within others too: one by weights, one by images, one that mixes."""


@pytest.mark.parametrize(
    ("name", "network"),
    [*product(built_in(), ("mlp", "vgg-bn")), *((name, "heads") for name in NESTED)],
)
def test_every_method_stays_on_the_device_and_finds_what_it_finds_on_the_cpu(
    name: str, network: str
):
    method = CHEAPER.get(name) or built_in()[name]()
    trial = Trial(method, network, 60, torch.float32)
    if reason := method.skip(trial.problem):
        pytest.skip(reason)
    here = method.merge(trial.problem, method.align(trial.problem), [0.5, 0.5])
    with pretended() as device:
        problem = moved_to(trial.problem, device)
        there = method.merge(problem, method.align(problem), [0.5, 0.5])
        assert {value.device for value in there.values()} == {device}
        for tensor, value in here.items():
            torch.testing.assert_close(there[tensor].cpu(), value)


@pytest.mark.slow
def test_a_grid_is_trained_merged_and_measured_there_to_the_same_numbers(tmp_path: Path):
    Engine(tmp_path / "here", CPU).run(cells())
    with pretended() as device:
        tally = Engine(tmp_path / "there", device).run(cells())
    assert (tally.done + tally.skipped, tally.failures) == (len(cells()), [])
    there = {record.cell: record for record in RecordStore(tmp_path / "there")}
    for here in RecordStore(tmp_path / "here"):
        found = there[here.cell]
        assert (found["status"], found["device"]) == (here["status"], "pretended")
        for column in ("test_accuracy_mean", "test_loss_mid", "test_barrier_chord_loss"):
            assert found[column] == pytest.approx(here[column]), (here.cell, column)
