"""Gains kept up to date are those computed anew, and cost no more than what has moved."""

from math import inf, prod

import live_networks
import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from basinbench.methods.matching.weights import gain_terms
from basinbench.methods.matching.weights.gains import Gram
from basinbench.methods.symmetry.axes import Axis, Factor, Occurrence, Params, Symmetry
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.symmetry.reorderings import Reorderings, drawn, identity

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)


def pair(name: str) -> tuple[Symmetry, Params, Params]:
    first, second = live_networks.problem(name).networks
    return first.symmetry.only(first.weights), first.weights, second.weights


def exchanged(map: Permutation, draw: torch.Generator) -> Permutation:
    """Two units exchanged."""
    index = map.index.clone()
    two = torch.randperm(len(index), generator=draw)[:2]
    index[two] = index[two.flip(0)]
    return Permutation(index)


def walk(symmetry: Symmetry, seed: int = 0) -> list[Reorderings]:
    """Maps one after another: the identity, any others, small moves of one group, and back."""
    draw = torch.Generator().manual_seed(seed)
    maps = [identity(symmetry), drawn(symmetry, draw)]
    for group in symmetry.groups():
        here = maps[-1][group]
        assert isinstance(here, Permutation)
        maps.append(maps[-1] | {group: exchanged(here, draw)})
    return [*maps, maps[1], drawn(symmetry, draw), maps[0]]


def anew(symmetry: Symmetry, a: Params, b: Params, group: str, maps: Reorderings) -> Tensor:
    return symmetry.features(a, group) @ symmetry.features(b, group, maps).T


@every_network
@pytest.mark.parametrize(("block", "room"), [(None, inf), (1, inf), (100, inf), (None, 30_000)])
def test_gains_are_those_computed_anew(
    name: str, block: int | None, room: float, monkeypatch: pytest.MonkeyPatch
):
    if block is not None:
        monkeypatch.setattr(gain_terms, "BLOCK", block)
    symmetry, a, b = pair(name)
    symmetry = symmetry.without_inner_orders()
    gram = Gram(symmetry, a, b, torch.float64, room=room)
    draw = torch.Generator().manual_seed(1)
    for maps in walk(symmetry):
        for group in symmetry.groups():
            if torch.rand((), generator=draw) < 0.6:  # as groups that nothing near has moved
                expected = anew(symmetry, a, b, group, maps)
                scale = expected.abs().max()
                assert (gram.gains(group, maps) - expected).abs().max() <= 1e-12 * scale


AXES = {
    "writes": Axis(((Factor(4, "p"),),)),
    "flattened": Axis(((Factor(4, "p"), Factor(3)),), reads=True),
    "both": Axis(((Factor(5, "q"),), (Factor(4, "p"),))),
    "product": Axis(((Factor(5, "q"), Factor(4, "p")),)),
    "shuffled": Axis(((Factor(4, "p"),), (Factor(5, "q"),)), order=(8, 1, 6, 3, 4, 5, 2, 7, 0)),
    "fixed": Axis(((Factor(3),),)),
}


@pytest.mark.parametrize("first", AXES)
@pytest.mark.parametrize("second", AXES)
@pytest.mark.parametrize("layout", ["as made", "transposed"])
def test_whatever_the_axes_and_the_memory(first: str, second: str, layout: str):
    symmetry = Symmetry({"w": (AXES[first], AXES["fixed"], AXES[second])})
    draw = torch.Generator().manual_seed(2)
    sizes = [axis.size for axis in symmetry.axes["w"]]
    a, b = (torch.randn(sizes, generator=draw, dtype=torch.float64) for _ in "ab")
    if layout == "transposed":
        b = b.mT.contiguous().mT
        assert not b.is_contiguous()
    gram = Gram(symmetry, {"w": a}, {"w": b}, torch.float64)
    for maps in walk(symmetry):
        for group in symmetry.groups():
            expected = anew(symmetry, {"w": a}, {"w": b}, group, maps)
            assert torch.allclose(gram.gains(group, maps), expected, rtol=0, atol=1e-12)


def places(symmetry: Symmetry) -> list[Occurrence]:
    return [place for group in symmetry.groups() for place in symmetry.occurrences(group)]


def floor(symmetry: Symmetry, among: list[Occurrence]) -> int:
    """One product for each of the tensors and each of their sides."""
    return sum(
        2 * prod(a.size for a in symmetry.axes[p.name]) * units_at(symmetry, p) for p in among
    )


def units_at(symmetry: Symmetry, place: Occurrence) -> int:
    axis = symmetry.axes[place.name][place.dim]
    return axis.segments[place.segment][place.factor].size


def added(_: list[int], a: list[int], b: list[int], **__: object) -> int:
    return 2 * a[0] * a[1] * b[1]


def flops(gram: Gram, groups: list[str], maps: Reorderings) -> int:
    in_place = {torch.ops.aten.addmm_: added}  # which torch's own list leaves out
    with FlopCounterMode(display=False, custom_mapping=in_place) as counter:
        for group in groups:
            gram.gains(group, maps)
    return counter.get_total_flops()


@pytest.mark.parametrize("name", ["mlp", "vgg-plain", "resnet-ln"])
def test_no_product_is_computed_twice(name: str):
    symmetry, a, b = pair(name)
    groups = list(symmetry.groups())
    gram = Gram(symmetry, a, b, torch.float32)
    assert flops(gram, [], {}) == 0, "nothing is computed before it is asked for"
    start = drawn(symmetry, torch.Generator().manual_seed(3))
    assert flops(gram, groups, start) == floor(symmetry, places(symmetry)), "from any start"
    assert flops(gram, groups, dict(start)) == 0, "nothing has moved"
    draw = torch.Generator().manual_seed(4)
    for group in groups:
        here = start[group]
        assert isinstance(here, Permutation)
        near = start | {group: exchanged(here, draw)}
        others = [g for g in groups if group in gram.neighbours(g)]
        share = 2 / symmetry.groups()[group]
        carrying = sum(
            2 * prod(axis.size for axis in symmetry.axes[place.name]) * symmetry.groups()[g]
            for g in others
            for place in symmetry.occurrences(g)
            if any(group in names for names in symmetry.others(place).values())
        )
        assert flops(gram, groups, near) == pytest.approx(share * carrying)
        start = near
    gram.restart()
    pairs = floor(symmetry, [p for p in places(symmetry) if symmetry.others(p)])
    assert flops(gram, groups, start) == pairs, "what depends on no order is kept"
    far = drawn(symmetry, torch.Generator().manual_seed(5))
    assert flops(gram, groups, far) <= floor(symmetry, places(symmetry))


@pytest.mark.parametrize("name", ["mlp", "resnet-bn"])
def test_after_a_restart_no_number_is_another_for_what_was_before(name: str):
    symmetry, a, b = pair(name)
    used = Gram(symmetry, a, b, torch.float32)
    for maps in walk(symmetry, 1):
        for group in symmetry.groups():
            used.gains(group, maps)
    used.restart()
    fresh = Gram(symmetry, a, b, torch.float32)
    for maps in walk(symmetry, 2):
        for group in symmetry.groups():
            assert used.gains(group, maps).equal(fresh.gains(group, maps))
