"""What a network is shown when it is traced: a shape, tensors in a file, what a library says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ...errors import UserError
from ...methods.modules.forms import tensors_of
from ...plugin_files import short_path
from ..networks.base import Architecture
from ..networks.sources.given import GivenNetwork

BATCH = 2

MANY = 64
"""Inputs in a batch as networks are used with, beside those of an example."""

_DTYPES = {"float32": torch.float32, "float64": torch.float64, "int64": torch.int64}


def example_named(text: str) -> Any:
    """The batch that `text` says: a shape without the batch, or a safetensors file of tensors.

    Raises `UserError` where it is neither.
    """
    if Path(text).suffix == ".safetensors" or Path(text).is_file():
        return _tensors(Path(text))
    dtype, colon, sizes = text.rpartition(":")
    if colon and dtype not in _DTYPES:
        raise UserError(f"{text!r}: what comes before the shape is one of {', '.join(_DTYPES)}")
    try:
        shape = [int(size) for size in sizes.split(",")]
    except ValueError:
        shape = []
    if not shape or min(shape) < 1:
        raise UserError(
            f"{text!r} is no input: write a shape without the batch, such as 3,224,224 or "
            "int64:128, or name a safetensors file"
        )
    return torch.zeros(BATCH, *shape, dtype=_DTYPES[dtype or "float32"])


def examples_of(architecture: Architecture, module: nn.Module) -> tuple[Any, ...]:
    """Batches that the network takes, as far as the library that it comes from says so.

    Raises `UserError` where it does not.
    """
    found = architecture.examples(module) if isinstance(architecture, GivenNetwork) else ()
    if not found:
        raise UserError(
            f"nothing says what {architecture.name} takes: give --input, such as 3,32,32, or "
            "--dataset"
        )
    return found


def described(example: Any) -> str:
    """The batch in words: `2 x 3 x 224 x 224`, `input_ids 2 x 12`."""
    if isinstance(example, Tensor):
        return " x ".join(map(str, example.shape))
    if isinstance(example, dict):
        return ", ".join(f"{name} {described(value)}" for name, value in example.items())
    return ", ".join(map(described, example)) if isinstance(example, tuple) else str(example)


def on_device(example: Any, device: torch.device | str) -> Any:
    """The batch with all of its tensors on `device`."""
    if isinstance(example, Tensor):
        return example.to(device)
    if isinstance(example, dict):
        return {name: on_device(value, device) for name, value in example.items()}
    return (
        tuple(on_device(one, device) for one in example) if isinstance(example, tuple) else example
    )


def of_other_sizes(example: Any, many: int = MANY) -> Iterator[Any]:
    """The batch with one input, with one more, and with `many`: its inputs repeated.

    How many it has is the first size of its first tensor; tensors of another size stay.
    """
    count = next((len(x) for x in tensors_of(example) if x.ndim), 0)

    def repeated(x: Any, size: int) -> Any:
        if isinstance(x, Tensor):
            of_inputs = x.ndim and len(x) == count
            return x[torch.arange(size, device=x.device) % count] if of_inputs else x
        if isinstance(x, dict):
            return {name: repeated(value, size) for name, value in x.items()}
        return tuple(repeated(one, size) for one in x) if isinstance(x, tuple) else x

    for size in sorted({1, count + 1, many} - {count}) if count else ():
        yield repeated(example, size)


def random_like(
    example: Any, seed: int, ids: Callable[[Tensor], int | None] = lambda _: None
) -> Any:
    """The batch with normal noise in the place of its floating numbers.

    Whole numbers that are all 0, as `example_named` makes them, are drawn below what `ids` says of
    them; others stay, as masks and lengths do.
    """
    draw = torch.Generator().manual_seed(seed)

    def drawn(x: Any) -> Any:
        if isinstance(x, Tensor):
            return _drawn(x, draw, ids)
        if isinstance(x, dict):
            return {name: drawn(value) for name, value in x.items()}
        return tuple(map(drawn, x)) if isinstance(x, tuple) else x

    return drawn(example)


def _drawn(x: Tensor, draw: torch.Generator, ids: Callable[[Tensor], int | None]) -> Tensor:
    if x.is_floating_point():
        return torch.randn(x.shape, generator=draw, dtype=x.dtype).to(x)
    if x.dtype == torch.bool or x.is_complex() or x.any() or (count := ids(x)) is None:
        return x
    return torch.randint(count, x.shape, generator=draw).to(x)


def _tensors(path: Path) -> dict[str, Tensor] | Tensor:
    """The tensors of a file by name; the one of a file that calls it `input` or `x` alone."""
    if not path.is_file():
        raise UserError(f"there is no file {short_path(path)} with inputs")
    try:
        found = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{short_path(path)} is no safetensors file: {error}") from error
    if not found:
        raise UserError(f"{short_path(path)} holds no tensor")
    return next(iter(found.values())) if found.keys() <= {"input", "x"} else found
