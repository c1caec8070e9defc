"""Laws of the list of claims: what each says and quotes, the cells it needs, and its controls."""

import re
from collections.abc import Iterator

import pandas as pd
import pytest
from claim_rows import BLANK

from basinbench.reports.data.grid import with_names
from basinbench.reports.judging.catalogue import CLAIMS, GRIDS
from basinbench.reports.judging.catalogue.history import HISTORY
from basinbench.reports.judging.cells import AnyOf, selections
from basinbench.reports.judging.claim import Claim, Control, Prediction, Results
from basinbench.runners.cells.transfer import AnyCell
from basinbench.runners.grids.named import grids

NOT_ABOUT_MERGES = {"G1", "G16", "G20", "G24", "Q1", "Q4", "Q14", "Q17"}
"""Exactness, times, planted permutations and a network's own start: no merge could be too easy."""
NEEDS_A_GPU = {"G6", "G7", "Q10"}

BY_ID = {claim.id: claim for claim in CLAIMS}


@pytest.fixture(scope="module")
def defined() -> Results:
    """The cells of every grid as if all had been done."""
    known = grids()
    return {
        name: with_names(pd.DataFrame(list(map(done, known[name].cells())))).to_dict("records")
        for name in GRIDS
        if name in known
    }


def done(cell: AnyCell) -> dict:
    return BLANK | {k: v for k, v in cell.describe().items() if v is not None} | {"status": "done"}


def controls(claim: Claim) -> Iterator[tuple[Prediction, Control]]:
    return ((each, control) for each in claim.predictions for control in each.controls)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_what_a_claim_needs_is_in_a_grid(claim: Claim, defined: Results):
    for cells in selections(claim):
        found = cells.of(defined)
        assert found, f"no grid has the cells of {cells}"
        for name in ("network", "recipe"):
            wanted = getattr(cells, name)
            if isinstance(wanted, AnyOf):
                assert {r[f"{name}_id"] for r in found} == set(wanted.values)
        linear = all(r["network_params"] == '{"widths":[]}' for r in found)
        if cells.grid in ("mnist", "claims") and cells.dataset not in ("example", None):
            assert linear or len({r["seeds"] for r in found}) >= 5, "five sets of networks at least"


def test_each_claim_has_a_number_of_its_own_and_says_something():
    assert len(BY_ID) == len(CLAIMS)
    for claim in CLAIMS:
        assert re.fullmatch(r"[GQS]\d+b?", claim.id)
        assert claim.says.endswith(".")
        assert claim.predictions or claim.note, "a claim without a test says why"
        assert len({test.what for test in claim.predictions}) == len(claim.predictions)
    assert [c.id for c in CLAIMS if not c.judged] == ["Q18", "Q19"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_quotes_its_source_or_says_why_it_cannot(claim: Claim):
    if claim.quote is None:
        assert re.search(r"quoted|[Nn]o source|[Nn]o sentence", claim.note), "and the note says so"
    else:
        assert len(claim.quote.text) < 330, "a quotation is a sentence or two"
        assert claim.quote.place, "and it stands somewhere"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_about_merges_has_controls(claim: Claim):
    if claim.rule == "construction" or not claim.judged or not claim.predictions:
        return
    if claim.id in NOT_ABOUT_MERGES | NEEDS_A_GPU:
        assert not list(controls(claim)), f"{claim.id} has controls: it is about merges"
    else:
        assert list(controls(claim)), "could these networks have passed, or failed?"


def test_a_control_is_not_the_prediction_itself():
    for claim in CLAIMS:
        for prediction, control in controls(claim):
            assert control.number != prediction.number, f"{claim.id}: {prediction.what}"


def test_both_parties_look_at_split_data_at_the_same_places():
    def places(claim: str) -> set[str]:
        known = ("in the middle", "at the best place of the line")
        return {p for t in BY_ID[claim].predictions for p in known if p in t.what}

    assert places("G13") == places("Q15") == {"in the middle", "at the best place of the line"}


def test_what_is_true_by_construction_is_called_so():
    assert {c.id for c in CLAIMS if c.rule == "construction"} == {"G11", "G19", "Q2", "Q13", "Q16"}


def test_a_claim_whose_rule_changed_tells_its_history():
    assert HISTORY.keys() <= BY_ID.keys(), "a history of a claim that there is not"
    assert all(BY_ID[claim].history == earlier for claim, earlier in HISTORY.items())
    for claim in CLAIMS:
        assert "Changed after a first run" not in claim.note, f"{claim.id}: that is history"
        for earlier in claim.history:
            assert earlier.rule, claim.id
            assert earlier.why.endswith("."), claim.id
