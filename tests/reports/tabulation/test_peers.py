"""Other programs in a report: what was measured, what failed, and what is only quoted."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.build import build
from basinbench.reports.data.sources import own_and_shipped, peers_among
from basinbench.reports.tabulation.peers import peer_table
from basinbench.results.peer_table import read_peers, write_peers
from basinbench.results.store import gather

ABOUT = {"network": "mlp-64", "weights": "random", "parameters": 4321, "does": "align"}
HERE = {"device": "A Processor", "threads": 1, "date": "2030-01-02T03:04:05+00:00"}


def measured(program: str, seconds: float, **more: object) -> dict:
    values = {"seconds": 3 * seconds, "cpu_seconds": seconds, "permutation": True}
    named = {"cell": f"mlp-64: {program}", "program": program, "status": "done"}
    return ABOUT | HERE | named | values | more


ROWS = [
    measured("ours", 0.2, objective=123.456, function_change=2e-16, recovered=1.0, barrier=0.25),
    measured("plain loop over scipy", 1.0),
    measured("odd", 2.0, permutation=False, function_change=0.5),
    measured("absent", 0.0)
    | {"status": "failed", "reason": "no | such program"}
    | dict.fromkeys(("seconds", "cpu_seconds", "permutation")),
    {
        **ABOUT,
        "cell": "mlp-64: old, earlier",
        "program": "old",
        "status": "earlier",
        "weights": "another pair",
        "reason": "an earlier measurement",
        "seconds": 7.0,
        "device": "Another Processor",
        "threads": 2,
    },
    measured("ours", 0.4, does="average") | {"network": "vgg-8", "cell": "vgg-8: ours"},
]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    gather([record("identity", p) for p in PAIRS], tmp_path / "results" / "small")
    write_peers(ROWS, tmp_path / "results" / "peers")
    return tmp_path / "results"


def test_each_number_is_told_under_its_name(results: Path):
    table = peer_table(read_peers(results / "peers"))
    assert [s.heading for s in table.sections] == ["mlp-64, random", "vgg-8, random"]
    shown = table.sections[0].rows.set_index("Program")
    ours = shown.loc["ours"]
    assert ours["Time"] == "600 ms"
    assert ours["CPU"] == "200 ms"
    assert ours["Plain loop / CPU"] == "5.0"
    assert ours["Objective"] == "123.46"
    assert ours["Outputs changed"] == "2e−16"
    assert ours["Recovered (%)"] == "100.0"
    assert ours["Barrier (nats)"] == "0.250"
    assert ours["Note"] == ""
    assert shown.loc["plain loop over scipy", "Plain loop / CPU"] == "1.0"
    assert table.sections[1].rows["Plain loop / CPU"].tolist() == ["–"]
    said = table.sections[0].caption
    assert said == "One pair of networks, 4,321 weights each, A Processor, 1 thread, 2030-01-02."


def test_failures_and_what_is_no_reordering_say_so(results: Path):
    shown = peer_table(read_peers(results / "peers")).sections[0].rows.set_index("Program")
    assert shown.loc["absent", "Note"] == "failed: no | such program"
    assert shown.loc["absent", "Time"] == "–"
    assert shown.loc["odd", "Note"] == "not a reordering of the second network's units"


def test_earlier_figures_are_emphasised_and_name_their_machine(results: Path):
    shown = peer_table(read_peers(results / "peers")).sections[0].rows
    old = shown.iloc[4]
    assert old["Program"] == "*old*"
    assert old["Time"] == "*7.0 s*"
    assert old["CPU"] == "*–*"
    assert old["Note"] == ("*another pair; an earlier measurement; Another Processor, 2 threads*")


def test_a_report_of_everything_shows_them_and_one_of_a_grid_does_not(
    results: Path, tmp_path: Path
):
    out = tmp_path / "reports"
    files = {path.relative_to(out).as_posix() for path in build(results, out)}
    tables = {f"peers/tables/peers.{ending}" for ending in ("md", "tex", "csv")}
    assert {"peers/README.md", *tables} <= files
    page = (out / "peers" / "README.md").read_text()
    assert "failed: no \\| such program" in page
    site = (out / "site" / "index.html").read_text()
    assert '<section id="programs"' in site
    assert "Another Processor, 2 threads" in site
    alone = tmp_path / "alone"
    build(results, alone, ["small"])
    assert not (alone / "peers").exists()
    assert 'id="programs"' not in (alone / "site" / "index.html").read_text()


def test_one_s_own_table_is_shown_before_the_shipped_one(results: Path, tmp_path: Path):
    own = tmp_path / "own"
    gather([record("identity", PAIRS[0])], own / "small")
    sources = own_and_shipped(own, results)
    assert peers_among(sources) == results / "peers"
    write_peers(ROWS[:1], own / "peers")
    assert peers_among(sources) == own / "peers"
    assert peers_among(tmp_path) is None
