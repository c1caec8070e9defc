"""Reports from records whose barriers are known in closed form."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from analytic_records import HEIGHTS, LONG, PAIRS, SHORT, missing, record
from scipy import stats

from basinbench import reports
from basinbench.reports.build import build
from basinbench.reports.data import machines
from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named
from basinbench.reports.data.statistics import Interval
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.cost import cost_table
from basinbench.reports.wording.captions import caption
from basinbench.reports.wording.differences import compared
from basinbench.results.store import gather


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with one grid of four methods, two finishes and three pairs, one cell failed."""
    folder = tmp_path_factory.mktemp("results")
    cells = [record(m, p, f) for m in HEIGHTS for p in PAIRS for f in ("none", SHORT)]
    cells += [missing(m, p, "reset", "skipped", "has no norm") for m in HEIGHTS for p in PAIRS]
    cells[0] = missing("identity", "0-1", "none", "failed", "ValueError: a | b\nand more")
    gather(cells, folder / "small")
    return folder


@pytest.fixture(scope="module")
def built(results, tmp_path_factory):
    out = tmp_path_factory.mktemp("reports")
    return out, build(results, out)


def table(built, name):
    return pd.read_csv(built[0] / "small" / "tables" / f"{name}.csv")


def row(frame, method, finish="none"):
    return frame[(frame["method"] == method) & (frame["finish"] == finish)].iloc[0]


def test_barriers_in_the_table_are_those_of_the_curves(built):
    found = row(table(built, "barriers"), "weight-matching")
    assert found["n"] == 3
    assert found["test_barrier_chord_loss"] == pytest.approx(0.02)
    assert found["n_networks"] == found["test_barrier_chord_loss_networks"] == 6
    text = (built[0] / "small/tables/barriers.md").read_text()
    assert re.search(r"\| Weight matching +\| 0.020 \(0.010; 0.020; 0.030\) \|", text)
    assert "| 3 (6 networks) |" in text
    assert found["train_barrier_chord_loss"] == pytest.approx(0.01)
    assert found["test_barrier_chord_accuracy"] == pytest.approx(0.004)
    # the highest point of 0.11 + 0.02 (t - 1/2) + 4 h t (1 - t), nearly the middle
    assert found["test_barrier_mean_loss"] == pytest.approx(0.0208, abs=1e-3)


def test_a_difference_uses_only_pairs_that_the_baseline_has_too(tmp_path):
    cells = [record(m, p) for m in ("weight-matching", "identity") for p in PAIRS]
    gather(cells[:3] + cells[4:], tmp_path)  # without identity's first pair
    (frame,) = (t.numbers for t in tables(read_grid(tmp_path)) if t.name == "barriers")
    column = "test_barrier_chord_loss_against_identity"
    found, own = row(frame, "weight-matching"), row(frame, "identity")
    assert found[column] == pytest.approx(-(1.98 + 2.97) / 2)
    assert (found[f"{column}_n"], own["n"], own[column]) == (2, 2, 0)


def test_there_is_no_difference_to_a_baseline_that_failed_on_a_pair(built):
    found = row(table(built, "barriers"), "weight-matching")  # identity failed on the first pair
    assert math.isnan(found["test_barrier_chord_loss_against_identity"])


def test_a_difference_that_covers_zero_is_called_unresolved():
    covers, leaves_out = Interval(0.1, -0.1, 0.3, 4), Interval(-0.2, -0.3, -0.1, 4)
    assert compared(covers, (1, 2), 4) == "+0.10 [−0.10, +0.30] unresolved"
    assert compared(leaves_out, (1, 2), 4) == "−0.20 [−0.30, −0.10] lower"
    assert compared(leaves_out, (1, 2), 5) == "−0.20 [−0.30, −0.10] lower (n = 4)"
    three = Interval(-0.2, math.nan, math.nan, 3, values=(-0.3, -0.2, -0.1))
    assert compared(three, (1, 2), 3) == "−0.20 (−0.30; −0.20; −0.10) too few to call"
    assert compared(Interval(0.0, math.nan, math.nan, 5), (1, 2), 5) == "0 equal"
    assert compared(Interval(0.1, math.nan, math.nan, 1), (1, 2), 1) == "+0.10"


def test_a_difference_to_the_baseline_is_judged_with_those_of_all_other_methods(tmp_path):
    """The more methods stand beside it, the wider its interval; retrained merges alike."""
    widths = {}
    for methods in (list(HEIGHTS)[:2], list(HEIGHTS)):
        cells = [
            record(m, PAIRS[i % 3], LONG, seeds=f"{2 * i}-{2 * i + 1}", cell=f"c{n}-{i}")
            for n, m in enumerate(methods)
            for i in range(5)
        ]
        gather(cells, tmp_path / str(len(methods)))
        for made in tables(read_grid(tmp_path / str(len(methods)))):
            for column in [c for c in made.numbers if c.endswith("against_identity_low")]:
                found = row(made.numbers, "weight-matching", "retrain(epochs=30)")
                width = found[column.removesuffix("_low")] - found[column]
                widths.setdefault(column, []).append(width)
    ratios = [stats.t.ppf(1 - 0.05 / 2 / m, 4) / stats.t.ppf(1 - 0.05 / 2, 4) for m in (1, 2, 3)]
    assert len(widths) == 3 + 6
    for alone, together in widths.values():
        steps = [abs(together / alone - ratio) < 1e-6 for ratio in ratios]
        assert any(steps), "at one of the steps of Holm's test"
    assert any(together > alone for alone, together in widths.values())


def test_the_merge_is_compared_with_its_networks_and_their_ensemble(built):
    found = row(table(built, "scores"), "weight-matching", "retrain(epochs=2)")
    assert found["test_accuracy_mid"] == pytest.approx(0.95 - 0.2 * 0.002)
    assert found["test_accuracy_mid_against_networks"] == pytest.approx(-0.2 * 0.002)
    assert found["test_accuracy_mid_against_ensemble"] == pytest.approx(-0.01 - 0.2 * 0.002)


def test_the_number_of_pairs_closes_every_row(built):
    for name in ("barriers", "scores", "cost"):
        text = (built[0] / "small/tables" / f"{name}.md").read_text()
        heads = [line for line in text.splitlines() if line.startswith("| Method")]
        assert heads
        assert all(re.search(r"\| +n \|$", line) for line in heads)


def test_cost_is_the_median_over_pairs_of_the_alignment_alone(built):
    found = table(built, "cost").set_index("method").loc["weight-matching"]
    assert found["seconds"] == pytest.approx(0.02)
    assert found["peak_bytes"] == 2 * 2**20
    assert found["sweeps"] == 8
    assert found["maps"] == "permutation"
    assert found["equivalence_error"] == pytest.approx(2e-15)
    text = (built[0] / "small/tables/cost.md").read_text()
    assert re.search(
        r"\| Weight matching +\| +20 \(10; 20; 30\) ms \| +2.0 \(1.0; 2.0; 3.0\) MiB \| +8 \|", text
    )
    assert re.search(r"reg. 0.1, Sinkhorn .*\| soft +\| +–", text)


def test_skipped_and_failed_cells_are_counted_with_their_reasons(built):
    text = (built[0] / "small/tables/outcomes.md").read_text()
    assert "## 36 cells: 23 done, 12 skipped, 1 failed" in text
    assert re.search(r"1 failed \| ValueError: a \\\| b and more +\| as merged +\| Identity", text)
    assert re.search(r"12 skipped \| has no norm +\| statistics reset +\| all 4", text)
    frame = table(built, "outcomes")
    assert frame.set_index("status").loc["failed", "reason"] == "ValueError: a | b\nand more"


def test_every_table_says_what_was_measured_and_where(built):
    for name in ("barriers", "scores", "cost"):
        text = (built[0] / "small/tables" / f"{name}.md").read_text()
        lines = [line for line in text.splitlines() if line.startswith("digits, mlp-64x2, recipe")]
        assert len(lines) == text.count("\n## ")
        for line in lines:
            assert "recipe digits-short; shared training images; 3 pairs among 6 networks" in line
            assert ". A Processor, 2 threads, float32, torch 2.6.0," in line
            said = "Python 3.11.7, basinbench 0.1.0 (0123456+dirty), 2025-01-01 to 2025-01-03."
            assert said in line


def test_markdown_tables_are_regular_and_links_lead_somewhere(built):
    page = built[0] / "small" / "README.md"
    text = page.read_text()
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == len(set(links)) == 15 + 2  # too few methods for a figure of times
    assert all((page.parent / link).stat().st_size > 0 for link in links)
    assert "against identity" in text


def test_build_returns_every_file_that_it_wrote(built):
    out, paths = built
    assert sorted(paths) == sorted(p for p in out.rglob("*") if p.is_file())
    assert len(set(paths)) == len(paths)


@pytest.mark.slow
def test_two_builds_of_the_same_results_give_the_same_bytes(results, built, tmp_path):
    """Also from another process, with another hash seed and another matplotlib configuration."""
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 20\naxes.facecolor: red\nxtick.direction: in\n"
    )
    code = (
        "import sys; from pathlib import Path; from basinbench.reports.build import build; "
        "build(Path(sys.argv[1]), Path(sys.argv[2])); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'matplotlib.pyplot')))"
    )
    environment = {"PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}
    command = [sys.executable, "-c", code, str(results), str(tmp_path / "again")]
    subprocess.run(command, check=True, env=os.environ | environment)
    for path in built[1]:
        again = tmp_path / "again" / path.relative_to(built[0])
        assert again.read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_several_processes_write_what_one_does(results, built, tmp_path):
    out, paths = built
    assert build(results, tmp_path, processes=2) == [tmp_path / p.relative_to(out) for p in paths]
    for path in paths:
        assert (tmp_path / path.relative_to(out)).read_bytes() == path.read_bytes(), path


@pytest.mark.slow
def test_no_report_imports_torch_or_the_runners():
    folder = Path(reports.__file__).parent
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.py"))
    names = [".".join(("basinbench.reports", *file.with_suffix("").parts)) for file in files]
    assert "basinbench.reports.plotting.pool" in names
    imports = ", ".join(names).replace(".__init__", "")
    code = (
        f"import sys; import {imports}; "
        "print([m for m in sys.modules if m.split('.')[0] in ('torch', 'ot') "
        "or m.startswith(('basinbench.runners', 'basinbench.methods', 'basinbench.datasets'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_missing_results_are_one_clear_sentence(results, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=r"no results in .*: no grid there has"):
            build(folder, tmp_path / "out")
    with pytest.raises(FileNotFoundError, match=r"no results of grid 'large' .*there are: small"):
        build(results, tmp_path / "out", ["large"])
    gather([], tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"cells\.csv has no rows"):
        build(tmp_path, tmp_path / "out")
    (tmp_path / "none" / "cells.csv").write_text("nonsense\n")
    with pytest.raises(ValueError, match="is not the table that was written there"):
        build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_only_the_grids_asked_for_are_built(tmp_path):
    gather([missing("identity", "0-1", "none", "skipped", "no data")], tmp_path / "in" / "bare")
    gather([record("identity", "0-1")], tmp_path / "in" / "other")
    paths = build(tmp_path / "in", tmp_path / "out", ["bare"])
    assert {p.relative_to(tmp_path / "out").parts[0] for p in paths} == {"bare", "site"}
    assert not any(p.suffix == ".svg" for p in paths)  # nothing was finished
    assert "1 cells: 0 done, 1 skipped, 0 failed" in (tmp_path / "out/bare/README.md").read_text()


def test_repeats_of_a_pair_are_averaged_and_do_not_count_as_pairs(tmp_path):
    again = [record("identity", p, seed=1, cell=f"again{p}", test_loss_mid=3.0) for p in PAIRS[:2]]
    gather([record("identity", p, test_loss_mid=1.0) for p in PAIRS] + again, tmp_path)
    condition = read_grid(tmp_path).conditions[0]
    found = condition.values("test_loss_mid", Named("none"), Named("identity"))
    assert found == {("0", "1"): 2.0, ("2", "3"): 2.0, ("4", "5"): 1.0}
    lines = condition.lines(Named("none"), Named("identity"), "test", "loss")
    assert lines.values.shape == (3, 25)
    assert lines.pairs == list(found)


def test_settings_are_kept_apart_and_have_different_names(tmp_path):
    gather(
        [
            record("identity", "0-1"),
            record("identity", "0-1", cell="b", recipe="other"),
            record("identity", "0-1", cell="c", split="biased"),
            record("identity", "0-1", cell="d", seeds="0-1-2", networks=3),
        ],
        tmp_path,
    )
    conditions = read_grid(tmp_path).conditions
    assert len({condition.slug for condition in conditions}) == 4
    assert all(len(condition.cells) == 1 for condition in conditions)
    assert "1 group of 3 among 3 networks" in caption(
        next(s for s in conditions if s.networks == 3)
    )


def test_a_caption_says_of_how_many_networks_the_pairs_are(tmp_path):
    seeds = {"0-1": "0-1", "2-3": "1-2", "4-5": "0-2"}
    gather([record("identity", pair, seeds=own) for pair, own in seeds.items()], tmp_path / "all")
    assert "3 pairs among 3 networks" in caption(read_grid(tmp_path / "all").conditions[0])
    split = [record("identity", pair, seeds=own, split="biased") for pair, own in seeds.items()]
    gather(split, tmp_path / "split")
    apart = caption(read_grid(tmp_path / "split").conditions[0])
    assert "3 pairs among 4 networks" in apart, "the second of one pair is not the first of another"
    assert "without an interval" in apart


def test_times_of_two_machines_are_not_mixed(tmp_path):
    other = [
        record("pfnm", p, cell=f"x{p}", device="An Accelerator", align_seconds=9.0, seed=1)
        for p in PAIRS[:1]
    ]
    gather([record("pfnm", p) for p in PAIRS] + other, tmp_path)
    grid = read_grid(tmp_path)
    assert machines.machine(grid.conditions[0]) == ("A Processor", 2, 0)
    frame = cost_table(grid).numbers.set_index("device")
    assert frame.loc["A Processor", "seconds"] == pytest.approx(0.02)
    assert frame.loc["An Accelerator", "seconds"] == 9.0
