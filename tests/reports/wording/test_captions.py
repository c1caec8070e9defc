"""A caption owns up to a mixture: of machines, and of states of a method's code."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.data.grid import GridResults, read_grid
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.cells import rows
from basinbench.reports.judging.verdicts import find
from basinbench.reports.page.webpage_cells import cells
from basinbench.reports.page.webpage_curves import curves
from basinbench.reports.plotting.catalogue import figure_entries
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.verdicts import measured_on
from basinbench.results.store import gather

DIGESTS = ("aaaa", "bbbb", "aaaa")


def read(folder: Path, **columns: tuple) -> GridResults:
    """Two methods on three pairs; of the first, the pairs differ in these columns."""
    varied = [{name: values[i] for name, values in columns.items()} for i in range(len(PAIRS))]
    gather(
        [
            *(record("weight-matching", p, **more) for p, more in zip(PAIRS, varied, strict=True)),
            *(record("identity", p) for p in PAIRS),
        ],
        folder / "claims",
    )
    return read_grid(folder / "claims")


def captions(grid: GridResults) -> list[str]:
    """Under every table, every figure and every curve of the page."""
    return [
        *(section.caption for table in tables(grid) for section in table.sections),
        *(entry.caption for entry in figure_entries(grid.conditions[0])),
        *(str(each["caption"]) for each in curves([grid])),
    ]


def test_where_all_is_alike_nothing_is_said(tmp_path: Path):
    found = captions(read(tmp_path))
    assert len(found) > 7
    assert not any("Not all" in text for text in found)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            {"device": ("A Processor", "An Accelerator", "A Processor")},
            "Not all on one machine: A Processor, 2 threads (5 cells); "
            "An Accelerator, 2 threads (1 cell).",
        ),
        (
            {"threads": (2, 1, None)},
            "Not all on one machine: A Processor (1 cell); A Processor, 1 thread (1 cell); "
            "A Processor, 2 threads (4 cells).",
        ),
        ({"method_digest": DIGESTS}, "Not all by one state of the code: Weight matching by 2."),
        (
            {"method_digest": ("aaaa", "", "bbbb")},  # a row from before digests were kept
            "Not all by one state of the code: Weight matching by 3.",
        ),
    ],
)
def test_every_caption_says_what_is_mixed(columns: dict, words: str, tmp_path: Path):
    assert [text for text in captions(read(tmp_path, **columns)) if words not in text] == []


def test_networks_of_files_are_called_by_their_names(tmp_path: Path):
    files = ("a+b", "c+d", "e+f")
    gather(
        [record("identity", p, checkpoints=f) for p, f in zip(PAIRS, files, strict=True)],
        tmp_path / "own",
    )
    grid = read_grid(tmp_path / "own")
    told = [caption for caption in captions(grid) if " among " in caption]
    assert len(told) > 5
    assert all("networks (files a+b, c+d, e+f)" in caption for caption in told)
    networks = next(c for c in cells([grid])["columns"] if c["title"] == "Networks")
    assert networks["texts"] == [*files]


def test_a_pair_in_either_order_is_one(tmp_path: Path):
    back = "-".join(reversed(PAIRS[0].split("-")))
    turned = record("identity", PAIRS[0], cell="turned", seeds=back)
    gather([*(record("identity", p) for p in PAIRS), turned], tmp_path / "own")
    told = [caption for caption in captions(read_grid(tmp_path / "own")) if " among " in caption]
    assert len(told) > 5
    assert all("3 pairs among 6 networks" in caption for caption in told)


def test_variants_of_a_method_share_its_code(tmp_path: Path):
    grid = read(
        tmp_path, method_params=("{}", '{"sweeps":1}', '{"sweeps":2}'), method_digest=DIGESTS
    )
    said = [text for text in captions(grid) if "Weight matching by 2" in text]
    assert said


def test_a_verdict_names_the_states_that_it_rests_on(tmp_path: Path):
    claim = next(claim for claim in CLAIMS if claim.id == "G1")
    for name, digests in (("one", ("aaaa",) * 3), ("several", DIGESTS)):
        grid = read(tmp_path / name, method_digest=digests)
        found = measured_on([find(claim, {"claims": rows(grid)})])
        assert ("not all by one state of the code: Weight matching by 2" in found) == (
            name == "several"
        )
