"""PyTorch's settings of a whole process, put back after code that may change them for itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def settings_kept(changed: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Within it they may be changed; afterwards they are as before, and `changed` is told which.

    They are what decides in which type, how precisely and on how many threads others compute.
    """
    import torch  # not before it is needed

    before = _settings()
    grad = torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_grad_enabled(grad)
        for name, (value, put) in _settings().items():
            if value != (was := before[name][0]):
                put(was)
                changed(name)


def _settings() -> Mapping[str, tuple[object, Callable]]:
    """What is set, in words: its value, and what sets it."""
    import torch

    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul

    def put_in(place: object, name: str) -> Callable:
        return lambda value: setattr(place, name, value)

    return {
        "the default type": (torch.get_default_dtype(), torch.set_default_dtype),
        "the default device": (torch.get_default_device(), torch.set_default_device),
        "the number of threads": (torch.get_num_threads(), torch.set_num_threads),
        "deterministic algorithms": (
            torch.are_deterministic_algorithms_enabled(),
            torch.use_deterministic_algorithms,
        ),
        "the precision of products": (
            torch.get_float32_matmul_precision(),
            torch.set_float32_matmul_precision,
        ),
        "TF32 in cuDNN": (cudnn.allow_tf32, put_in(cudnn, "allow_tf32")),
        "TF32 in products": (matmul.allow_tf32, put_in(matmul, "allow_tf32")),
        "cuDNN's benchmarks": (cudnn.benchmark, put_in(cudnn, "benchmark")),
        "cuDNN's determinism": (cudnn.deterministic, put_in(cudnn, "deterministic")),
    }
