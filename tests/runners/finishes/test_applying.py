"""What a finish gives is of the networks' form, tied tensors too, or is refused in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import merges
import pytest
import torch
from merges import BATCH, CLASSES, SHAPE, SHORT, merge, samples
from torch import Tensor, nn

from basinbench.errors import UserError
from basinbench.methods import OTFusionWeights, Parent, WeightMatching, ZipIt
from basinbench.methods.base import Method, Network, Problem
from basinbench.methods.networks.construction import network
from basinbench.runners.finishes import (
    BiasCorrection,
    Finish,
    Finished,
    Merge,
    MergeContext,
    Repair,
    Rescale,
    ResetNorm,
    Retrain,
    TemperatureScaling,
    applied,
    finishes,
    reason_against,
)
from basinbench.runners.networks.evaluate import line

EVERY = [cls() for cls in finishes().values()]


@dataclass(frozen=True)
class Gives(Finish):
    """Gives something, or says something of what it is asked."""

    name: ClassVar[str] = "gives"

    made: Callable[[Merge], Any] = field(default=lambda _: None, compare=False)
    said: Any = field(default=None, compare=False)

    def skip(self, context: MergeContext) -> str | None:
        del context
        return self.said

    def apply(self, merge: Merge) -> Finished:
        return self.made(merge)


FAULTS: dict[str, tuple[Callable[[Merge], Any], str]] = {
    "None": (lambda _: None, "the finish gives.* gives None, not a Finished"),
    "parameters alone": (lambda m: m.params, "gives a dict, not a Finished"),
    "nothing": (lambda _: Finished({}), "the finished parameters lack"),
    "no list": (lambda _: Finished([]), "parameters are a list, not a dictionary"),  # type: ignore[arg-type]
    "double": (
        lambda m: Finished({n: v.double() for n, v in m.params.items()}),
        "is float64, where float32 would fit",
    ),
    "an epoch of nothing": (lambda m: Finished(m.params, {1: {}}), "parameters lack"),
    "a tensor less": (
        lambda m: Finished(dict(list(m.params.items())[:-1])),
        "the finished parameters lack",
    ),
}


def label(finish: Finish) -> str:
    return finish.name


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_finished_network_is_refused(fault: str):
    made, sentence = FAULTS[fault]
    with pytest.raises(UserError, match=sentence):
        applied(Gives(made), merge(BATCH))


@pytest.mark.parametrize("said", [True, False, "", 3])
def test_a_reason_is_a_sentence(said: object):
    with pytest.raises(UserError, match=f"`skip` of the finish gives gives {said!r}"):
        reason_against(Gives(said=said), merge(BATCH).context)
    assert reason_against(Gives(said="is not liked"), merge(BATCH).context) == "is not liked"


class TiedLayers(nn.Module):
    """Two hidden layers of one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.first = nn.Linear(64, 16), nn.Linear(16, 16)
        self.second, self.head = nn.Linear(16, 16), nn.Linear(16, CLASSES)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        x = self.start(x.flatten(1)).relu()
        x = x + self.first(x).relu()
        return self.head(x + self.second(x).relu())


class TiedHead(nn.Module):
    """The weight of the first layer is that of the last."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.up = nn.Linear(64, CLASSES, bias=False), nn.Linear(CLASSES, 32)
        self.wide, self.head = nn.Linear(32, 64), nn.Linear(64, CLASSES)
        self.head.weight = self.start.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.wide(self.up(self.start(x.flatten(1))).relu()).relu())


class TiedBias(nn.Module):
    """The bias of the last layer is added elsewhere too."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.up = nn.Linear(64, CLASSES), nn.Linear(CLASSES, 32)
        self.head = nn.Linear(32, CLASSES)
        self.head.bias = self.start.bias

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.up(self.start(x.flatten(1))).relu())


class TiedNorm(nn.Module):
    """Two batch norms of one weight, under which statistics are each one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.first = nn.Linear(64, 16), nn.BatchNorm1d(16)
        self.up, self.second = nn.Linear(16, 16), nn.BatchNorm1d(16)
        self.second.weight = self.first.weight
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(self.start(x.flatten(1))).relu()
        return self.head((x + self.second(self.up(x))).relu())


class OneLayer(nn.Module):
    """A layer under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.first = nn.Linear(64, 16), nn.Linear(16, 16)
        self.again, self.head = self.first, nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.again(self.first(self.start(x.flatten(1)).relu()).relu()).relu())


def merged(made: Callable[[], nn.Module], method: Method, half: bool = False) -> Merge:
    def one(seed: int) -> Network:
        torch.manual_seed(seed)
        module = made()
        return network(module.bfloat16() if half else module, example=torch.zeros(2, *SHAPE))

    problem = Problem((one(0), one(1)), samples(), validation=samples())
    alignment = method.align(problem)
    context = MergeContext(problem, alignment, samples(), SHORT, 5)
    return Merge(line(method, problem, alignment)(0.5), (0.5, 0.5), context)


@pytest.mark.parametrize("finish", EVERY, ids=label)
@pytest.mark.parametrize("made", [TiedLayers, TiedHead, TiedBias, TiedNorm, OneLayer])
def test_a_finished_network_is_one_that_the_module_can_be(made, finish: Finish):
    what = merged(made, WeightMatching())
    if reason := reason_against(finish, what.context):
        assert reason
        return
    found = applied(finish, what).params
    module = made()
    module.load_state_dict(found)
    x = samples()[torch.arange(50)][0]
    torch.testing.assert_close(module.eval()(x), what.context.network(x, found))


REFUSED = {
    TiedLayers: (Repair(), Rescale()),
    TiedHead: (TemperatureScaling(),),
    TiedBias: (TemperatureScaling(), BiasCorrection()),
    OneLayer: (Repair(), Rescale()),
}


@pytest.mark.parametrize("made", REFUSED)
def test_a_tensor_of_two_names_is_not_changed_under_one(made):
    context = merged(made, WeightMatching()).context
    for finish in REFUSED[made]:
        reason = reason_against(finish, context)
        assert reason is not None
        assert reason.endswith("so that neither can be changed alone")


@pytest.mark.parametrize("made", [TiedLayers, TiedNorm])
def test_a_finish_that_changes_one_name_alone_is_told(made):
    what = merged(made, WeightMatching())

    def doubled(merge: Merge) -> Finished:
        name = "second.weight"
        return Finished(merge.params | {name: 2 * merge.params[name]})

    with pytest.raises(UserError, match=r"'first.weight' and 'second.weight' have"):
        applied(Gives(doubled), what)


HALF = (
    ResetNorm(),
    Retrain(epochs=1),
    TemperatureScaling(),
    BiasCorrection(),
    Rescale(),
    Repair(),
)


@pytest.mark.parametrize("finish", HALF, ids=label)
@pytest.mark.parametrize("method", [OTFusionWeights(), ZipIt(), Parent(), WeightMatching()])
def test_merges_of_half_precision_are_finished_in_full(method: Method, finish: Finish):
    for architecture in (merges.PLAIN, BATCH):
        made = lambda: architecture.build(SHAPE, CLASSES)  # noqa: B023, E731
        what = merged(made, method, half=True)
        if reason_against(finish, what.context):
            continue
        found = applied(finish, what).params
        assert {v.dtype for v in found.values() if v.is_floating_point()} == {torch.float32}
