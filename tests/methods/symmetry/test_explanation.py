"""An explanation lists every axis that stays, and where it was pinned."""

import torch
from small_layers import Net
from small_networks import SMALL, traced
from torch import nn

from basinbench import explain, trace
from basinbench.methods.symmetry.permutation_spec import declared_symmetry


def test_what_stays_is_what_no_group_moves():
    for name in SMALL:
        _, _, symmetry = traced(name)
        told: dict[tuple[str, int], int] = {}
        for pin in explain(symmetry):
            assert pin.why
            told[pin.name, pin.dim] = told.get((pin.name, pin.dim), 0) + pin.size
        for key, axes in symmetry.axes.items():
            for dim, axis in enumerate(axes):
                if axis.size > 1 and not axis.groups:
                    assert told[key, dim] == axis.size, (name, key, dim)
                elif axis.size > 1 and len(axis.segments) == 1 == len(axis.segments[0]):
                    assert (key, dim) not in told, (name, key, dim)


def test_operators_and_modules_are_named():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.Linear(6, 3))
    net[1] = Net(lambda _, h: h.cumsum(-1))
    found = {
        (p.name, p.dim): (p.size, p.why, p.operator, p.module)
        for p in explain(trace(net, torch.zeros(2, 4)))
    }
    assert found == {
        ("0.weight", 0): (8, "order", "cumsum", "1"),
        ("0.weight", 1): (4, "the input", "linear", "0"),
        ("0.bias", 0): (8, "order", "cumsum", "1"),
        ("2.weight", 1): (8, "order", "cumsum", "1"),
        ("3.weight", 0): (3, "the output", "linear", "3"),
        ("3.bias", 0): (3, "the output", "linear", "3"),
    }


def test_a_table_is_printed():
    net = Net(
        lambda s, x: s.o(s.a(x) + s.p[: x.shape[1]]),
        a=nn.Linear(4, 8), p=nn.Parameter(torch.zeros(9, 8)), o=nn.Linear(8, 3),
    )  # fmt: skip
    table = str(explain(trace(net, torch.zeros(2, 5, 4)))).splitlines()
    lines = [" ".join(line.split()) for line in table]
    assert lines[0] == "tensor axis stay because of where"
    assert "p axis 0 4 the graph does not read it" in lines
    assert any(line.startswith("p axis 0 5 the input") for line in lines)


def test_of_a_written_symmetry_the_specification_is_told():
    params = {"w": torch.zeros(3, 4), "v": torch.zeros(2, 3)}
    symmetry = declared_symmetry({"w": ("P", None), "v": (None, "P")}, params)
    assert [(p.name, p.dim, p.size) for p in explain(symmetry)] == [("w", 1, 4), ("v", 0, 2)]
    whole = declared_symmetry({"w": ("P", "Q")}, {"w": torch.zeros(3, 4)})
    assert str(explain(whole)) == "every axis moves"
