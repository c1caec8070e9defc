"""Laws of maps, axes and transport, by hand-made symmetries of every kind of axis."""

from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from basinbench.methods.symmetry.axes import Axis, Factor, Params, Symmetry
from basinbench.methods.symmetry.maps import Linear, Map, Permutation

P, Q = Factor(4, "p"), Factor(3, "q")

AXES = {
    "plain": Axis(((P,),)),
    "read": Axis(((P,),), reads=True),
    "fixed": Axis(((Factor(5),),)),
    "flattened": Axis(((P, Factor(2)),), reads=True),
    "product": Axis(((Q, P),)),
    "twice": Axis(((P, Q), (Factor(2),), (P,))),
    "square": Axis(((Q, Q),)),
    "shuffled": Axis(((P,), (Q,), (Factor(1),)), order=(0, 2, 4, 6, 1, 3, 5, 7)),
}

SYMMETRY = Symmetry(
    {
        "bias": (AXES["plain"],),
        "weight": (AXES["product"], AXES["flattened"]),
        "both": (AXES["plain"], AXES["read"]),
        "cut": (AXES["twice"], AXES["fixed"]),
        "square": (AXES["square"],),
        "shuffled": (AXES["fixed"], AXES["shuffled"]),
        "count": (),
    }
)

every_axis = pytest.mark.parametrize("axis", AXES.values(), ids=AXES)


def permutations(units: int) -> st.SearchStrategy[Permutation]:
    return st.permutations(range(units)).map(lambda index: Permutation(torch.tensor(index)))


def maps() -> st.SearchStrategy[dict[str, Permutation]]:
    return st.fixed_dictionaries({"p": permutations(4), "q": permutations(3)})


def parameters(seed: int = 0) -> Params:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw, dtype=torch.float64)
        for name, axes in SYMMETRY.axes.items()
    }


def matrix(move: Permutation) -> Tensor:
    return torch.eye(move.units, dtype=torch.float64)[move.index]


def equal(a: Params, b: Params) -> bool:
    return a.keys() == b.keys() and all(value.equal(b[name]) for name, value in a.items())


@given(permutations(7), permutations(7))
def test_permutations_form_a_group(first: Permutation, second: Permutation):
    x = torch.arange(7.0)
    assert second.apply(first.apply(x, 0, False), 0, False).equal(
        second.after(first).apply(x, 0, False)
    )
    assert first.after(first.inverse()) == Permutation.identity(7)
    assert first.inverse().after(first) == Permutation.identity(7)
    assert second.after(first).inverse() == first.inverse().after(second.inverse())


@given(permutations(5))
def test_a_permutation_takes_unit_j_of_the_network_to_place_i(move: Permutation):
    moved = move.apply(torch.arange(5), 0, reads=False)
    assert moved.tolist() == move.index.tolist()


@pytest.mark.parametrize(
    "index",
    [[0, 0], [1, 2], [-1, 0], [[0, 1]], [0.0, 1.0]],
    ids=["twice", "gap", "sign", "2d", "float"],
)
def test_what_is_no_permutation_is_refused(index: list):
    with pytest.raises(ValueError, match="permutation"):
        Permutation(torch.tensor(index))


def test_matrices_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="units"):
        Linear(torch.zeros(2, 3), torch.zeros(2, 3))


@every_axis
@given(maps(), maps())
def test_an_axis_carries_a_group_action(axis: Axis, first, second):
    x = torch.arange(axis.size)
    both = {g: second[g].after(first[g]) for g in first}
    undone = {g: move.inverse() for g, move in first.items()}
    moved = axis.apply(x, 0, first)
    assert axis.apply(moved, 0, second).equal(axis.apply(x, 0, both))
    assert axis.apply(moved, 0, undone).equal(x)
    assert moved.sort().values.equal(x)
    assert moved.equal(axis.index(first))


@every_axis
@given(maps())
def test_a_permutation_is_the_linear_map_of_its_matrix(axis: Axis, moves):
    linear: dict[str, Map] = {g: Linear(matrix(m), matrix(m).T) for g, m in moves.items()}
    x = torch.randn(3, axis.size, 2, dtype=torch.float64)
    torch.testing.assert_close(axis.apply(x, 1, linear), axis.apply(x, 1, moves), rtol=0, atol=0)
    mixed = {"p": moves["p"], "q": linear["q"]}
    torch.testing.assert_close(axis.apply(x, 1, mixed), axis.apply(x, 1, moves), rtol=0, atol=0)


@given(maps(), maps())
def test_transport_is_an_action_on_networks(first, second):
    params = parameters()
    both = {g: second[g].after(first[g]) for g in first}
    undone = {g: move.inverse() for g, move in first.items()}
    moved = SYMMETRY.transport(params, first)
    assert equal(SYMMETRY.transport(moved, second), SYMMETRY.transport(params, both))
    assert equal(SYMMETRY.transport(moved, undone), params)
    assert equal(SYMMETRY.transport(params, {}), params)
    # Groups that move one after the other, in any order, move as they do together.
    one = SYMMETRY.transport(SYMMETRY.transport(params, {"q": first["q"]}), {"p": first["p"]})
    assert equal(one, moved)


@given(maps())
def test_transport_only_reorders(moves):
    params = parameters()
    for name, moved in SYMMETRY.transport(params, moves).items():
        assert moved.shape == params[name].shape
        assert moved.flatten().sort().values.equal(params[name].flatten().sort().values)


@given(maps())
def test_transport_by_matrices_is_transport_by_index(moves):
    linear: dict[str, Map] = {g: Linear(matrix(m), matrix(m).T) for g, m in moves.items()}
    assert equal(SYMMETRY.transport(parameters(), linear), SYMMETRY.transport(parameters(), moves))


def test_what_is_written_by_a_matrix_is_read_back():
    """(W2 back) (into W1) = W2 W1 for any invertible change of basis, also a rotation."""
    symmetry = Symmetry({"w1": (AXES["plain"], AXES["fixed"]), "w2": (AXES["fixed"], AXES["read"])})
    params = {"w1": torch.randn(4, 5).double(), "w2": torch.randn(5, 4).double()}
    into = torch.randn(4, 4).double()
    for basis in (Linear(into, into.inverse()), Linear((q := torch.linalg.qr(into).Q), q.T)):
        moved = symmetry.transport(params, {"p": basis})
        assert not torch.allclose(moved["w1"], params["w1"])
        torch.testing.assert_close(moved["w2"] @ moved["w1"], params["w2"] @ params["w1"])


def test_a_wider_basis_changes_the_sizes():
    into, back = torch.randn(6, 4).double(), torch.randn(4, 6).double()
    moved = SYMMETRY.transport(parameters(), {"p": Linear(into, back)})
    assert moved["both"].shape == (6, 6)
    assert moved["weight"].shape == (18, 12)


@given(maps(), st.sampled_from(["p", "q"]))
def test_features_of_a_group_follow_its_permutation(moves, group: str):
    """Its rows move; with every other place mapped as well, nothing else differs."""
    params = parameters()
    rows = SYMMETRY.features(params, group, moves)
    assert len(rows) == SYMMETRY.groups()[group]
    moved = SYMMETRY.transport(params, moves)
    assert SYMMETRY.features(moved, group).equal(rows[moves[group].index])


def test_features_hold_every_weight_that_touches_the_group():
    params = parameters()
    for group, units in SYMMETRY.groups().items():
        rows = SYMMETRY.features(params, group)
        places = SYMMETRY.occurrences(group)
        expected = sum(
            prod(f.size for f in SYMMETRY.axes[p.name][p.dim].segments[p.segment])
            * prod(a.size for d, a in enumerate(SYMMETRY.axes[p.name]) if d != p.dim)
            for p in places
        )
        assert rows.shape == (units, expected // units)
    written = SYMMETRY.features(params, "p", where=lambda place: not place.reads)
    read = SYMMETRY.features(params, "p", where=lambda place: place.reads)
    assert written.shape[1] + read.shape[1] == SYMMETRY.features(params, "p").shape[1]


def test_features_of_a_flattened_axis_are_the_pixels_of_its_channel():
    weight = torch.arange(40.0).view(5, 8)
    symmetry = Symmetry({"w": (AXES["fixed"], AXES["flattened"])})
    rows = symmetry.features({"w": weight}, "p")
    assert rows[1].equal(weight[:, 2:4].flatten())


def test_units_and_positions_tell_where_each_number_stands():
    params = parameters()
    for place in (p for group in SYMMETRY.groups() for p in SYMMETRY.occurrences(group)):
        tensor = params[place.name]
        for dim in set(range(tensor.ndim)) - {place.dim}:
            units = SYMMETRY.units_and_positions(tensor, place, dim)
            rows = SYMMETRY.unfold(tensor, place)
            assert units.shape[:2] == (len(rows), tensor.shape[dim])
            assert units.flatten(1).sort().values.equal(rows.sort().values)
            for position in range(tensor.shape[dim]):
                there = tensor.select(dim, position)
                assert torch.isin(units[:, position], there).all()
            if SYMMETRY.axes[place.name][place.dim].order is None:
                assert units.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
