"""What networks return, in whatever form, is logits."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from basinbench import UserError
from basinbench.methods.modules.forms import Output, logits_of, tensors_of

LOGITS, OTHER = torch.ones(2, 3), torch.zeros(2, 4)


@dataclass
class Answer:
    loss: Tensor | None
    logits: Tensor
    hidden: tuple[Tensor, ...] = ()


@dataclass
class States:
    pooled: None
    last: Tensor


Pair = namedtuple("Pair", "aux logits")


@pytest.mark.parametrize(
    "result",
    [
        LOGITS,
        (LOGITS, OTHER),
        [LOGITS],
        ((LOGITS,), OTHER),
        {"aux": OTHER, "logits": LOGITS},
        OrderedDict(out=LOGITS, aux=OTHER),
        Answer(None, LOGITS, (OTHER,)),
        Answer(OTHER, LOGITS),
        States(None, LOGITS),
        Pair(OTHER, LOGITS),
    ],
)
def test_logits_are_found(result: object):
    assert logits_of(result) is LOGITS


@pytest.mark.parametrize("output", ["aux", lambda result: result["aux"]])
def test_where_they_are_can_be_said(output: Output):
    assert logits_of({"logits": OTHER, "aux": LOGITS}, output) is LOGITS


def test_no_logits_are_a_sentence():
    for result in (None, 3, (), {"logits": None}, object()):
        with pytest.raises(UserError, match="where its logits are"):
            logits_of(result)
    with pytest.raises(UserError, match="output='logit' gives NoneType and not a tensor"):
        logits_of({"logits": LOGITS}, "logit")
    with pytest.raises(UserError, match="output=its function gives int and not a tensor"):
        logits_of(LOGITS, lambda _: 3)  # type: ignore[arg-type, return-value]


def test_tensors_of_an_answer_come_in_order():
    assert [t.shape[1] for t in tensors_of(({"a": LOGITS}, [OTHER]))] == [3, 4]
