"""Laws of matching in levels, against the search over all orders."""

from itertools import permutations, product

import pytest
import torch
from torch import Tensor

from basinbench.methods.matching.weights.families import assign_each, match_all, worth
from basinbench.methods.matching.weights.nested_gains import NestedGains
from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.symmetry.reorderings import Reorderings, after, assembled, drawn, identity

H, A, B = Factor(3, "h"), Factor(2, "a", ("h",)), Factor(2, "b", ("h",))
IN, OUT = Axis(((Factor(4),),)), Axis(((Factor(5),),), reads=True)

APART = Symmetry(
    {
        "a.weight": (Axis(((H, A),)), IN),
        "a.read": (OUT, Axis(((H, A),), reads=True)),
        "b.weight": (Axis(((H, B),)), IN),
        "scale": (Axis(((H,),)),),
    }
)
"""Two groups within one, each in tensors of its own."""

TOGETHER = Symmetry(
    {
        "first": (Axis(((H, A),)), IN),
        "grouped": (Axis(((H, B),)), Axis(((A,),), reads=True)),
        "last": (OUT, Axis(((H, B),), reads=True)),
    }
)
"""The two sides of a grouped convolution: one tensor has both."""

LINKED = TOGETHER.only(["first", "grouped"])
"""The order of one of them shows in that tensor alone."""

DEEP = Symmetry(
    {
        "w": (Axis(((Factor(2, "h"), Factor(2, "a", ("h",)), Factor(2, "b", ("h", "a"))),)), IN),
        "v": (Axis(((Factor(2, "h"), Factor(2, "a", ("h",))),)), OUT),
    }
)

ANCHORED = Symmetry(
    {
        "u": (Axis(((Factor(3, anchor="e"),),)), IN, Axis(((Factor(3, "a", ("e",)),),))),
        "w": (Axis(((Factor(3, anchor="e"),),)), Axis(((Factor(3, "a", ("e",)),),)), OUT),
    }
)


def weights(symmetry: Symmetry, seed: int) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw, dtype=torch.float64)
        for name, axes in symmetry.axes.items()
    }


def every_map(symmetry: Symmetry) -> list[Reorderings]:
    """All orders of all groups."""
    names, choices = [], []
    for group, n in symmetry.groups().items():
        outer = symmetry.outer_sizes(group)
        rows = int(torch.tensor(outer).prod()) if outer else 1
        orders = [torch.tensor(rows) for rows in product(permutations(range(n)), repeat=rows)]
        names.append(group)
        choices.append(orders if outer else [order[0] for order in orders])
    return [
        assembled(symmetry, dict(zip(names, chosen, strict=True))) for chosen in product(*choices)
    ]


def inner_product(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    return sum(float((a[name] * b[name]).sum()) for name in a)


@pytest.mark.parametrize("symmetry", [APART, DEEP, ANCHORED], ids=["apart", "deep", "anchored"])
@pytest.mark.parametrize("seed", range(3))
def test_a_family_is_matched_best(symmetry: Symmetry, seed: int):
    """Of all orders, wherever no tensor has two groups within one beside each other."""
    a, b = weights(symmetry, 2 * seed), weights(symmetry, 2 * seed + 1)
    gains = NestedGains(symmetry, a, b, torch.float64)
    start = drawn(symmetry, torch.Generator().manual_seed(seed))
    root = next(iter(symmetry.groups()))
    better = gains.better(root, start)
    maps = start | (better or {})
    reached = inner_product(a, symmetry.transport(b, maps))
    best = max(inner_product(a, symmetry.transport(b, each)) for each in every_map(symmetry))
    assert reached == pytest.approx(best)
    assert gains.better(root, maps) is None


@pytest.mark.parametrize("symmetry", [APART, TOGETHER, LINKED, DEEP, ANCHORED])
@pytest.mark.parametrize("seed", range(4))
def test_planted_orders_are_found_in_one_step(symmetry: Symmetry, seed: int):
    a = weights(symmetry, seed)
    planted = drawn(symmetry, torch.Generator().manual_seed(seed))
    b = symmetry.transport(a, planted)
    start = drawn(symmetry, torch.Generator().manual_seed(seed + 50))
    better = NestedGains(symmetry, a, b, torch.float64).better(next(iter(symmetry.groups())), start)
    assert better is not None
    for group, own in better.items():
        assert after(own, planted[group]) == identity(symmetry)[group]


@pytest.mark.parametrize("seed", range(4))
def test_no_step_loses_and_every_group_has_one(seed: int):
    a, b = weights(TOGETHER, seed), weights(TOGETHER, seed + 10)
    gains = NestedGains(TOGETHER, a, b, torch.float64)
    maps, value = identity(TOGETHER), inner_product(a, b)
    for group in (*TOGETHER.groups(), *TOGETHER.groups()):
        maps |= gains.better(group, maps) or {}
        now = inner_product(a, TOGETHER.transport(b, maps))
        assert now >= value
        value = now
    assert value > inner_product(a, b)


def test_gains_of_a_family_decide_together():
    """Gains of pairs of inner units; what others lie within is matched by their sums alone."""
    draw = torch.Generator().manual_seed(0)
    gains = {g: torch.randn(6, 6, generator=draw) for g in "ab"} | {"h": torch.randn(3, 3)}
    maps = match_all(APART, gains)
    reached = worth(APART, gains, maps)
    best = max(worth(APART, gains, each) for each in every_map(APART))
    assert reached == pytest.approx(best)


def test_a_group_by_itself_is_assigned():
    symmetry = Symmetry({"w": (Axis(((Factor(4, "p"),),)),)})
    gain = torch.eye(4)[torch.tensor([2, 0, 3, 1])]
    assert match_all(symmetry, {"p": gain}) == {"p": Permutation(torch.tensor([2, 0, 3, 1]))}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7])
def test_many_problems_are_solved_at_once(n: int):
    gains = torch.randn(2, 3, n, n, generator=torch.Generator().manual_seed(n))
    index, value = assign_each(gains)
    for i, j in product(range(2), range(3)):
        rows = torch.arange(n)
        best = max(float(gains[i, j, rows, torch.tensor(p)].sum()) for p in permutations(range(n)))
        assert float(gains[i, j, rows, index[i, j]].sum()) == pytest.approx(best, rel=1e-5)
        assert float(value[i, j]) == pytest.approx(best, rel=1e-5)


def test_gains_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        assign_each(torch.full((2, 3, 3), float("nan")))
