"""Random inputs are random in their ids too, and every id is one that the network knows."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from basinbench import Alignment, Permutation, Problem, from_axes_to_perm, network
from basinbench.runners.own_networks.examples import example_named, random_like
from basinbench.runners.own_networks.ids import rows_of_ids
from basinbench.runners.own_networks.proof import change_by_alignment


class Text(nn.Module):
    """Tokens, and the kinds of tokens, which are fewer."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.kinds = nn.Embedding(50, 8), nn.Embedding(2, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, ids: Tensor, kinds: Tensor | None = None, shift: int = 0) -> Tensor:
        x = self.tokens(ids + shift if shift else ids)
        return self.head((x if kinds is None else x + self.kinds(kinds)).mean(1))


def test_each_input_has_ids_below_the_rows_of_its_own_table():
    module, mask = Text(), torch.ones(2, 30, dtype=torch.int64)
    example = {"ids": example_named("int64:30"), "kinds": torch.zeros_like(mask), "mask": mask}
    ids = rows_of_ids(lambda: module(example["ids"], example["kinds"]))
    found = random_like(example, 0, ids)
    assert len(found["ids"].unique()) > 2
    assert int(found["ids"].max()) < 50
    assert sorted(found["kinds"].unique().tolist()) == [0, 1]
    assert torch.equal(found["mask"], mask)
    assert torch.equal(found["ids"], random_like(example, 0, ids)["ids"])
    assert not torch.equal(found["ids"], random_like(example, 1, ids)["ids"])
    derived = rows_of_ids(lambda: module(example["ids"], example["kinds"], shift=1))
    assert derived(example["ids"]) == 2, (
        "the smallest in use, where no table sees the ids as they are"
    )


LOOKUPS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "the function": lambda ids, table: F.embedding(ids, table),
    "bags": lambda ids, table: F.embedding_bag(ids, table),
    "an index": lambda ids, table: table[ids],
    "an index behind others": lambda ids, table: table.T[:, ids],
    "an index behind a mask": lambda ids, table: table.new_zeros(3, 2, 50)[
        torch.ones(3, 2, dtype=torch.bool), ids[:, :1]
    ],
    "rows that are selected": lambda ids, table: table.index_select(0, ids.flatten()),
    "one-hot codes": lambda ids, table: F.one_hot(ids, 50).to(table) @ table,
    "other whole numbers": lambda ids, table: table[ids.int()],
}


@pytest.mark.parametrize("how", LOOKUPS)
def test_ids_are_known_however_they_are_looked_up(how: str):
    ids, table = torch.zeros(2, 6, dtype=torch.int64), torch.zeros(50, 8)
    assert rows_of_ids(lambda: LOOKUPS[how](ids, table))(ids) == 50


def test_whole_numbers_that_are_looked_up_nowhere_are_no_ids():
    ids, scale = torch.zeros(2, 6, dtype=torch.int64), torch.ones(6)
    assert rows_of_ids(lambda: ids * scale)(ids) is None


def test_a_change_that_token_0_does_not_show_is_seen():
    """Columns of the table move alone, by a wrong symmetry; only its first row is the same."""
    module, example = Text(), example_named("int64:8")
    with torch.no_grad():
        module.tokens.weight[0] = 1
    axes = {name: (None,) * value.ndim for name, value in module.state_dict().items()}
    wrong = from_axes_to_perm(axes | {"tokens.weight": (None, "units")}, module.state_dict())
    net = network(module, symmetry=wrong)
    moved = Alignment(({}, {"units": Permutation(torch.arange(7, -1, -1))}))
    assert change_by_alignment(Problem((net, net)), moved, [example]).error > 1e-3
