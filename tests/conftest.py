"""Fixtures of more than one file, and how hypothesis looks for counterexamples."""

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings

# No law here is about time, and a loaded machine is nobody's fault.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", PATIENT)  # other examples in every run
settings.register_profile(
    "ci", PATIENT, derandomize=True, database=None, print_blob=True
)  # the same examples in every run
settings.load_profile("ci" if "CI" in os.environ else "search")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Numbers are compared with those of a process that has one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
