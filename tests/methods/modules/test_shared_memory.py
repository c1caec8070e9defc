"""Two parameters in one memory are one, as two names of one parameter are."""

import pytest
import torch
from torch import Tensor, nn

from basinbench import UserError, align, merge, network, parameters_on_meta, trace

IDS = torch.arange(12).reshape(2, 6) % 7


class Language(nn.Module):
    """A network that reads and writes words by one table, which is tied by its numbers alone."""

    def __init__(self, transposed: bool = False) -> None:
        super().__init__()
        self.read = nn.Embedding(7, 7 if transposed else 6)
        self.mix = nn.Linear(self.read.embedding_dim, self.read.embedding_dim)
        self.write = nn.Linear(self.read.embedding_dim, 7, bias=False)
        own = self.read.weight.data
        self.write.weight.data = own.T if transposed else own

    def forward(self, ids: Tensor) -> Tensor:
        return self.write(self.mix(self.read(ids)).relu()).mean(1)


def test_an_aligned_network_is_what_it_was_when_it_is_loaded_back():
    first, second = Language(), Language()
    a, b = (network(module, example=IDS) for module in (first, second))
    assert [name for name in a.weights if name != "mix.weight"] == ["read.weight", "mix.bias"]
    before = second(IDS)
    second.load_state_dict(align(a, b).networks[1])
    assert torch.allclose(second(IDS), before, atol=1e-6)
    merged = merge(a, b)
    assert torch.equal(merged["read.weight"], merged["write.weight"])


def test_two_checkpoints_of_one_tied_tensor_are_refused():
    module = Language()
    odd = {**module.state_dict(), "write.weight": torch.ones(7, 6)}
    with pytest.raises(UserError, match=r"'read.weight' and 'write.weight' share one tensor"):
        network(module, odd, example=IDS)


def test_a_network_without_numbers_is_tied_as_the_one_with_some():
    with parameters_on_meta():
        blank = Language()
    assert trace(blank, IDS).axes == trace(Language(), IDS).axes


def test_parameters_of_equal_numbers_by_chance_are_two():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    shared = torch.ones(4, 4)
    params = {**module.state_dict(), "0.weight": shared, "2.weight": shared}
    net = network(module, params, example=torch.zeros(2, 4))
    again = network(net.module, example=torch.zeros(2, 4))
    for each in (net, again):
        assert {"0.weight", "2.weight"} <= each.weights.keys()


def test_a_transposed_table_is_refused_and_blocks_of_one_memory_are_not():
    with pytest.raises(UserError, match=r"'read.weight' and 'write.weight' lie in one memory"):
        network(Language(transposed=True), example=IDS)
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    whole = torch.randn(4, 8)
    module[0].weight.data, module[2].weight.data = whole[:, :4], whole[:, 4:]
    assert len(network(module, example=torch.zeros(2, 4)).weights) == 4
