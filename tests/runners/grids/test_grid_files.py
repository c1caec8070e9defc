"""Grids in files: the built-in ones read back cell by cell, errors with their lines."""

from pathlib import Path

import pytest

from basinbench.errors import UserError
from basinbench.runners.grids.files import check_name, grid_in
from basinbench.runners.grids.named import grid, grids
from basinbench.runners.grids.notation.toml_reader import read_grid
from basinbench.runners.grids.notation.toml_writer import grid_as_toml
from basinbench.runners.keys import label_of

SMALL = """\
name = "mine"
dataset = "digits"
recipe = "digits-short(epochs=1)"
seeds = ["0-1"]

[[block]]
network = "mlp-16x2"
methods = [
    "identity",
    "zipit(until=[0.2, 0.5])",
]
finishes = ["none", "retrain(epochs=2)"]
points = 5

[[block]]
kind = "planted"
network = "mlp-8x2"
noises = [0, 0.5]
seeds = [0, 1]
methods = ["weight-matching"]
"""


def written(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n == "claims" else n for n in sorted(grids())],
)
def test_every_grid_is_read_back_cell_by_cell(name: str, tmp_path: Path):
    whole = grid(name)
    again = read_grid(written(tmp_path, grid_as_toml(whole)))
    assert again.cells() == whole.cells()
    assert [c.key for c in again.cells()] == [c.key for c in whole.cells()]
    assert again.name == f"{name}-own"
    assert again.purpose == whole.purpose


def test_a_file_says_what_its_blocks_share_and_what_each_has(tmp_path: Path):
    found = grid_in(written(tmp_path, SMALL))
    assert found.name == "mine"
    merged, planted = found.blocks
    assert {label_of(c.method) for c in merged.cells()} == {
        "identity",
        "zipit(until=0.2)",
        "zipit(until=0.5)",
    }
    assert len(merged.cells()) == 3 * 2
    assert len(planted.cells()) == 2 * 2


def test_lists_of_networks_and_recipes_are_blocks_for_each(tmp_path: Path):
    text = SMALL.replace('"mlp-16x2"', '["mlp-16x2", "mlp(widths=(8, 4))"]')
    text = text.replace('"digits-short(epochs=1)"', '"digits-short(epochs=[1, 2])"')
    cells = grid_in(written(tmp_path, text)).cells()
    merged = {(c.network, e.recipe.epochs) for c in cells for e in c.endpoints}
    assert merged == {(n, e) for n in ("mlp-16x2", "mlp-8-4") for e in (1, 2)}


def test_a_file_without_blocks_is_one(tmp_path: Path):
    text = SMALL.partition("[[block]]")[0] + 'network = "mlp-16x2"\nmethods = "identity"\n'
    (cell,) = grid_in(written(tmp_path, text)).cells()
    assert str(cell) == "identity, none: mlp-16x2, 0-1"


FAULTS = {
    ('"zipit(until', '"zipt(until'): ("line 10", "unknown method 'zipt'; did you mean 'zipit'?"),
    ("until=[0.2", "untl=[0.2"): ("line 10", "'untl'; did you mean 'until'?"),
    ("retrain(epochs=2)", "retrain(epochs=x)"): ("line 12", "epochs of retrain is a whole number"),
    ("mlp-16x2", "mpl-16x2"): ("line 7", "unknown network 'mpl-16x2'; did you mean 'mlp"),
    ('"mlp-8x2"', '"mlp-8x2+mlp-4x2"'): ("line 17", "planted in one network"),
    ('"digits"', '"digit"'): ("line 2", "unknown data set 'digit'; did you mean 'digits'?"),
    ("digits-short", "digit-short"): ("line 3", "unknown recipe 'digit-short'"),
    ('["0-1"]', '["0"]'): ("line 4", "'0' is no set of seeds"),
    ("finishes =", "finish ="): ("line 12", "unknown key 'finish'; did you mean 'finishes'?"),
    ("kind =", "kin ="): ("line 16", "unknown key 'kin'; did you mean 'kind'?"),
    ('"planted"', '"plant"'): ("line 16", "unknown kind of block 'plant'; did you mean 'planted'?"),
    ('"planted"', '["planted"]'): ("line 16", "unknown kind of block"),
    ("noises = [0, 0.5]", "noises = [0, -0.5]"): ("line 18", "holds numbers from 0, not -0.5"),
    ("seeds = [0, 1]", "seeds = [0, 1.5]"): ("line 19", "holds whole numbers from 0, not 1.5"),
    ('methods = ["weight-matching"]', ""): ("line 15", "the block lacks 'methods'"),
    ("points = 5", "points = 4"): ("line 6", "odd number"),
    ('network = "mlp-16x2"', "network = 3"): ("line 7", "a text in quotes or a list of texts"),
    ('network = "mlp-16x2"', 'network = "a+b'): ("line 7", ""),
    ('"mlp-16x2"', '"mlp-16x2+mlp-8x2+mlp-4x2"'): ("line 7", "names 3 networks, the seeds 0-1"),
    ("points = 5", "points = [3, 5]"): ("line 13", "points is one value here, not 2"),
    ("points = 5", "points = []"): ("line 13", "points is one value here, not 0"),
    ('name = "mine"', 'name = "quick"'): ("line 1:", "'quick' is a name of this package's own"),
    ('name = "mine"', 'name = "../mine"'): ("line 1:", "names no folder"),
    ('name = "mine"', "nmae = 'mine'"): ("line 1", "unknown key 'nmae'; did you mean 'name'?"),
    ("[[block]]\nkind", "[block]\nkind"): ("line 15", ""),
}


@pytest.mark.parametrize("case", FAULTS)
def test_an_error_names_the_file_the_line_and_the_nearest_word(
    case: tuple[str, str], tmp_path: Path
):
    right, wrong = case
    line, sentence = FAULTS[case]
    assert right in SMALL
    path = written(tmp_path, SMALL.replace(right, wrong, 1))
    with pytest.raises(UserError) as error:
        grid_in(path)
    said = str(error.value)
    assert said.startswith(str(path))
    assert line in said
    assert sentence in said
    assert "\n" not in said


PYTHON = """\
import basinbench
from basinbench.methods import Identity
from basinbench.runners.finishes import Nothing
from basinbench.runners.networks import MLP
from basinbench.runners.training.recipes import recipe


def mine() -> basinbench.Grid:
    block = basinbench.Block(
        "digits", MLP((8,)), recipe("digits-short"), ((0, 1),), (Identity(),), (Nothing(),)
    )
    return basinbench.Grid("mine", "An example.", (block,))
"""


def test_a_python_file_makes_one_grid(tmp_path: Path):
    (cell,) = grid_in(written(tmp_path, PYTHON, "mine.py")).cells()
    assert str(cell) == "identity, none: mlp-8, 0-1"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (PYTHON.replace(" -> basinbench.Grid", ""), "holds no method"),
        (PYTHON + "again = basinbench.Grid('b', '', ())\n", "makes 2 grids: b, mine; name one"),
        (PYTHON.replace("return basinbench", "return 1 #"), "mine returned no Grid: 1"),
        (PYTHON.replace('"digits", MLP', "1 / 0, MLP"), "the grid 'mine' failed: ZeroDivision"),
        (PYTHON.replace('"mine"', '"claims"'), "'claims' is a name of this package's own"),
    ],
)
def test_a_python_file_that_makes_none(code: str, sentence: str, tmp_path: Path):
    with pytest.raises(UserError) as error:
        grid_in(written(tmp_path, code, "mine.py"))
    assert sentence in str(error.value)


def test_what_is_no_grid_file(tmp_path: Path):
    with pytest.raises(UserError, match="there is no grid file"):
        grid_in(tmp_path / "none.toml")
    with pytest.raises(UserError, match=r"ends in \.toml"):
        grid_in(written(tmp_path, "", "mine.txt"))
    for name in ("quick", "verdicts", "peers", "a/b", ".", "", "Mine"):
        with pytest.raises(UserError):
            check_name(name)
