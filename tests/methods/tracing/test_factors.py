"""The algebra of atoms: whatever was tied moves alike, whatever was pinned does not move.

Random ties between random axes, then a random permutation of every atom that may still move: each
tie must hold for the positions themselves.
"""

from dataclasses import dataclass, field
from math import prod

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from basinbench.methods.tracing import factors, ties
from basinbench.methods.tracing.factors import Atom, Expression


@dataclass
class Movement:
    """Where each position of an axis comes from, once every free atom is permuted at random."""

    seed: int
    moves: dict[Atom, Tensor] = field(default_factory=dict)

    def __call__(self, expression: Expression) -> Tensor:
        segments, order = factors.straight(expression)
        pieces, start = [], 0
        for segment in segments:
            index = torch.zeros(1, dtype=torch.long)
            for atom in segment:
                index = (index[:, None] * atom.size + self.atom(atom)).flatten()
            pieces.append(index + start)
            start += len(index)
        index = torch.cat(pieces)
        if order is None:
            return index
        positions = torch.tensor(order)
        return positions[index][positions.argsort()]

    def atom(self, atom: Atom) -> Tensor:
        if atom not in self.moves:
            draw = torch.Generator().manual_seed(self.seed + len(self.moves))
            index = torch.arange(atom.size)
            self.moves[atom] = index if atom.fixed else torch.randperm(atom.size, generator=draw)
        return self.moves[atom]


@st.composite
def shapes(draw: st.DrawFn) -> list[int]:
    return draw(st.sampled_from([[12], [3, 4], [4, 3], [2, 6], [6, 2], [2, 2, 3], [1, 12]]))


@st.composite
def cuts(draw: st.DrawFn) -> list[int]:
    edges = sorted(draw(st.sets(st.integers(1, 11), max_size=3)))
    return [b - a for a, b in zip([0, *edges], [*edges, 12], strict=True)]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple]:
    axis = st.integers(0, 3)
    return draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("tie"), axis, axis),
                st.tuples(st.just("divide"), axis, shapes()),
                st.tuples(st.just("join"), axis, cuts()),
                st.tuples(st.just("narrow"), axis, st.integers(0, 5), st.integers(6, 12)),
                st.tuples(st.just("shuffle"), axis, axis, st.permutations(range(12))),
                st.tuples(st.just("pin"), axis, st.integers(0, 5), st.integers(6, 12)),
            ),
            max_size=8,
        )
    )


@given(histories(), st.integers(0, 1000))
@settings(max_examples=200)
def test_what_is_tied_moves_alike(history: list[tuple], seed: int):
    axes = [factors.fresh(12) for _ in range(4)]
    pairs: list[tuple[Expression, Expression]] = []
    slices: list[tuple[Expression, Expression, int]] = []
    pinned: list[Expression] = []
    for step, axis, *more in history:
        expression = axes[axis]
        if step == "tie":
            pairs.append((expression, axes[more[0]]))
            ties.tie(*pairs[-1])
        elif step == "divide":
            parts = ties.divide(expression, more[0])
            pairs.append((expression, factors.product(*parts)))
        elif step == "join":
            joined = factors.concatenation(factors.fresh(n) for n in more[0])
            pairs.append((expression, joined))
            ties.tie(expression, joined)
        elif step == "narrow":
            slices.append((expression, ties.narrow(expression, *more), more[0]))
        elif step == "shuffle":
            pairs.append((axes[more[0]], factors.shuffle(expression, more[1])))
            ties.tie(*pairs[-1])
        else:
            pinned.append(ties.narrow(expression, *more))
            factors.pin(pinned[-1])
    for _ in range(3):  # what expanding fixes must have settled before anything moves
        for axis in [*axes, *(e for pair in pairs for e in pair), *pinned]:
            factors.resolve(axis)
    move = Movement(seed)
    for x, y in pairs:
        assert move(x).equal(move(y))
    for whole, part, start in slices:
        inside = move(whole)[start : start + factors.length(part)]
        assert inside.equal(move(part) + start)
    for axis in pinned:
        assert move(axis).equal(torch.arange(factors.length(axis)))
    for axis in axes:
        assert move(axis).sort().values.equal(torch.arange(12))


def test_a_product_keeps_its_two_factors_free():
    axis = factors.fresh(12)
    outer, inner = ties.divide(axis, (3, 4))
    assert [a.size for segment in factors.resolve(axis) for a in segment] == [3, 4]
    assert not factors.is_fixed(outer)
    assert not factors.is_fixed(inner)


def test_the_part_of_a_concatenation_that_moves_is_kept():
    """Only what cannot be expressed is fixed: the pixels of a flatten, not its channels."""
    channels, pixels = factors.fresh(3), factors.fixed(4)
    columns = factors.fresh(12)
    ties.tie(columns, factors.product(channels, pixels))
    ties.tie(factors.fresh(12), columns)
    ((channel, pixel),) = factors.resolve(columns)
    assert (channel.size, channel.fixed, pixel.size, pixel.fixed) == (3, False, 4, True)


def test_sizes_without_a_common_divisor_are_fixed():
    axis = factors.product(factors.fresh(6), factors.fresh(4))
    ties.tie(axis, factors.product(factors.fresh(4), factors.fresh(6)))
    assert factors.is_fixed(axis)
    assert prod(a.size for a in factors.resolve(axis)[0]) == 24


def test_two_shuffled_axes_move_alike_only_in_one_order():
    a, b, c, d = (factors.fresh(4) for _ in range(4))
    ties.tie(factors.shuffle(a, (1, 0, 3, 2)), factors.shuffle(b, (1, 0, 3, 2)))
    assert factors.resolve(a) == factors.resolve(b)
    assert not factors.is_fixed(a)
    x, y = factors.shuffle(c, (1, 0, 3, 2)), factors.shuffle(d, (1, 2, 3, 0))
    ties.tie(x, y)
    move = Movement(0)
    assert move(x).equal(move(y))
    assert move(c).equal(torch.arange(4)), "no axis could say how they move together"
