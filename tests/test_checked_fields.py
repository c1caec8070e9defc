"""Every value is held to what the types of its fields say, whoever makes it."""

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from inspect import isabstract
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pytest

from basinbench.checked_fields import Bounds, Checked, PositiveInt, Real, field_types, misfit
from basinbench.datasets.splits import Dirichlet, Split
from basinbench.errors import UserError
from basinbench.methods.annealing import Annealing
from basinbench.methods.base import Alignment, Method, Problem
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.plugins.catalogue import built_in
from basinbench.methods.plugins.function import method
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.finishes import finishes
from basinbench.runners.finishes.base import Finish
from basinbench.runners.finishes.retraining import Retrain
from basinbench.runners.grids.notation.vocabulary import all_splits
from basinbench.runners.keys import key, label_of
from basinbench.runners.networks.base import Architecture
from basinbench.runners.networks.catalogue import families
from basinbench.runners.networks.mlp import MLP
from basinbench.runners.networks.vgg import VGG
from basinbench.runners.training.augmentation import FlipCrop, ZoomFlipRotate
from basinbench.runners.training.optimisers import SGD, Adam, AdamW
from basinbench.runners.training.recipes import recipe, recipes
from basinbench.runners.training.schedules import OneCycle, Steps, WarmupCosine

VALUES: list[Any] = [
    *(form() for form in built_in().values()),
    *(form() for form in finishes().values()),
    *(form() for form in families().values()),
    *(form() for form in all_splits().values()),
    *recipes().values(),
    *(
        SGD(),
        Adam(),
        AdamW(),
        OneCycle(),
        Steps((1,)),
        WarmupCosine(),
        FlipCrop(),
        ZoomFlipRotate(),
    ),
]

BOUNDED = [
    (type(value).__name__, value, name)
    for value in {type(value): value for value in VALUES}.values()
    for name in field_types(type(value))
]


def kinds(wanted: Any) -> list[Any]:
    """The types of which a field may be, a tuple's members for the tuple."""
    if get_origin(wanted) in (Annotated, Literal):
        return [wanted]
    if get_origin(wanted) is tuple:
        return [kind for one in get_args(wanted) if one is not Ellipsis for kind in kinds(one)]
    if get_args(wanted):
        return [kind for one in get_args(wanted) for kind in kinds(one)]
    return [wanted]


def outside(wanted: Any) -> list[Any]:
    """Values that a field of that type cannot have."""
    if get_origin(wanted) is Literal:
        return ["no such word", 3.5]
    if get_origin(wanted) is Annotated:
        number, *marks = get_args(wanted)
        wrong: list[Any] = ["3", True, math.nan, math.inf, [1], *([1.5] if number is int else [])]
        for bounds in marks:
            wrong += [b - 1 for b in (bounds.least, bounds.above) if b > -math.inf]
            wrong += [b + 1 for b in (bounds.most, bounds.below) if b < math.inf]
            wrong += [b for b in (bounds.above, bounds.below) if abs(b) < math.inf]
        return wrong
    if wanted is bool:
        return [0, 1, "True", None]
    return [object()]


@pytest.mark.parametrize(("form", "value", "name"), BOUNDED)
def test_a_value_outside_of_its_type_is_refused(form: str, value: Any, name: str):
    wanted = field_types(type(value), with_bounds=True)[name]
    each = get_origin(wanted) is tuple
    for kind in kinds(wanted):
        for wrong in outside(kind):
            if wrong is None and NoneType in get_args(wanted):
                continue
            given = (wrong,) * max(1, len(getattr(value, name))) if each else wrong
            with pytest.raises(UserError) as refused:
                replace(value, **{name: given})
            sentence = str(refused.value)
            assert sentence.startswith((f"{name} of ", f"each of {name} of ")), form
            assert "\n" not in sentence


def test_every_field_of_a_built_in_value_says_what_it_may_be():
    """A bare number or text would be taken as it comes."""
    bare = [
        f"{form}.{name}"
        for form, value, name in BOUNDED
        for kind in kinds(field_types(type(value), with_bounds=True)[name])
        if kind in (int, float, str) and (form, name) != ("Recipe", "name")
    ]
    assert not bare


@pytest.mark.parametrize("base", [Method, Finish, Architecture, Split])
def test_every_class_of_the_package_is_checked(base: type):
    waiting, seen = [base], []
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if is_dataclass(form) and not isabstract(form):
            seen.append(form)
            assert issubclass(form, Checked), form
    assert len(seen) > 3


SENTENCES = [
    (
        lambda: WeightMatching(order="wides"),  # type: ignore[arg-type]
        "order of weight-matching is none of the known values: 'wides'; did you mean 'widest'? "
        "Known: forward, random, widest.",
    ),
    (
        lambda: OTFusionWeights(solver="emd"),  # type: ignore[arg-type]
        "solver of otfusion-weights is none of the known values: 'emd'; Known: exact, sinkhorn.",
    ),
    (
        lambda: OTFusionWeights(ground_metric="maxx"),  # type: ignore[arg-type]
        "ground_metric of otfusion-weights is none of the known values: 'maxx'; did you mean "
        "'max'? Known: None, log, max, none.",
    ),
    (
        lambda: OTFusionWeights(regularisation=-1),
        "regularisation of otfusion-weights is a number above 0, not -1",
    ),
    (
        lambda: WeightMatching(sweeps="3"),  # type: ignore[arg-type]
        "sweeps of weight-matching is a whole number of at least 1, not '3'",
    ),
    (lambda: Retrain(at=(0, -1)), "each of at of retrain is a whole number of at least 0, not -1"),
    (
        lambda: MLP([8, 8]),  # type: ignore[arg-type]
        "widths of mlp is a tuple such as (1, 2), or (1,), not [8, 8]",
    ),
    (
        lambda: VGG(depth=12),  # type: ignore[arg-type]
        "depth of vgg is none of the known values: 12; did you mean '16'? Known: 11, 16, 8.",
    ),
    (
        lambda: ZoomFlipRotate(zoom=(0.8,)),  # type: ignore[arg-type]
        "zoom of zoom-flip-rotate is a tuple of 2, not of 1",
    ),
    (lambda: Dirichlet(alpha=0), "alpha of dirichlet is a number above 0, not 0"),
    (
        lambda: replace(recipe("digits-short"), optimiser="adam"),
        "optimiser of recipe is an Optimiser, not 'adam'",
    ),
    (
        lambda: replace(recipe("digits-short"), inputs="Standard"),
        "inputs of recipe is none of the known values: 'Standard'; did you mean 'standard'? "
        "Known: standard, unit.",
    ),
    (lambda: Annealing(hot=1e-4, cold=1e-2), "annealing cools from hot to cold, not from 0.0001"),
]


@pytest.mark.parametrize(("make", "sentence"), SENTENCES)
def test_the_sentence_says_what_may_be_and_what_is_nearest(make: Any, sentence: str):
    with pytest.raises(UserError) as refused:
        make()
    assert sentence in str(refused.value)


def test_numbers_of_numpy_are_numbers_and_change_no_key():
    plain = WeightMatching(sweeps=3)
    theirs = WeightMatching(sweeps=np.int64(3), order=np.str_("random"))  # type: ignore[arg-type]
    assert theirs == plain
    assert (key(theirs), label_of(theirs)) == (key(plain), label_of(plain))
    assert key(MLP((np.int32(8),))) == key(MLP((8,)))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="of at least 1, not 0"):
        WeightMatching(sweeps=np.int64(0))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="order of weight-matching"):
        WeightMatching(order=np.bool_(True))  # type: ignore[arg-type]


def test_a_whole_number_is_a_number_and_stays_one():
    assert OTFusionWeights(regularisation=1) == OTFusionWeights(regularisation=1.0)
    assert repr(OTFusionWeights(regularisation=1).regularisation) == "1"


@dataclass(frozen=True)
class Own(Method):
    """A plug-in's class."""

    pull: Annotated[float, Bounds(above=0, most=2)] = 1.0
    order: Literal["up", "down"] = "up"
    rounds: PositiveInt = 1
    name = "own"
    paper = "none"

    def __post_init__(self):
        if self.rounds * self.pull > 4:  # numbers by now
            raise ValueError("too far")

    def align(self, problem: Problem) -> Alignment:
        return Alignment(tuple({} for _ in problem.networks))


def test_methods_of_plug_ins_are_held_to_their_types_as_well():
    with pytest.raises(UserError, match="pull of own is a number above 0 and at most 2, not 3"):
        Own(pull=3)
    with pytest.raises(UserError, match="did you mean 'down'"):
        Own(order="dwn")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="rounds of own is a whole number of at least 1, not 'two'"):
        Own(rounds="two")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="too far"):
        Own(rounds=5)

    @method(paper="none")
    def drawn(problem, *, order: Literal["up", "down"] = "up", scale: float = 1.0):  # noqa: ARG001
        return {}

    with pytest.raises(UserError, match="order of drawn is none of the known values: 'upp'"):
        drawn(order="upp")
    with pytest.raises(UserError, match="scale of drawn is a number, not True"):
        drawn(scale=True)
    assert drawn(scale=2) == drawn(scale=2.0)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(least=1), "of at least 1"),
        (Bounds(above=0, most=1), "above 0 and at most 1"),
        (Bounds(least=0, below=1), "of at least 0 and below 1"),
        (Bounds(least=0, most=1), "from 0 to 1"),
        (Bounds(below=3), "below 3"),
        (Bounds(), ""),
    ],
)
def test_bounds_in_words(bounds: Bounds, words: str):
    assert bounds.words == words


def test_a_huge_number_is_compared_and_not_converted():
    assert misfit(10**400, Real, "it") is None
    assert misfit(10**400, Annotated[int, Bounds(most=5)], "it") is not None


def test_the_fields_are_there_to_be_looked_at():
    assert len(BOUNDED) > 70
    assert {f.name for f in fields(WeightMatching)} <= {n for _, _, n in BOUNDED}
