"""Laws of nested units: an order of their own under every outer unit, by index and exactly."""

from collections.abc import Mapping

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from basinbench.methods.symmetry.axes import Axis, Factor, Params, Symmetry
from basinbench.methods.symmetry.maps import Map, Nested, Permutation

H, G = Factor(3, "heads"), Factor(2, "groups")
V = Factor(4, "values", ("heads",))
C = Factor(2, "channels", ("groups",))
D = Factor(3, "deep", ("groups", "channels"))
E, U = Factor(2, anchor="experts"), Factor(3, "hidden", ("experts",))
W = Factor(5, "width")

SHUFFLED = tuple(torch.arange(14).view(7, 2).T.flatten().tolist())

SYMMETRY = Symmetry(
    {
        "project": (Axis(((H, V),)), Axis(((W,),), reads=True)),
        "turned": (Axis(((W,),)), Axis(((V, H),), reads=True)),
        "scale": (Axis(((H,),)),),
        "fused": (Axis(((H, V), (W,), (H, V))),),
        "shuffled": (Axis(((H, V), (Factor(2),)), order=SHUFFLED),),
        "grouped": (Axis(((G, C),)), Axis(((C,),)), Axis(((Factor(3),),))),
        "three": (Axis(((G,),)), Axis(((C, Factor(2)),)), Axis(((D,), (W,)))),
        "level": (Axis(((G, C, D),)),),
        "experts": (Axis(((E,),)), Axis(((W,),)), Axis(((U,),))),
        "experts.bias": (Axis(((E, U),)),),
    }
)  # fmt: skip


few = settings(max_examples=25)


def rows(outer: int, inner: int) -> st.SearchStrategy[Tensor]:
    row = st.permutations(range(inner))
    return st.lists(row, min_size=outer, max_size=outer).map(torch.tensor)


def orders(size: int) -> st.SearchStrategy[Tensor]:
    return st.permutations(range(size)).map(torch.tensor)


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Permutation | Nested]:
    heads, groups = draw(orders(3)), draw(orders(2))
    channels = Nested(groups, draw(rows(2, 2)))
    return {
        "heads": Permutation(heads),
        "values": Nested(heads, draw(rows(3, 4))),
        "groups": Permutation(groups),
        "channels": channels,
        "deep": Nested(channels.index, draw(rows(4, 3))),
        "hidden": Nested(torch.arange(2), draw(rows(2, 3))),
        "width": Permutation(draw(orders(5))),
    }


def parameters() -> Params:
    draw = torch.Generator().manual_seed(0)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw, dtype=torch.float64)
        for name, axes in SYMMETRY.axes.items()
    }


def equal(a: Params, b: Params) -> bool:
    return a.keys() == b.keys() and all(value.equal(b[name]) for name, value in a.items())


@given(maps(), maps())
@few
def test_nested_maps_form_a_group(first, second):
    for group, one in first.items():
        both = second[group].after(one)
        identity = one.after(one.inverse())
        assert identity.index.equal(torch.arange(len(one.index)))
        assert both.index.equal(one.index[second[group].index])
        assert one.inverse().after(second[group].inverse()) == both.inverse()


@given(maps(), maps())
@few
def test_transport_is_an_action_on_networks(first, second):
    params = parameters()
    moved = SYMMETRY.transport(params, first)
    both = {g: second[g].after(first[g]) for g in first}
    undone = {g: move.inverse() for g, move in first.items()}
    assert equal(SYMMETRY.transport(moved, second), SYMMETRY.transport(params, both))
    assert equal(SYMMETRY.transport(moved, undone), params)
    for name, value in moved.items():
        assert value.flatten().sort().values.equal(params[name].flatten().sort().values)


@given(maps())
@few
def test_every_unit_goes_where_its_map_says(moves):
    """By hand, one position after another, for axes beside, across, turned, and three deep."""
    params = parameters()
    moved = SYMMETRY.transport(params, moves)
    heads, values, width = moves["heads"].index, moves["values"].inner, moves["width"].index
    for h in range(3):
        for v in range(4):
            source = params["project"][heads[h] * 4 + values[h, v]]
            assert moved["project"][h * 4 + v].equal(source[width])
            source = params["turned"][:, values[h, v] * 3 + heads[h]]
            assert moved["turned"][:, v * 3 + h].equal(source[width])
    groups, channels, deep = moves["groups"].index, moves["channels"].inner, moves["deep"].inner
    for g in range(2):
        for c in range(2):
            source = params["grouped"][groups[g] * 2 + channels[g, c]]
            assert moved["grouped"][g * 2 + c].equal(source[channels[g]])
            for d in range(3):
                source = params["three"][groups[g]].view(2, 2, 8)[channels[g, c]]
                found = moved["three"][g].view(2, 2, 8)[c, :, d]
                assert found.equal(source[:, deep[g * 2 + c, d]])
    for e in range(2):
        source = params["experts"][e][width][:, moves["hidden"].inner[e]]
        assert moved["experts"][e].equal(source)


@given(maps())
@few
def test_one_order_for_all_is_the_plain_map_of_it(moves):
    """A group that lies within another still takes a map of its units alone, matrices too."""
    params = parameters()
    order = moves["values"].inner[0]
    shared: dict[str, Map] = {
        "heads": moves["heads"],
        "values": Nested.shared(moves["heads"].index, order),
    }
    plain: dict[str, Map] = {"heads": moves["heads"], "values": Permutation(order)}
    assert equal(SYMMETRY.transport(params, shared), SYMMETRY.transport(params, plain))
    assert SYMMETRY.groups()["values"] == 4


@given(maps())
@few
def test_outer_units_alone_take_their_inner_ones_along(moves):
    params = parameters()
    alone = SYMMETRY.transport(params, {"groups": moves["groups"]})
    along = {
        "groups": moves["groups"],
        "channels": Nested.shared(moves["groups"].index, torch.arange(2)),
    }
    assert equal(alone, SYMMETRY.transport(params, along))


@given(maps())
@few
def test_an_index_of_an_axis_moves_it_as_transport_does(moves):
    for name in ("project", "turned", "fused", "shuffled", "level"):
        for axis in SYMMETRY.axes[name]:
            x = torch.arange(axis.size)
            assert axis.apply(x, 0, moves).equal(axis.index(moves))
            assert axis.index(moves).sort().values.equal(x)


@given(maps())
@few
def test_rows_told_apart_follow_the_index(moves):
    params = parameters()
    moved = SYMMETRY.transport(params, moves)
    for group in ("values", "deep", "hidden"):
        family = {group, *SYMMETRY.within()[group]}
        others = {g: m for g, m in moves.items() if g not in family}
        rest = SYMMETRY.transport(params, others)
        for place in SYMMETRY.occurrences(group):
            before = SYMMETRY.unfold_apart(rest[place.name], place)
            rows = SYMMETRY.unfold_apart(moved[place.name], place)
            assert rows.equal(before[moves[group].index])


@given(maps())
@few
def test_what_is_unfolded_at_another_group_has_its_nested_units_moved(moves):
    params = parameters()
    moved = SYMMETRY.transport(params, moves)
    for place in SYMMETRY.occurrences("width"):
        rows = SYMMETRY.unfold(params[place.name], place, moves)
        assert SYMMETRY.unfold(moved[place.name], place).equal(rows[moves["width"].index])


def test_gradients_pass_through_nested_maps():
    params = {n: v.requires_grad_() for n, v in parameters().items()}
    order = torch.tensor([1, 0])
    moves = {
        "groups": Permutation(order),
        "channels": Nested(order, torch.tensor([[1, 0], [0, 1]])),
    }
    moved = SYMMETRY.transport(params, moves)["grouped"]
    (gradient,) = torch.autograd.grad((moved * moved).sum(), params["grouped"])
    assert gradient.equal(2 * params["grouped"])


@pytest.mark.parametrize(
    "inner", [[[0, 1]], [[0, 0], [0, 1]], [[0.0, 1.0], [1.0, 0.0]], [0, 1]],
    ids=["too few", "twice", "float", "1d"],
)  # fmt: skip
def test_what_is_no_nested_order_is_refused(inner: list):
    with pytest.raises(ValueError, match="permutation"):
        Nested(torch.tensor([1, 0]), torch.tensor(inner))


def test_outer_units_that_two_maps_order_differently_are_refused():
    moves: Mapping[str, Map] = {
        "heads": Permutation(torch.tensor([1, 0, 2])),
        "values": Nested.identity(3, 4),
    }
    with pytest.raises(ValueError, match="'heads' in another order"):
        SYMMETRY.transport(parameters(), moves)


def test_units_whose_outer_one_is_not_told_are_refused():
    symmetry = Symmetry({"w": (Axis(((V,),)), Axis(((H,),)), Axis(((H,),)))})
    with pytest.raises(ValueError, match="does not tell"):
        symmetry.transport({"w": torch.zeros(4, 3, 3)}, {"values": Nested.identity(3, 4)})
