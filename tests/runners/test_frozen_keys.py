"""Keys and seeds that are written down: where one changes, homes are trained and run anew.

If it is meant, raise `KEY_VERSION`, say so in the change log, and write the new keys down.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial

import pytest

from basinbench.datasets.splits import Biased, Dirichlet, SpecialDigit
from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.baselines import Identity
from basinbench.methods.otfusion import OTFusionActivations
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.cells.agreement import AgreementCell
from basinbench.runners.cells.merge import Cell
from basinbench.runners.cells.planted import PlantedCell
from basinbench.runners.cells.transfer import TransferCell
from basinbench.runners.cells.worked_example import ExampleCell
from basinbench.runners.finishes import FromScratch, Nothing, Repair, Retrain
from basinbench.runners.grids.named import grids
from basinbench.runners.keys import key, kind_of, plain
from basinbench.runners.networks import MLP, VGG, ResNet20, TanhMLP
from basinbench.runners.seeds import seed_of
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.optimisers import SGD
from basinbench.runners.training.recipes import Recipe, recipe

SHORT = recipe("digits-short")
FIRST, SECOND = (Endpoint(MLP((16, 16)), "digits", SHORT, seed) for seed in (0, 1))
UNEQUAL = replace(SECOND, network=MLP((20, 16)))

# Each field is spelled out, so that the new default of an old field is found as well.
FROZEN = {
    "d778341817e9dacb": MLP(widths=(512, 512, 512), bias=True, norm="none"),
    "ba9e9586ea7437ca": TanhMLP(widths=(64, 32), bias=False, norm="layer"),
    "9c8c245551a818e8": VGG(depth=11, width=64, norm="none", bias=True, hidden=()),
    "faed0bf17a2d9bda": ResNet20(width=1, norm="layer"),
    "a4868d76fde429cf": SGD(lr=0.1, momentum=0.9, weight_decay=0, nesterov=False),
    "cd98c3e234faeffd": recipe("git-rebasin-mnist-mlp"),
    "67aa8504bcf1766b": replace(recipe("otfusion-vgg11"), epochs=30, amp=True),
    "4d6ca12f4c8e4b01": Biased(seed=123),
    "defe268daff5d0aa": SpecialDigit(digit=4, share=0.1, seed=0),
    "7430ff986d16ddf6": Dirichlet(alpha=0.5, seed=0, minimum=10),
    "1493c1a78f918a99": FIRST,
    "52ce03a0ba00168f": replace(FIRST, split=Biased(), part=1, parts=2),
    "53c139b499b57b6c": Identity(),
    "bf92fd32daf1922b": WeightMatching(order="forward"),
    "67b2625612ffc866": OTFusionActivations(squared=True, when="after", samples=None),
    "5d1d42e4a2f3ef2b": StraightThrough(every=None),
    "3392761de448cea3": Retrain(epochs=1, lr_scale=0.1),
    "320041970cfc774e": FromScratch(epochs=30),
    "e41f99ae940ec147": Repair(),
    "be8ba19497829f5e": Cell((FIRST, SECOND), Identity(), Nothing(), seed=0, points=25),
    "25600861dbf07b70": Cell((FIRST, UNEQUAL), WeightMatching(), Retrain(2), points=5),
    "3250049d25f1c486": TransferCell(
        (FIRST, SECOND), Identity(), Nothing(), elsewhere=(SECOND, FIRST), by="itself"
    ),
    "c23b690d8600ae28": AgreementCell((FIRST, SECOND), ActivationMatching(), WeightMatching()),
    "c75dd1bfeeb9b86a": PlantedCell(ResNet20(0.5), 0.1, WeightMatching(), seed=2),
    "54ee5b4b0bf204a9": ExampleCell("git-rebasin-a.6"),
}


@pytest.mark.parametrize("frozen", FROZEN)
def test_keys_do_not_change_by_accident(frozen: str):
    assert key(FROZEN[frozen]) == frozen


def test_seeds_are_those_of_the_committed_results():
    """They were drawn from names of classes and all fields, before there were stable names."""
    assert seed_of("init", 0) == 5_696_364_089_584_488_662
    assert seed_of("align", 0, FIRST, UNEQUAL) == 629_854_279_293_422_002
    assert seed_of("align", 0, replace(FIRST, split=Biased())) == 5_205_477_915_419_002_694
    assert seed_of("weights", ResNet20(0.5), 0) == 7_216_638_366_760_356_457
    published = replace(recipe("otfusion-vgg11"), epochs=0)
    assert (
        seed_of("finish", 0, Endpoint(VGG(), "cifar10", published, 3)) == 2_010_383_604_405_280_799
    )


@dataclass(frozen=True)
class RenamedMLP(MLP):
    """The same under another name, in another module, with a field that came later."""

    kind = MLP.kind
    dropout: float = 0.0


@dataclass(frozen=True)
class RenamedRecipe(Recipe):
    kind = Recipe.kind
    clip: float | None = None


def test_neither_a_new_name_nor_a_new_default_field_moves_a_key_or_a_seed():
    every = {f.name: getattr(SHORT, f.name) for f in fields(SHORT)}
    moved = replace(FIRST, network=RenamedMLP((16, 16)), recipe=RenamedRecipe(**every))
    for name_of in (key, partial(seed_of, "align", 0)):
        assert name_of(moved) == name_of(FIRST)
        for other in (RenamedMLP((16, 16), dropout=0.5), RenamedMLP((16, 17))):
            assert name_of(replace(moved, network=other)) != name_of(FIRST)
        clipped = replace(moved, recipe=RenamedRecipe(**every, clip=1.0))
        assert name_of(clipped) != name_of(FIRST)


def parts(value: object) -> Iterator[object]:
    """`value` and all dataclasses in it."""
    if is_dataclass(value):
        yield value
        for f in fields(value):
            yield from parts(getattr(value, f.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts(item)


def test_no_two_classes_have_one_stable_name():
    classes = {type(part) for g in grids().values() for c in g.cells() for part in parts(c)}
    values = {kind: cls for cls in classes for kind in [vars(cls).get("kind")] if kind}
    assert len(values) == len([cls for cls in classes if "kind" in vars(cls)])


def test_a_class_without_a_name_of_its_own_has_no_key():
    @dataclass(frozen=True)
    class Inherits(MLP):
        """Would be taken for the other."""

    with pytest.raises(TypeError, match="Inherits has no key: give the class a `kind"):
        key(Inherits())
    assert kind_of(MLP()) == "mlp"
    assert plain(MLP()) == {"kind": "mlp", "widths": [512, 512, 512]}
