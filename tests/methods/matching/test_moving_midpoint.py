"""The midpoint that is kept up to date is the midpoint made anew, to the last bit."""

import live_networks
import pytest
import torch

from basinbench.methods.matching.midpoint import point
from basinbench.methods.matching.moving_midpoint import MovingMidpoint
from basinbench.methods.symmetry.reorderings import after, drawn, identity, transpositions


@pytest.mark.parametrize("name", [*live_networks.ARCHITECTURES, *live_networks.NESTED])
def test_it_is_the_midpoint_made_anew(name: str):
    a, b = live_networks.problem(name).networks
    draw = torch.Generator().manual_seed(0)
    middle, maps = MovingMidpoint(a, b), identity(b.symmetry)
    for step in range(9):
        found = middle.under(maps)
        expected = point(a.params, b.symmetry.transport(b.params, maps), kept=a.kept)
        assert found.keys() == expected.keys()
        assert all(found[name].equal(expected[name]) for name in expected), step
        if step == 4:
            maps = drawn(b.symmetry, draw)
        else:
            swaps = transpositions(b.symmetry, draw)
            maps = {group: after(swap, maps[group]) for group, swap in swaps.items()}


def test_only_what_has_moved_is_made_anew():
    a, b = live_networks.problem("mlp").networks
    middle, maps = MovingMidpoint(a, b), identity(b.symmetry)
    first, before = middle.under(maps), {}
    for name in a.weights:
        before[name] = first[name].data_ptr()
        first[name].fill_(torch.nan)  # whatever is not made anew says so
    swaps = transpositions(b.symmetry, torch.Generator().manual_seed(3))
    moved = {g: int((s.index != torch.arange(s.units)).sum()) for g, s in swaps.items()}
    assert set(moved.values()) == {2}
    found = middle.under(swaps)
    assert all(found[name].data_ptr() == at for name, at in before.items())
    anew = found["hidden.0.weight"].isfinite().all(1)
    assert anew.sum() == 2
