"""The grids hold what their purpose says, each cell once."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from basinbench.errors import UserError
from basinbench.methods.baselines import Identity
from basinbench.methods.plugins.catalogue import methods
from basinbench.results.columns import WHAT_IT_IS
from basinbench.runners.cells.merge import Cell
from basinbench.runners.cells.transfer import AnyCell
from basinbench.runners.commands.filters import FILTERS, select_cells
from basinbench.runners.finishes import Nothing, Retrain, finishes
from basinbench.runners.grids.named import Block, grid, grids
from basinbench.runners.keys import label_of
from basinbench.runners.networks import MLP
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.recipes import recipe
from basinbench.runners.training.schedules import Schedule, Steps

GRIDS = sorted(grids())


def endpoint(seed: int = 0, name: str = "digits-short", dataset: str = "digits") -> Endpoint:
    return Endpoint(MLP((16,)), dataset, recipe(name), seed)


def columns(cell: AnyCell) -> tuple:
    """What tells cells apart in the tables, but for the hash."""
    described = cell.describe()
    return tuple(described.get(name) for name in WHAT_IT_IS)


@pytest.mark.parametrize("name", GRIDS)
def test_no_two_cells_share_a_key_or_a_row(name: str):
    cells = grid(name).cells()
    assert len({cell.key for cell in cells}) == len(cells)
    assert len({columns(cell) for cell in cells}) == len(cells)


@pytest.mark.parametrize("name", ["quick", "mnist"])
def test_every_method_meets_the_perceptron_in_a_balanced_design(name: str):
    perceptron = next(iter(grid(name).cells())).network
    merges = [cell for cell in grid(name).cells() if isinstance(cell, Cell)]
    cells = [c for c in merges if c.finish == Nothing() and c.network == perceptron]
    for method in methods().values():
        for count in (2, 3):
            same = [c for c in cells if c.method.name == method.name and len(c.endpoints) == count]
            for label in {label_of(c.method) for c in same}:
                seeds = [e.seed for c in same if label_of(c.method) == label for e in c.endpoints]
                assert len(set(Counter(seeds).values())) == 1, "each network counts as much"
        assert any(c.method.name == method.name for c in cells), method.name


@pytest.mark.parametrize("name", [g for g in GRIDS if g != "fidelity"])  # it has known results
def test_a_plug_in_is_in_every_block(name: str, monkeypatch: pytest.MonkeyPatch):
    @dataclass(frozen=True)
    class Own(Identity):
        """A method of a user's own."""

        name: ClassVar[str] = "own"

    monkeypatch.setattr(
        "basinbench.runners.grids.blocks.methods", lambda: {**methods(), "own": Own}
    )
    cells = grid(name).cells()
    networks = {c.network for c in cells}
    if name == "claims":  # elsewhere it asks about two methods alone, at many widths and epochs
        few = {"linear", "vgg11-w64-nobias", "mlp-400-200-100-nobias"}
        networks = networks - few - {n for n in networks if n.startswith("git-rebasin")}
    assert {c.network for c in cells if c.method == Own()} == networks


def test_quick_has_every_finish_and_plain_averaging_retrained():
    cells = [c for c in grid("quick").cells() if isinstance(c, Cell)]
    assert {cell.finish.name for cell in cells} == set(finishes())
    for network in {c.network for c in cells if len({e.network for e in c.endpoints}) == 1}:
        assert any(
            c.network == network and c.method == Identity() and c.finish == Retrain() for c in cells
        )


def test_shortened_recipes_fall_at_the_published_shares_of_training():
    found: dict[str, Schedule] = {}
    for cell in grid("paper").cells():
        assert isinstance(cell, Cell)
        own = cell.endpoints[0].recipe
        assert own.epochs == 30
        found[own.name] = own.schedule
    assert found["otfusion-resnet18"] == Steps((15, 25), 0.1)
    assert found["otfusion-vgg11"] == Steps(tuple(range(3, 30, 3)), 0.5)
    assert found["git-rebasin-resnet20"] == recipe("git-rebasin-resnet20").schedule


def test_a_key_depends_on_everything_that_defines_the_cell():
    cells = [
        Cell((endpoint(0), endpoint(1)), Identity(), Nothing()),
        Cell((endpoint(1), endpoint(0)), Identity(), Nothing()),
        Cell((endpoint(0), endpoint(1)), Identity(), Retrain()),
        Cell((endpoint(0), endpoint(1)), Identity(), Retrain(2)),
        Cell((endpoint(0), endpoint(1)), Identity(), Nothing(), seed=1),
        Cell((endpoint(0), endpoint(1)), Identity(), Nothing(), points=5),
        Cell((endpoint(0, "mnist-short"), endpoint(1, "mnist-short")), Identity(), Nothing()),
    ]
    assert len({cell.key for cell in cells}) == len(cells)
    assert cells[0].key == Cell((endpoint(0), endpoint(1)), Identity(), Nothing()).key


def test_a_block_gives_each_network_its_own_architecture():
    wide, narrow = MLP((20,)), MLP((16,))
    block = Block(
        "digits",
        (wide, narrow),
        recipe("digits-short"),
        ((0, 1), (3, 2)),
        (Identity(),),
        (Nothing(),),
    )
    cells = block.cells()
    assert [[(e.network, e.seed) for e in cell.endpoints] for cell in cells] == [
        [(wide, 0), (narrow, 1)],
        [(wide, 3), (narrow, 2)],
    ]
    assert {cell.network for cell in cells} == {"mlp-20+mlp-16"}
    with pytest.raises(ValueError, match="longer"):
        replace(block, pairs=((0, 1, 2),)).cells()


def test_what_is_no_cell():
    pair = (endpoint(0), endpoint(1))
    with pytest.raises(ValueError, match="two networks"):
        Cell((endpoint(0),), Identity(), Nothing())
    with pytest.raises(ValueError, match="odd number"):
        Cell(pair, Identity(), Nothing(), points=10)
    with pytest.raises(ValueError, match="share their data set"):
        Cell((endpoint(0), endpoint(1, "mnist-short")), Identity(), Nothing())


def test_filters_choose_and_combine():
    quick = grid("quick")
    everything = {name: [] for name in FILTERS}
    assert select_cells(quick, everything) == quick.cells()
    some = select_cells(quick, {**everything, "network": ["mlp,vgg8"], "method": ["identity"]})
    assert {c.network.partition("-")[0] for c in some} == {"mlp", "vgg8"}
    assert {c.method for c in some} == {Identity()}
    one = select_cells(
        quick, {**everything, "seed": ["0-1"], "finish": ["none"], "network": ["resnet"]}
    )
    assert {(c.seeds, c.finish.name) for c in one} == {("0-1", "none")}
    assert {c.seeds for c in select_cells(quick, {**everything, "seed": ["3"]})} == {
        *("0-3", "1-3", "2-3"),
        *("1-2-3", "2-3-0", "3-0-1"),
    }


def test_a_variant_is_chosen_by_its_label_and_a_method_with_all_variants():
    quick = grid("quick")
    label = "otfusion-activations(samples=None, squared=True, when=after)"
    assert {label_of(c.method) for c in select_cells(quick, {"method": [label]})} == {label}
    whole = {label_of(c.method) for c in select_cells(quick, {"method": ["otfusion-activations"]})}
    assert {label, "otfusion-activations"} < whole


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"method": ["identiti"]}, "unknown method 'identiti'; did you mean 'identity'?"),
        ({"network": ["mpl"]}, "unknown network 'mpl'; did you mean 'mlp'?"),
        ({"dataset": ["digit"]}, "unknown data set 'digit'; did you mean 'digits'?"),
        ({"finish": ["retain"]}, "unknown finish 'retain'; did you mean 'retrain'?"),
        ({"seed": ["9"]}, "unknown seed '9'; "),
        (
            {"network": ["vgg16"]},
            "grid 'quick' has no cell with network 'vgg16', and that is only a part",
        ),
        ({"method": ["zipit(untl=1)"]}, "unknown parameter of zipit 'untl'; did you mean 'until'?"),
        ({"recipe": ["mnist-shrt"]}, "unknown recipe 'mnist-shrt'; did you mean 'mnist-short'?"),
        ({"seed": ["all-pairs:3"]}, "'all-pairs:3' is no set of seeds; write 0-1"),
        ({"seed": ["4294967295-4294967296"]}, "'4294967295-4294967296' is out of range: seeds"),
        ({"seed": ["all-pairs:0-9999999999"]}, "'all-pairs:0-9999999999' is out of range: seeds"),
    ],
)
def test_filters_that_match_nothing_say_so(filters: dict, sentence: str):
    with pytest.raises(UserError) as error:
        select_cells(grid("quick"), filters)
    assert str(error.value).startswith(sentence)


def test_an_unknown_grid_names_the_nearest():
    with pytest.raises(UserError, match="unknown grid 'quik'; did you mean 'quick'"):
        grid("quik")


def test_no_grid_is_called_as_a_folder_of_code():
    """Its tables and pages lie beside the sub-packages, in `results/` and in `reports/`."""
    root = next(p for p in Path(__file__).parents if (p / "pyproject.toml").exists())
    code = {p.parent.name for room in ("results", "reports") for p in root.glob(f"{room}/*/*.py")}
    assert code, "there are sub-packages"
    assert not code & {*grids(), "verdicts"}
