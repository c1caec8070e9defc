"""How many threads numerical libraries take: in the variables that they read when imported."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..environment_variables import variables_set

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@contextmanager
def limited_threads(count: int) -> Iterator[None]:
    """Within it, it is `count`, for processes that are started there."""
    with variables_set(dict.fromkeys(VARIABLES, str(count))):
        yield


@contextmanager
def working_threads(count: int | None) -> Iterator[None]:
    """Within it, it is `count` in this process as well; `None` leaves it as it is.

    Libraries that are imported for the first time within stay at it.
    """
    if count is None:
        yield
        return
    with limited_threads(count):
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
