"""Units within others: every one that there is has its own orders, and none is invented.

Each network is alive, in float64; all its groups are drawn at random, nested ones with an order of
their own under every outer unit, and nothing may change.
"""

import alive
import pytest
import torch
from nested_cases import CASES, Case
from torch import Tensor, nn

from basinbench.methods.symmetry import Symmetry
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.tracing.trace import trace


@pytest.fixture(scope="module", params=CASES)
def traced(request: pytest.FixtureRequest) -> tuple[Case, nn.Module, Tensor, Symmetry]:
    torch.manual_seed(0)
    case = CASES[request.param]
    module = case.make().double().eval()
    x = torch.randn(case.shape, dtype=torch.float64)
    return case, module, x, trace(module, x)


def test_every_unit_within_others_is_found(traced):
    case, _, _, symmetry = traced
    groups = symmetry.groups()
    found = sorted((groups[g], symmetry.outer_sizes(g)) for g, w in symmetry.within().items() if w)
    assert found == sorted(case.nested), symmetry.within()


def test_none_is_invented(traced):
    _, module, x, symmetry = traced
    for seed in range(3):
        params = alive.draw(module, seed)
        before = alive.output(module, params, x)
        assert alive.spread(before) > 0
        maps = drawn(symmetry, torch.Generator().manual_seed(seed))
        moved = symmetry.transport(params, maps)
        assert not maps or any(not moved[n].equal(v) for n, v in params.items())
        assert alive.deviation(before, alive.output(module, moved, x)) < 1e-9


def test_activations_told_apart_follow_the_maps(traced):
    _, module, x, symmetry = traced
    params = alive.draw(module, 0)
    maps = drawn(symmetry, torch.Generator().manual_seed(1))
    apart = symmetry.apart()
    before = apart.activations(params, x, "after")
    after = apart.activations(symmetry.transport(params, maps), x, "after")
    beside: dict[str, set[str]] = {}
    for tap in apart.program.taps:
        beside.setdefault(tap.group, set()).update(*(axis.groups for axis in tap.axes))
    for group, seen in before.items():
        if beside[group] <= {group, *symmetry.within()[group]}:  # else its samples move as well
            torch.testing.assert_close(after[group], seen[maps[group].index])


def test_heads_that_share_one_key_and_value_move_and_have_one_order():
    """Which rows of the fused tensor these are is said by numbers."""
    torch.manual_seed(0)
    case = CASES["one key for all heads"]
    symmetry = trace(case.make(), torch.randn(case.shape))
    heads, keys, values = symmetry.groups()
    assert symmetry.groups() == {heads: 2, keys: 4, values: 4}
    (queries, key, value) = symmetry.axes["qkv.weight"][0].segments
    assert [[f.group for f in part] for part in (queries, key, value)] == [
        [heads, keys],
        [keys],
        [values],
    ]
