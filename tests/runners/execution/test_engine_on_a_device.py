"""A grid on any device: all of it runs there, and gives what it gives on the CPU."""

from pathlib import Path

import pytest
import torch
from tiny import CPU, cells

from basinbench.results.store import RecordStore
from basinbench.runners.execution.engine import Engine
from basinbench.runners.measuring.environment import device_name


@pytest.mark.slow
def test_every_cell_is_done_there_and_merges_as_well_as_on_the_cpu(
    tmp_path: Path, device: torch.device
):
    """Networks are trained on either, from one seed: alike, and not to the last bit."""
    found = {}
    for name, place in (("here", CPU), ("there", device)):
        tally = Engine(tmp_path / name, place).run(cells())
        assert (tally.done + tally.skipped, tally.failures) == (len(cells()), [])
        found[name] = {record.cell: record for record in RecordStore(tmp_path / name)}
    for key, there in found["there"].items():
        here = found["here"][key]
        assert there["status"] == here["status"]
        if there["status"] == "skipped":
            continue
        assert there["device"] == device_name(device)
        assert isinstance(there["align_cpu_seconds"], float)
        assert (there["align_device_seconds"] is not None) == (device.type == "cuda")
        for column in ("test_accuracy_mean", "test_accuracy_mid"):
            assert abs(float(there[column] or 0) - float(here[column] or 0)) < 0.1, (key, column)


@pytest.mark.slow
def test_networks_of_the_cpu_merge_on_any_device_to_the_same_numbers(
    tmp_path: Path, device: torch.device
):
    """The same endpoints, read from files: what is left is rounding."""
    Engine(tmp_path / "here", CPU).run(cells())
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "endpoints").symlink_to(tmp_path / "here" / "endpoints")
    Engine(tmp_path / "there", device).run(cells())
    there = {record.cell: record for record in RecordStore(tmp_path / "there")}
    for here in RecordStore(tmp_path / "here"):
        if here["finish"] == "retrain":
            continue
        for column in ("test_loss_mid", "train_loss_mid", "test_barrier_chord_loss"):
            expected, found = float(here[column] or 0), float(there[here.cell][column] or 0)
            assert found == pytest.approx(expected, rel=1e-3, abs=1e-4), (here.cell, column)
