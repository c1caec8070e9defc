"""Half of the products of a matrix with its own transpose are all of them."""

import pytest
import torch

from basinbench.methods.matching.symmetric_product import add_upper, mirrored, symmetric_product


@pytest.mark.parametrize("rows", [1, 128, 129, 301])
def test_it_is_the_product(rows: int):
    draw = torch.Generator().manual_seed(rows)
    x, y = (torch.randn(rows, 40, generator=draw, dtype=torch.float64) for _ in "xy")
    torch.testing.assert_close(symmetric_product(x), x @ x.T, rtol=1e-13, atol=1e-13)
    total = torch.zeros(rows, rows, dtype=torch.float64)
    for part in (x, y):
        add_upper(total, part)
    torch.testing.assert_close(mirrored(total), x @ x.T + y @ y.T, rtol=1e-13, atol=1e-13)
    assert symmetric_product(x).equal(symmetric_product(x).T)
