"""The global random streams, lent to code that draws from them and put back as they were."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def own_random_streams(seed: int, device: torch.device) -> Iterator[None]:
    """Within it, PyTorch's, NumPy's and Python's global streams begin at `seed`.

    Functions written elsewhere shuffle by `torch.randperm` and its like without a generator: here
    the same seed gives them the same numbers, and nobody else sees that they drew.
    """
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.default_generator.manual_seed(seed)
            if device.type == "cuda":
                torch.cuda.manual_seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002  # NumPy takes 32 bits
            random.seed(seed)
            yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
