"""Where a number was measured: the columns of a record that name machine and versions."""

import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import torch

from ... import __version__
from ...errors import UserError


def environment_columns(device: torch.device, workers: int = 1) -> dict[str, str | int]:
    """The columns for a cell that runs now on `device`, beside those of other `workers`."""
    return {
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "workers": workers,
        "precision": "float32",
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "basinbench": __version__,
        "commit": commit(),
        "date": now(),
    }


def now() -> str:
    """The time, as records have it: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def find_device(name: str | None) -> torch.device:
    """The device called `name`; the first CUDA device, else the CPU, when none is named."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()  # `meta` holds no numbers
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"cannot use device {name!r}: {reason}") from error
    return device


def find_devices(names: str | None) -> list[torch.device]:
    """The devices that `names`, with commas, says: workers are dealt to them in turn."""
    return [find_device(name) for name in names.split(",")] if names else [find_device(None)]


@contextmanager
def float32() -> Iterator[None]:
    """Within it all is computed in full float32, and CUDA convolves the same way at every call.

    PyTorch's default allows convolutions in TF32, whose ten bits of mantissa would be reported as
    float32, and algorithms whose sums depend on the order in which threads finish; whoever asked
    for less precise products (TF32 on CUDA, bfloat16 on a CPU) meant their own.
    """
    cudnn: Any = torch.backends.cudnn  # its switches have no types
    products = torch.get_float32_matmul_precision()
    before = cudnn.allow_tf32, cudnn.deterministic
    torch.set_float32_matmul_precision("highest")
    cudnn.allow_tf32, cudnn.deterministic = False, True
    try:
        yield
    finally:
        cudnn.allow_tf32, cudnn.deterministic = before
        torch.set_float32_matmul_precision(products)


@cache
def device_name(device: torch.device) -> str:
    """The model of the processor or accelerator, as its system calls it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    try:
        rows = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        rows = []
    models = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


@cache
def commit() -> str:
    """The commit of the checkout that this code runs from, "+dirty" when code was changed.

    Empty for an installed package, also when it was installed below some other checkout.
    """
    root = Path(__file__).resolve().parents[2]
    try:
        if Path(_git(root, "rev-parse", "--show-toplevel")).resolve() != root:
            return ""
        name = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "*.py", "pyproject.toml")
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{name}+dirty" if changed else name


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    return run.stdout.strip()
