"""In which precision is measured, whatever a process was told before."""

from typing import Any

import pytest
import torch

from basinbench.runners.measuring.environment import float32


@pytest.mark.parametrize("asked", ["high", "medium"])
def test_what_is_measured_is_float32_whatever_was_asked_before(asked: str):
    cudnn: Any = torch.backends.cudnn
    matmul: Any = torch.backends.cuda.matmul
    was = torch.get_float32_matmul_precision(), cudnn.allow_tf32
    torch.set_float32_matmul_precision(asked)
    cudnn.allow_tf32 = True
    try:
        with float32():
            assert torch.get_float32_matmul_precision() == "highest"
            assert (cudnn.allow_tf32, matmul.allow_tf32, cudnn.deterministic) == (
                False,
                False,
                True,
            )
        assert torch.get_float32_matmul_precision() == asked
        assert cudnn.allow_tf32
    finally:
        torch.set_float32_matmul_precision(was[0])
        cudnn.allow_tf32 = was[1]


def test_products_have_the_digits_of_float32_on_any_device(device: torch.device):
    """TF32 keeps ten bits of each factor, float32 twenty-three."""
    draw = torch.Generator().manual_seed(0)
    a, b = (torch.randn(256, 256, generator=draw, dtype=torch.float64) for _ in range(2))
    images = torch.randn(4, 16, 12, 12, generator=draw, dtype=torch.float64)
    kernels = torch.randn(16, 16, 3, 3, generator=draw, dtype=torch.float64)
    with float32():
        product = (a.to(device, torch.float32) @ b.to(device, torch.float32)).cpu().double()
        convolved = torch.conv2d(images.to(device).float(), kernels.to(device).float())
    assert (product - a.float().double() @ b.float().double()).abs().max() < 1e-4
    exact = torch.conv2d(images.float().double(), kernels.float().double())
    assert (convolved.cpu().double() - exact).abs().max() < 1e-4
