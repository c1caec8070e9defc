"""Recurrent networks that return their state: it counts, unless the logits are said to be all."""

import torch
from torch import Tensor, nn

from basinbench import explain, prove, trace


class LanguageModel(nn.Module):
    """Next tokens and the state, as in PyTorch's own example, with one table for both ends."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.r = nn.LSTM(8, 8, 2, dropout=0.2)
        self.decoder = nn.Linear(8, 20)
        self.decoder.weight = self.embedding.weight

    def forward(self, tokens: Tensor, state: tuple | None = None) -> tuple[Tensor, tuple]:
        y, last = self.r(self.embedding(tokens), state)
        return self.decoder(y), last


TOKENS = torch.randint(20, (5, 3), generator=torch.Generator().manual_seed(0))


def test_a_state_that_is_returned_counts():
    symmetry = trace(LanguageModel(), TOKENS)
    assert symmetry.groups() == {}
    assert "the output" in str(explain(symmetry))


def test_where_only_the_logits_count_the_hidden_units_move():
    net = LanguageModel()
    symmetry = trace(net, TOKENS, output=lambda result: result[0])
    assert symmetry.groups() == {"r[0]": 8, "r[1]": 8}
    assert symmetry.axes["decoder.weight"][1].groups == {"r[1]"}
    proof = prove(net, symmetry, TOKENS, TOKENS[:3], output=lambda result: result[0])
    assert proof, proof


def test_a_state_that_is_given_stays():
    state = (torch.zeros(2, 3, 8), torch.zeros(2, 3, 8))
    symmetry = trace(LanguageModel(), (TOKENS, state), output=lambda result: result[0])
    assert symmetry.groups() == {}
    assert "the input" in str(explain(symmetry))
