"""How many threads numerical libraries take, said in the variables that they read when imported."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..environment_variables import variables_set

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def limit_threads(count: int) -> None:
    """From now on it is `count`, for this process and those that it starts."""
    for name in VARIABLES:
        os.environ[name] = str(count)


@contextmanager
def limited_threads(count: int) -> Iterator[None]:
    """Within it, it is `count`, for processes that are started there."""
    with variables_set(dict.fromkeys(VARIABLES, str(count))):
        yield
