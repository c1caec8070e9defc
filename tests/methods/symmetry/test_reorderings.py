"""Laws of whole sets of maps: drawn evenly, completed, composed."""

from collections import Counter

import pytest
import torch

from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.symmetry.maps import Linear, Nested, Permutation
from basinbench.methods.symmetry.reorderings import (
    after,
    assembled,
    completed,
    drawn,
    identity,
    transpositions,
)

PLAIN = Symmetry({"w": (Axis(((Factor(4, "p"),),)),)})
NESTED = Symmetry(
    {"w": (Axis(((Factor(3, "h"), Factor(2, "v", ("h",))),)), Axis(((Factor(4, "p"),),)))}
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_swap_exchanges_two_units_or_none_and_is_drawn_evenly():
    draw, seen = generator(), Counter[tuple[int, ...]]()
    for _ in range(3200):
        seen[tuple(transpositions(PLAIN, draw)["p"].index.tolist())] += 1
    assert 700 < seen.pop((0, 1, 2, 3)) < 900
    assert len(seen) == 6
    assert all(sum(i != j for i, j in enumerate(index)) == 2 for index in seen)
    assert all(340 < count < 460 for count in seen.values())


def test_a_swap_within_others_is_under_one_of_them():
    draw, rows = generator(), Counter[int]()
    for _ in range(600):
        own = transpositions(NESTED, draw)["v"]
        assert isinstance(own, Nested)
        moved = [i for i, row in enumerate(own.inner.tolist()) if row != [0, 1]]
        assert len(moved) <= 1
        rows.update(moved)
    assert rows.keys() == {0, 1, 2}
    assert all(60 < count < 140 for count in rows.values())


def test_every_set_of_orders_is_drawn():
    draw, seen = generator(), Counter[tuple[int, ...]]()
    for _ in range(4800):
        seen[tuple(drawn(NESTED, draw)["v"].index.tolist())] += 1
    assert len(seen) == 6 * 2**3
    assert all(50 < count < 160 for count in seen.values())


def test_of_groups_within_nothing_the_same_is_drawn_as_ever():
    """Planted permutations of recorded cells came from these numbers."""
    draw = generator()
    assert drawn(PLAIN, generator())["p"].index.equal(torch.randperm(4, generator=draw))


def test_what_has_no_map_is_carried_along():
    order = torch.tensor([2, 0, 1])
    alone = completed(NESTED, {"h": Permutation(order)})
    assert alone["v"] == Nested.shared(order, torch.arange(2))
    assert alone["p"] == Permutation.identity(4)
    one = completed(NESTED, {"h": Permutation(order), "v": Permutation(torch.tensor([1, 0]))})
    assert one["v"] == Nested.shared(order, torch.tensor([1, 0]))
    params = {"w": torch.arange(24.0).view(6, 4)}
    moved = NESTED.transport(params, {"h": Permutation(order)})["w"]
    assert moved.equal(NESTED.transport(params, alone)["w"])


def test_identities_move_nothing_and_are_neutral():
    maps = drawn(NESTED, generator())
    for group, own in identity(NESTED).items():
        assert own.index.equal(torch.arange(len(own.index)))
        assert after(own, maps[group]) == after(maps[group], own) == maps[group]


def test_maps_that_do_more_than_reorder_are_refused():
    with pytest.raises(TypeError, match="Linear"):
        completed(PLAIN, {"p": Linear(torch.eye(4), torch.eye(4))})
    with pytest.raises(TypeError, match="nested both"):
        after(Permutation.identity(2), Nested.identity(1, 2))


def test_orders_are_assembled_in_whatever_sequence_they_come():
    inner = torch.tensor([[1, 0], [0, 1], [1, 0]])
    maps = assembled(NESTED, {"v": inner, "h": torch.tensor([1, 2, 0])})
    assert list(maps) == ["v", "h"]
    assert maps["v"] == Nested(torch.tensor([1, 2, 0]), inner)
