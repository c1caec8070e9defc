"""Weight matching copies no network: the peak is that of a few blocks and of the gains."""

from math import inf

import pytest
import torch
from live_memory import LiveMemory

from basinbench.methods.matching.weights import gain_terms, objective
from basinbench.methods.symmetry.axes import Axis, Factor, Params, Symmetry
from basinbench.methods.weight_matching import match_weights

UNITS, PIXELS = 64, 4 * 4
WRITES = {group: Axis(((Factor(UNITS, group),),)) for group in "pqr"}
READS = {group: Axis(((Factor(UNITS, group),),), reads=True) for group in "pqr"}
KERNEL = (Axis(((Factor(3),),)), Axis(((Factor(3),),)))

SYMMETRY = Symmetry(
    {
        "first": (WRITES["p"], Axis(((Factor(3),),), reads=True), *KERNEL),
        "second": (WRITES["q"], READS["p"], *KERNEL),
        "flat": (WRITES["r"], Axis(((Factor(UNITS, "q"), Factor(PIXELS)),), reads=True)),
        "last": (Axis(((Factor(5),),)), READS["r"]),
    }
)


def params(seed: int, dtype: torch.dtype = torch.float32) -> Params:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw).to(dtype)
        for name, axes in SYMMETRY.axes.items()
    }


@pytest.mark.parametrize("block", [None, 1000])
def test_peak_is_below_twice_the_largest_tensor_and_the_gains(
    block: int | None, monkeypatch: pytest.MonkeyPatch
):
    peak, largest, rest = peaks(block, torch.float32, monkeypatch)
    assert peak <= 2 * largest + rest
    if block:
        assert peak <= largest / 4 + rest, "a tensor is gone through block by block"


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_are_converted_block_by_block(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
):
    peak, largest, rest = peaks(1000, dtype, monkeypatch)
    assert peak <= largest / 4 + rest


def test_without_room_one_group_has_its_gains_at_a_time(monkeypatch: pytest.MonkeyPatch):
    (most, *_), (least, *_) = (peaks(1000, torch.bfloat16, monkeypatch, room) for room in (inf, 0))
    assert least <= most - 3 * 4 * UNITS**2


def peaks(
    block: int | None,
    dtype: torch.dtype,
    monkeypatch: pytest.MonkeyPatch,
    room: float = inf,
) -> tuple[int, int, int]:
    """Bytes: the most held at once; the largest tensor in float32; the gains and the orders."""
    if block:
        monkeypatch.setattr(gain_terms, "BLOCK", block)
    monkeypatch.setattr(objective, "BLOCK", 500)  # this network is smaller than the true one
    a, b = params(1, dtype), params(2, dtype)
    with LiveMemory() as memory:
        found = match_weights(SYMMETRY, a, b, torch.Generator().manual_seed(0), room=room)
    assert found.sweeps > 1, "corrections are part of it"
    assert memory.peak > 0
    # For each group what is constant and the sum, and for one the costs of an assignment.
    squares = [n * n for n in SYMMETRY.groups().values()]
    gains = 4 * (2 * sum(squares) + max(squares))
    orders = 6 * 8 * UNITS * PIXELS  # of the flattened axis: before, now, which differ
    return memory.peak, max(4 * x.numel() for x in a.values()), gains + orders


LAYERS, HEADS, INNER = 16, 4, 16
HELD = Factor(HEADS, "h"), Factor(INNER, "u", within=("h",))


def heads(layer: int) -> Axis:
    outer, inner = (Factor(f.size, f"{f.group}{layer}") for f in HELD)
    return Axis(((outer, Factor(inner.size, inner.group, within=(f"h{layer}",))),))


def test_of_units_within_others_one_layer_is_converted_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(objective, "BLOCK", 500)
    still = Axis(((Factor(64),),), reads=True)
    symmetry = Symmetry({f"w{i}": (heads(i), still) for i in range(LAYERS)})
    draw = torch.Generator().manual_seed(0)
    a, b = (
        {n: torch.randn(64, 64, generator=draw).bfloat16() for n in symmetry.axes} for _ in "ab"
    )
    with LiveMemory() as memory:
        found = match_weights(symmetry, a, b, torch.Generator().manual_seed(0))
    assert any(not torch.equal(m.index, m.index.sort().values) for m in found.maps.values())
    assert memory.peak <= 12 * 4 * 64 * 64, "in float32 the networks have 32 such tensors"
