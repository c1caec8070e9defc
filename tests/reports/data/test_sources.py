"""One's own results stand beside those that came with the package, and hide none of them."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.build import build
from basinbench.reports.data.sources import Source, own_and_shipped
from basinbench.reports.judging.verdicts import judged_by, read_grids
from basinbench.results.store import gather


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    gather([record("identity", PAIRS[0])], own / "quick")
    gather([record("identity", PAIRS[0])], own / "claims")
    for name in ("quick", "claims", "recovery"):
        gather([record("identity", p) for p in PAIRS], shipped / name)
    return own, shipped


def test_a_shipped_grid_stays_visible_beside_an_own_one_of_its_name(both: tuple[Path, Path]):
    own, shipped = both
    assert own_and_shipped(*both) == [
        Source("claims", own / "claims", "own"),
        Source("claims-shipped", shipped / "claims", "shipped"),
        Source("quick", own / "quick", "own"),
        Source("quick-shipped", shipped / "quick", "shipped"),
        Source("recovery", shipped / "recovery", "shipped"),
    ]
    assert own_and_shipped(own / "nothing", shipped)[0].name == "claims"
    gather([record("identity", PAIRS[0])], own / "quick-shipped")
    names = [source.name for source in own_and_shipped(*both)]
    assert "quick-shipped-shipped" in names
    assert len(set(names)) == len(names)


def test_verdicts_rest_on_one_s_own_results_where_there_are_some(both: tuple[Path, Path]):
    grids = read_grids(own_and_shipped(*both))
    assert [(g.name, g.origin, len(g.cells)) for g in grids] == [
        ("claims", "own", 1),
        ("recovery", "shipped", 3),
    ]
    assert judged_by(grids) == (
        "Judged by `claims` (your own), `recovery` (as it came with the package)."
    )
    assert judged_by(read_grids(both[0])) == "", "one folder alone leaves no question"


@pytest.mark.slow
def test_a_grid_is_reported_from_both_places_and_the_pages_say_which(
    both: tuple[Path, Path], tmp_path: Path
):
    build(own_and_shipped(*both), tmp_path / "out", ["quick"])
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        *("quick", "quick-shipped", "verdicts", "site")
    }
    pages = {
        name: (tmp_path / "out" / name / "README.md").read_text()
        for name in ("quick", "quick-shipped", "verdicts")
    }
    assert "1 cells: 1 done" in pages["quick"]
    assert "3 cells: 3 done" in pages["quick-shipped"]
    assert "came with the package" in pages["quick-shipped"]
    assert "came with the package" not in pages["quick"]
    assert "Judged by `claims` (your own)" in pages["verdicts"]
    assert "Judged by claims (your own)" in (tmp_path / "out/site/index.html").read_text()
    build(own_and_shipped(*both), tmp_path / "out2", ["quick-shipped"])
    assert not (tmp_path / "out2" / "quick").exists()


def test_an_unknown_grid_and_a_taken_name_are_one_sentence(both: tuple[Path, Path], tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="no results of grid 'quik'; there are: claims, "):
        build(own_and_shipped(*both), tmp_path / "out", ["quik"])
    gather([record("identity", "0-1")], tmp_path / "in" / "verdicts")
    with pytest.raises(ValueError, match="a grid cannot be called 'verdicts'"):
        build(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
