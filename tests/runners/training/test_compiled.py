"""Steps that are launched at once: the same training to rounding, and said where it was so."""

from pathlib import Path

import pytest
import torch
from tiny import CONVOLUTIONAL, CPU, PERCEPTRON, pair

from basinbench.datasets.catalogue import load
from basinbench.runners.networks import Architecture
from basinbench.runners.training.checkpoints import EndpointStore
from basinbench.runners.training.compiled import COMPILE, compiling, forward_of

FORMS = [PERCEPTRON, CONVOLUTIONAL]


def trained(form: Architecture, home: Path, device: torch.device) -> tuple[dict, dict]:
    """Parameters on the CPU, and the facts of the checkpoint."""
    data, (endpoint, _) = load("digits"), pair(form)
    store, module = EndpointStore(home), form.build(data.shape, data.classes)
    params = store.get(endpoint, module, endpoint.samples(data), device)
    return {name: value.cpu() for name, value in params.items()}, store.facts(endpoint)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=["perceptron", "convolutional"])
def test_compiled_steps_train_the_same_network(
    form: Architecture, tmp_path: Path, device: torch.device, monkeypatch: pytest.MonkeyPatch
):
    plain, told = trained(form, tmp_path / "plain", device)
    assert "compiled" not in told
    monkeypatch.setenv(COMPILE, "1")
    fast, told = trained(form, tmp_path / "fast", device)
    assert told["compiled"] == "yes"
    assert fast.keys() == plain.keys()
    bound = 1e-4 if device.type == "cpu" else 5e-2  # bfloat16, and other sums
    for name, value in plain.items():
        torch.testing.assert_close(fast[name], value, rtol=bound, atol=bound)


@pytest.mark.parametrize(("value", "on"), [("", False), ("0", False), ("1", True)])
def test_it_is_off_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, value: str, on: bool):
    monkeypatch.setenv(COMPILE, value)
    module = PERCEPTRON.build((1, 8, 8), 10)
    assert compiling() is on
    assert (forward_of(module, CPU) is not module) is on
