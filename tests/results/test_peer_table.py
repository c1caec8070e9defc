"""The table of other programs reads back what was written, and refuses what it cannot hold."""

from math import inf

import pandas as pd
import pytest

from basinbench.results.peer_table import PEER_COLUMNS, PEERS, peer_rows, read_peers, write_peers

ROW = {
    "cell": "mlp-64: one",
    "network": "mlp-64",
    "does": "align",
    "program": "one",
    "status": "done",
    "seconds": 0.1 + 0.2,
    "cpu_seconds": 1,
    "recovered": 1.0,
    "permutation": True,
    "threads": 1,
}


def test_it_reads_back_exactly(tmp_path):
    failed = {"cell": "mlp-64: two", "status": "failed", "reason": "=no such program"}
    write_peers([ROW, failed], tmp_path)
    found = read_peers(tmp_path)
    assert {k: v for k, v in peer_rows(tmp_path)[0].items() if v is not None} == ROW
    write_peers(peer_rows(tmp_path), tmp_path)
    pd.testing.assert_frame_equal(read_peers(tmp_path), found)
    assert list(found) == [column.name for column in PEER_COLUMNS]
    first, second = found.to_dict("records")
    assert {name: first[name] for name in ROW} == ROW
    assert second["reason"] == "=no such program"
    assert pd.isna(second["seconds"])
    assert pd.isna(second["permutation"])
    assert (tmp_path / PEERS).read_text().count("'=no such program") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"speed": 1.0}, "no column 'speed'"),
        ({"seconds": -1.0}, "'seconds' holds -1.0"),
        ({"seconds": inf}, "'seconds' holds inf"),
        ({"seconds": "fast"}, "'seconds' holds float, not 'fast'"),
        ({"seconds": True}, "'seconds' holds float, not True"),
        ({"recovered": 1.5}, "'recovered' holds 1.5"),
        ({"status": "well", "reason": "so"}, "'status' holds 'well'"),
        ({"status": "failed"}, "failed with the reason None"),
        ({"reason": "none at all"}, "done with the reason"),
        ({"cell": ""}, "has a name"),
    ],
)
def test_what_it_cannot_hold_is_refused(tmp_path, change, said):
    with pytest.raises(ValueError, match=said):
        write_peers([ROW | change], tmp_path)
    assert not list(tmp_path.iterdir())


def test_where_there_is_no_table_there_are_no_rows(tmp_path):
    assert peer_rows(tmp_path) == []


def test_no_row_is_there_twice(tmp_path):
    with pytest.raises(ValueError, match="more than one row of mlp-64: one"):
        write_peers([ROW, ROW], tmp_path)


def test_a_table_that_was_changed_since_is_refused(tmp_path):
    write_peers([ROW], tmp_path)
    path = tmp_path / PEERS
    path.write_text(path.read_text().replace("0.30000000000000004", "0.1"))
    with pytest.raises(ValueError, match="not the table that was written"):
        read_peers(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_peers(tmp_path / "elsewhere")
