"""Ranks: pair by pair, of methods that miss nothing, in each condition and over several."""

import numpy as np
import pytest
from analytic_records import ALL, HEIGHTS, PAIRS, record
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from basinbench.reports.data.grid import GridResults, read_grid
from basinbench.reports.data.named import Named
from basinbench.reports.data.ranking import Ranks, complete_block, ranked
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.ranks import rank_table
from basinbench.results.store import gather

SEVERAL = ("identity", "pfnm", "correlation", "weight-matching")
PAIR_NAMES = [(str(2 * i), str(2 * i + 1)) for i in range(4)]
losses = st.lists(
    st.lists(st.integers(0, 9).map(float), min_size=4, max_size=4), min_size=2, max_size=6
)


def made(folder, cells) -> GridResults:
    gather(cells, folder)
    return read_grid(folder)


def ranked_with(of: dict[str, tuple[float, ...]], **row) -> list:
    """Records with these losses of the merge, pair by pair."""
    return [
        record(
            method,
            PAIRS[i % 3],
            test_loss_mid=loss,
            seeds=f"{2 * i}-{2 * i + 1}",
            cell="-".join((method, str(i), *map(str, row.values()))),
            **row,
        )
        for method, found in of.items()
        for i, loss in enumerate(found)
    ]


def test_ranks_follow_the_known_losses_and_controls_are_not_ranked(tmp_path):
    grid = made(tmp_path, [record(m, p) for m in [*HEIGHTS, "parent"] for p in PAIRS])
    frame = rank_table(grid).numbers.set_index("method")
    assert list(frame.index) == [m.label for m in sorted(HEIGHTS, key=lambda method: ALL[method])]
    assert frame["rank"].tolist() == [1, 2, 3, 4]
    assert frame["best"].tolist() == [1, 0, 0, 0]
    # losses of 0.01 (1 + pair) vary as much as their mean: three pairs resolve nothing
    assert frame["beats"].tolist() == ["", "", "", ""]


def test_equal_losses_have_their_mean_rank_and_are_all_best(tmp_path):
    of = {"identity": (3.0, 3.0, 3.0), "pfnm": (1.0, 1.0, 2.0), "correlation": (1.0, 2.0, 1.0)}
    frame = rank_table(made(tmp_path, ranked_with(of))).numbers.set_index("method")
    assert frame["rank"].to_dict() == pytest.approx(
        {"pfnm": 4.5 / 3, "correlation": 4.5 / 3, "identity": 3.0}
    )
    assert frame["best"].to_dict() == pytest.approx(
        {"pfnm": 2 / 3, "correlation": 2 / 3, "identity": 0.0}
    )


def test_a_method_beats_those_whose_difference_leaves_out_zero(tmp_path):
    of = {
        "identity": (3.0, 3.1, 3.2, 3.1),
        "pfnm": (1.0, 1.101, 1.2, 1.1),
        "correlation": (1.0, 1.1, 1.201, 1.1),
    }
    table = rank_table(made(tmp_path, ranked_with(of)))
    beats = table.numbers.set_index("method")["beats"].to_dict()
    assert beats == {"pfnm": "identity", "correlation": "identity", "identity": ""}
    text = table.markdown()
    assert "Beats" in text
    assert "4 pairs among 8 networks" in text
    few = rank_table(made(tmp_path / "few", ranked_with({m: v[:3] for m, v in of.items()})))
    assert set(few.numbers["beats"]) == {""}, "three pairs are too few to call"


@given(losses, st.randoms())
@settings(max_examples=40)
def test_laws_of_ranks(values, random):
    methods = [Named(f"m{i}") for i in range(len(values))]
    one = Ranks(methods, np.array(values), PAIR_NAMES)
    k = len(methods)
    assert one.ranks.sum(axis=0) == pytest.approx([k * (k + 1) / 2] * 4)
    assert one.best.any(axis=0).all()
    assert (Ranks(methods, np.exp(one.losses), PAIR_NAMES).ranks == one.ranks).all()
    beaten = one.beaten()
    assert not any(a in beaten[b] for a in methods for b in beaten[a])
    for a in methods:
        for b in beaten[a]:
            assert one.losses[methods.index(a)].mean() < one.losses[methods.index(b)].mean()
    order = random.sample(methods, k)
    again = one.of(order)
    assert (again.ranks == one.ranks[[methods.index(m) for m in order]]).all()
    assert {m: set(b) for m, b in again.beaten().items()} == {m: set(b) for m, b in beaten.items()}


def test_a_method_that_lacks_a_pair_is_named_and_not_ranked(tmp_path):
    cells = [record(m, p) for m in SEVERAL for p in PAIRS]
    grid = made(tmp_path, [*cells, record("fedma", "0-1")])
    found = ranked(grid.conditions[0], Named("none"))
    assert found is not None
    assert set(found.methods) == set(map(Named, SEVERAL))
    assert found.left_out == [Named("fedma")]
    assert "Not ranked, since a pair is missing: FedMA." in rank_table(grid).markdown()


def test_over_settings_only_what_all_have_is_ranked_among_itself(tmp_path):
    first = {"identity": (4.0,) * 3, "pfnm": (1.0, 3.0, 1.0), "correlation": (2.0,) * 3}
    second = {"identity": (3.0,) * 2, "pfnm": (2.0,) * 2, "correlation": (1.0,) * 2}
    cells = ranked_with(first | {"weight-matching": (0.0,) * 3}, network="a")
    cells += ranked_with(second | {"cca": (0.0,) * 2}, network="b")
    cells += ranked_with(dict.fromkeys(("cca", "fedma", "zipit"), (1.0, 2.0)), network="c")
    table = rank_table(made(tmp_path, cells))
    over = next(section for section in table.sections if not section.about)
    assert "digits-a, digits-b. " in over.caption
    assert "Settings that lack some: digits-c." in over.caption
    frame = table.numbers[table.numbers["settings"] == 2].set_index("method")
    assert frame["rank"].to_dict() == pytest.approx(
        {"correlation": 7 / 5, "pfnm": 8 / 5, "identity": 3.0}
    )
    assert frame["rank_n"].tolist() == [5, 5, 5]
    assert frame["rank_networks"].tolist() == [10, 10, 10]
    half = stats.t.ppf(0.975, 2) * (stats.sem([1, 2, 1]) * 3 / 5)  # of the second alone is none
    assert frame.loc["pfnm", "rank_high"] == pytest.approx(8 / 5 + half)
    assert len(table.sections) == 3 + 1


@pytest.mark.parametrize(("methods", "pairs"), [(SEVERAL[:2], 3), (SEVERAL, 1)])
def test_too_few_methods_or_pairs_are_not_ranked(tmp_path, methods, pairs):
    grid = made(tmp_path, [record(m, p) for m in methods for p in PAIRS[:pairs]])
    assert "ranks" not in [table.name for table in tables(grid)]


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("0123"))))
def test_a_block_has_no_gap_and_none_is_larger_by_one_row_alone(has):
    rows, columns = complete_block(has, 2, 2)
    assert all(set(columns) <= has[row] for row in rows)
    assert all(row in rows for row in has if columns and set(columns) <= has[row])
    assert not rows or (len(rows) >= 2 and len(columns) >= 2)
    for row, own in has.items():
        like = [other for other in has if own <= has[other]]
        if len(own) >= 2 and len(like) >= 2:
            assert len(rows) * len(columns) >= len(own) * len(like), row
