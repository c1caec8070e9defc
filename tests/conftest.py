"""Fixtures of more than one file, how examples are drawn, and which tests are slow."""

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings
from pretended_device import pretended

# No law here is about time, and a loaded machine is nobody's fault.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", PATIENT)  # other examples in every run
settings.register_profile("ci", PATIENT, derandomize=True, database=None)  # always the same
settings.load_profile("ci" if "CI" in os.environ else "search")

DEEP = (
    "densenet-",
    "resnet-",
    "regnet(",
    "resnet20-",
    "shufflenet-",
    "unet(",
    "vgg-",
    "vgg8-",
    "vit-",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = (
        "where laws of devices are tried: cpu, cuda, auto (CUDA where there is one), or pretended, "
        "a CUDA device that computes on the CPU"
    )
    parser.addoption("--device", default="cpu", help=help_text)


@pytest.fixture
def device(pytestconfig: pytest.Config) -> Iterator[torch.device]:
    """The device on which a law is tried that must hold on any."""
    name = str(pytestconfig.getoption("--device"))
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name != "pretended":
        yield torch.device(name)
        return
    with pretended() as there:
        yield there


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for a device has its mark.

    What is checked network by network is slow on the deep ones: perceptrons stay.
    """
    for item in items:
        if "device" in getattr(item, "fixturenames", ()):
            item.add_marker("device")
        _, _, parameters = item.nodeid.partition("[")
        if any(name in parameters for name in DEEP):
            item.add_marker("slow")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Numbers are compared with those of a process that has one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
