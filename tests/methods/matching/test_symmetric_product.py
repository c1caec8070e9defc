"""Half of the products of a matrix with its own transpose are all of them."""

import pytest
import torch

from basinbench.methods.matching.symmetric_product import add_upper, mirrored


@pytest.mark.parametrize("rows", [1, 128, 129, 301])
def test_it_is_the_product(rows: int):
    draw = torch.Generator().manual_seed(rows)
    x, y = (torch.randn(rows, 40, generator=draw, dtype=torch.float64) for _ in "xy")
    total = torch.zeros(rows, rows, dtype=torch.float64)
    add_upper(total, x)
    torch.testing.assert_close(mirrored(total), x @ x.T, rtol=1e-13, atol=1e-13)
    assert mirrored(total).equal(mirrored(total).T)
    add_upper(total, y, -1)
    torch.testing.assert_close(mirrored(total), x @ x.T - y @ y.T, rtol=1e-13, atol=1e-13)
