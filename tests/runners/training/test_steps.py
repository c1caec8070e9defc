"""Steps that are launched at once: the same training to rounding, and said how they were."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from console import command
from tiny import CONVOLUTIONAL, PERCEPTRON, pair

from basinbench.datasets.catalogue import load
from basinbench.errors import UserError
from basinbench.runners.networks import Architecture, ResNet20
from basinbench.runners.training.checkpoints import EndpointStore
from basinbench.runners.training.steps import STEPS, launch

DEEP = ResNet20(0.25, "batch")
# To trace the deep one takes a CPU half a minute, and shows nothing that the other two do not.
WAYS = [
    *(("captured", form) for form in (PERCEPTRON, CONVOLUTIONAL, DEEP)),
    *(("compiled", form) for form in (PERCEPTRON, CONVOLUTIONAL)),
]


def trained(form: Architecture, home: Path, device: torch.device) -> tuple[dict, dict]:
    """Parameters, and the facts of the checkpoint; trained in float32, where rounding is small."""
    data, (endpoint, _) = load("digits"), pair(form)
    endpoint = replace(endpoint, recipe=replace(endpoint.recipe, amp=False))
    store, module = EndpointStore(home), form.build(data.shape, data.classes)
    params = store.get(endpoint, module, endpoint.samples(data), device)
    return {name: value.cpu() for name, value in params.items()}, store.facts(endpoint)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "form"), WAYS, ids=[f"{how}-{form.name}" for how, form in WAYS])
def test_steps_launched_at_once_train_the_same_network(
    how: str,
    form: Architecture,
    tmp_path: Path,
    device: torch.device,
    monkeypatch: pytest.MonkeyPatch,
):
    """Its batches have two sizes: each is captured, or traced, for itself."""
    plain, told = trained(form, tmp_path / "plain", device)
    assert told["steps"] == "single"
    monkeypatch.setenv(STEPS, how)
    fast, told = trained(form, tmp_path / "fast", device)
    assert told["steps"] == how
    assert fast.keys() == plain.keys()
    bound = 1e-4 if device.type == "cpu" else 2e-2  # other sums, whose rounding Adam enlarges
    for name, value in plain.items():
        torch.testing.assert_close(fast[name], value, rtol=bound, atol=bound)


@pytest.mark.parametrize("value", ["", "single", "captured", "compiled"])
def test_operators_are_launched_one_by_one_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, value: str
):
    monkeypatch.setenv(STEPS, value)
    assert launch() == (value or "single")


def test_an_unknown_way_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(STEPS, "capture")
    with pytest.raises(UserError, match="did you mean 'captured'"):
        launch()


def test_it_is_refused_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STEPS, "capture")
    arguments = ["run", "quick", "--seed", "0-1", "--home", "home"]
    code, out, err = command(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("basinbench: unknown value of BASINBENCH_STEPS 'capture'; did you mean")
    assert not list(Path("home").glob("*/*"))
    assert command(capsys, *arguments, "--steps", "capture")[0] == 2
