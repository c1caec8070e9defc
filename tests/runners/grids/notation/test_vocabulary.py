"""What the tables print can be read: the value of every label, and a sentence for what is none."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basinbench.errors import UserError
from basinbench.runners.cells import AgreementCell, ExampleCell, PlantedCell
from basinbench.runners.cells.transfer import AnyCell, required_networks
from basinbench.runners.grids.named import grid, grids
from basinbench.runners.grids.notation.syntax import read, split_outside
from basinbench.runners.grids.notation.values import made
from basinbench.runners.grids.notation.vocabulary import (
    finishes_of,
    methods_of,
    networks_of,
    recipes_of,
    seeds_of,
    splits_of,
)
from basinbench.runners.keys import key, label_of
from basinbench.runners.networks import (
    GPT,
    MLP,
    VGG,
    Architecture,
    ResNet18,
    ResNet20,
    ResNeXt20,
    RowGRU,
    RowLSTM,
    TanhMLP,
    UNet,
)
from basinbench.runners.networks.torchvision import (
    TorchvisionRegNet,
    TorchvisionShuffleNet,
    TorchvisionViT,
)
from basinbench.runners.training.optimisers import SGD, Adam
from basinbench.runners.training.recipes import Recipe, recipe, recipes
from basinbench.runners.training.schedules import Constant


def labels(cell: AnyCell) -> set[tuple]:
    """(reader, label, value) of all that the cell is made of."""
    found: set[tuple] = {(finishes_of, label_of(cell.finish), cell.finish)}
    if not isinstance(cell, ExampleCell):
        found.add((methods_of, label_of(cell.method), cell.method))
    if isinstance(cell, AgreementCell):
        found.add((methods_of, label_of(cell.reference), cell.reference))
    if isinstance(cell, PlantedCell):
        found.add((networks_of, cell.form.name, cell.form))
    for endpoint in required_networks(cell):
        found.add((networks_of, endpoint.network.name, endpoint.network))
        found.add((recipes_of, endpoint.recipe.label, endpoint.recipe))
        found.add((splits_of, label_of(endpoint.split), endpoint.split))
    return found


@pytest.mark.parametrize("name", sorted(grids()))
def test_every_value_of_a_grid_is_read_from_its_label(name: str):
    found = set().union(*(labels(cell) for cell in grid(name).cells()))
    assert len(found) > 5
    for reader, label, value in found:
        assert reader(label) == (value,), label
        assert key(reader(label)[0]) == key(value), label


def test_every_recipe_is_read_from_its_label():
    for known in recipes().values():
        assert recipes_of(known.label) == (known,)
        changed = replace(known, optimiser=SGD(0.5), augmentation=None, epochs=3, amp=False)
        assert recipes_of(changed.label) == (changed,)


SIZES = st.integers(1, 9999)
NORMS = st.sampled_from(["none", "batch", "layer", "group"])
WIDTHS = st.lists(SIZES, max_size=4).map(tuple)
NETWORKS: st.SearchStrategy[Architecture] = st.one_of(
    st.builds(MLP, WIDTHS, st.booleans(), NORMS),
    st.builds(TanhMLP, WIDTHS, st.booleans(), NORMS),
    st.builds(VGG, st.sampled_from([8, 11, 16]), SIZES, NORMS, st.booleans(), WIDTHS),
    st.builds(ResNet18, SIZES, NORMS, st.booleans()),
    st.builds(ResNet20, st.sampled_from([0.25, 0.5, 1, 2, 32]), NORMS, SIZES),
    st.builds(ResNeXt20, st.sampled_from([0.25, 1, 2]), SIZES, NORMS),
    st.builds(RowLSTM, SIZES, SIZES),
    st.builds(RowGRU, SIZES, SIZES),
    st.builds(GPT, SIZES, SIZES, SIZES, SIZES),
    st.builds(TorchvisionViT, st.sampled_from([2, 4]), SIZES, SIZES, SIZES),
    st.builds(TorchvisionShuffleNet, st.tuples(*[st.integers(1, 4)] * 3)),
    st.builds(TorchvisionRegNet, SIZES, SIZES),
    st.builds(UNet, SIZES, SIZES),
)


@given(NETWORKS)
def test_every_network_is_read_from_its_name(network: Architecture):
    assert networks_of(network.name) == (network,)


def test_a_network_in_the_general_form_and_several_of_one_set():
    assert networks_of("mlp(widths=(64, 64), norm=layer)") == (MLP((64, 64), norm="layer"),)
    assert networks_of("linear") == (MLP(()),)
    assert networks_of("mlp-64x3+mlp-48x3") == ((MLP((64,) * 3), MLP((48,) * 3)),)
    assert networks_of("vgg(width=[4, 8])") == (VGG(width=4), VGG(width=8))


def test_a_list_of_values_is_one_value_each():
    labels = [label_of(m) for m in methods_of("zipit(until=[0.2, 0.5], samples=[10, None])")]
    assert labels == [
        "zipit(samples=10, until=0.2)",
        "zipit(until=0.2)",
        "zipit(samples=10, until=0.5)",
        "zipit(until=0.5)",
    ]
    found = recipes_of("mnist-short(epochs=[1, 2], optimiser=adam(lr=[0.1, 0.2]))")
    assert len(set(found)) == 4
    assert replace(recipe("mnist-short"), epochs=2, optimiser=Adam(0.1)) in found


def test_a_recipe_of_a_new_name_has_all_that_it_needs():
    text = "mine(optimiser=adam(lr=0.5), schedule=constant, epochs=3, batch=10)"
    assert recipes_of(text) == (Recipe("mine", Adam(0.5), Constant(), 3, 10),)
    (found,) = recipes_of(text)
    assert isinstance(found, Recipe)
    assert recipes_of(found.label) == (found,)


def test_sets_of_seeds():
    assert seeds_of("7-8") == ((7, 8),)
    assert seeds_of("0-1-2") == ((0, 1, 2),)
    assert seeds_of("all-pairs:3-5") == ((3, 4), (3, 5), (4, 5))
    assert len(seeds_of("all-pairs:0-9")) == 45
    for text in ("7", "a-b", "all-pairs:3", "all-pairs:5-3", "0--1", "", "all-pairs:0-99999"):
        with pytest.raises(UserError, match="seeds"):
            seeds_of(text)


def test_a_list_is_cut_at_commas_outside_brackets():
    text = "retrain(epochs=5, at=(0, 1)), none ,zipit(until=[0.2, 0.5])"
    assert split_outside(text, ",") == [
        "retrain(epochs=5, at=(0, 1))",
        "none",
        "zipit(until=[0.2, 0.5])",
    ]


FAULTS = {
    "zipt": "unknown method 'zipt'; did you mean 'zipit'?",
    "zipit(untl=0.5)": "unknown parameter of zipit 'untl'; did you mean 'until'?",
    "identity(until=1)": "identity has no parameters, so no 'until'",
    "zipit(until=soon)": "until of zipit is a number, not soon",
    "zipit(until=(1, 2))": "until of zipit is a number, not a tuple",
    "zipit(until=nan)": "until of zipit is a number, not nan",
    "zipit(until=5)": "until of zipit is a number from 0 to 1",
    "zipit(samples=many)": "samples of zipit is a whole number or None, not many",
    "zipit(samples=1_000)": "samples of zipit is a whole number or None",
    "zipit(samples='10')": "samples of zipit is a whole number or None",
    "weight-matching(order=wides)": "known values: 'wides'; did you mean 'widest'?",
    "weight-matching(sweeps=1.5)": "sweeps of weight-matching is a whole number, not 1.5",
    "forward-bipartite(signs=1)": "signs of forward-bipartite is True or False, not 1",
    "zipit(until=0.5, until=1)": "gives 'until' twice",
    "zipit(0.5)": "has '0.5' in brackets; write parameter=value",
    "zipit(until=0.5": "lacks a closing ')'",
    "zipit(until=": "has the end where a name or a value is due",
    "zipit(until=[])": "holds a list without values",
    "zipit)": "goes on with ')' after its end",
    "(zipit)": "is no name with parameters in brackets",
    "zipit(until='0.5)": "lacks a closing '",
    "zipit(until=a b=c)": "lacks a comma",
    "(" * 3000: "has brackets within more than 20 others",
}


@pytest.mark.parametrize("text", FAULTS)
def test_what_is_no_method_says_what_is_wrong_in_one_sentence(text: str):
    with pytest.raises(UserError) as error:
        methods_of(text)
    assert FAULTS[text] in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mnist-shrt(epochs=3)", "unknown recipe 'mnist-shrt'; did you mean 'mnist-short'?"),
        ("mnist-short(optimiser=adm)", "'adm'; did you mean 'adam'? Known: adam, adamw, sgd"),
        ("mnist-short(optimiser=adam(l=1))", "unknown parameter of adam 'l'; did you mean 'lr'?"),
        ("mnist-short(augmentation=adam)", "augmentation of mnist-short is one of: "),
        ("mnist-short(name=x)", "stands before the brackets"),
        ("mine(optimiser=adam, epochs=3)", "A new one also needs batch, schedule."),
    ],
)
def test_what_is_no_recipe(text: str, sentence: str):
    with pytest.raises(UserError) as error:
        recipes_of(text)
    assert sentence in str(error.value)


@pytest.mark.parametrize("text", ["mpl-64x3", "mlp(width=3)", "vgg9-w8", "mlp-8x999999999", ""])
def test_what_is_no_network(text: str):
    with pytest.raises(UserError):
        networks_of(text)


def test_fields_of_every_type():
    @dataclass(frozen=True)
    class Own:
        kind: ClassVar[str] = "own"

        many: tuple[int, ...] = ()
        two: tuple[float, str] = (1.0, "a")
        either: Literal["a", 1] | None = None
        word: str | int = 3

    def own(text: str) -> Own:
        return made(Own, read(text))  # type: ignore[arg-type]

    assert own("own(many=(1,), two=(2, b), either=1, word=5)") == Own((1,), (2.0, "b"), 1, 5)
    assert own("own(many=(), word=five)") == Own(word="five")
    assert own("own(word='5')") == Own(word="5")
    for text in ("own(many=1)", "own(two=(1,))", "own(either=b)", "own(many=(1, x))"):
        with pytest.raises(UserError):
            own(text)
