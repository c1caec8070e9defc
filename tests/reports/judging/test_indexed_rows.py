"""Rows that are found by an index are those that a walk through all of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from basinbench.reports.judging.indexed_rows import IndexedRows

values = st.sampled_from([None, 0, 1, 2.5, "a", "b"])
COLUMNS = ("x", "y", "z")
rows = st.lists(st.dictionaries(st.sampled_from(COLUMNS), values))
wanted = st.lists(
    st.tuples(st.sampled_from(COLUMNS), st.lists(values, max_size=3).map(tuple)), max_size=4
)


@given(rows, wanted)
def test_an_index_finds_what_a_walk_finds(
    rows: list[dict[str, object]], wanted: list[tuple[str, tuple[object, ...]]]
):
    indexed = IndexedRows(rows)
    walked = [r for r in rows if all(r.get(name) in allowed for name, allowed in wanted)]
    for _ in range(2):  # the second time the index is there
        assert list(indexed.having(wanted)) == walked
    assert list(indexed) == rows
