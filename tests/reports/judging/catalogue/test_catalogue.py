"""Laws of the list of claims: what each says and quotes, the cells it needs, and its controls."""

import json
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from claim_rows import BLANK

from basinbench.reports.data.grid import with_names
from basinbench.reports.judging.catalogue import CLAIMS, GRIDS
from basinbench.reports.judging.catalogue.history import HISTORY
from basinbench.reports.judging.catalogue.selections import FITTED, rise
from basinbench.reports.judging.cells import AnyOf, selections
from basinbench.reports.judging.claim import Claim, Control, Prediction, Results
from basinbench.reports.judging.statistics import Difference
from basinbench.reports.judging.verdicts import find
from basinbench.results.columns import SCORES, SPLITS
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


def measured(row: dict, random: np.random.Generator) -> dict:
    """The row with numbers in every place that a finished cell can have one, drawn at random."""
    scores = {name: float(random.uniform(0.1, 0.9)) for name in SCORES}
    own = dict.fromkeys(("equivalence_error",), 1e-15) | {"align_seconds": 1.0, "permutation": True}
    facts = {"agreement": 1.0, "recovered": 1.0, "diverged": False, "align_runs": 1}
    said = {"sweeps": 3, "growth": 1.0, "soft_groups": 0, "groups": 3}
    said |= {"ends": 0.0, "least": 0.25, "greedy": 0.5, "both": 1.0}
    line = {t: tuple(random.uniform(0.1, 0.9, 2)) for t in (0.0, 0.25, 0.5, 0.75, 1.0)}
    epochs = {n: tuple(random.uniform(0.1, 0.9, 2)) for n in (0, 1, 30)}
    series = {"curve": dict.fromkeys(SPLITS, line), "retraining": dict.fromkeys(SPLITS, epochs)}
    return row | scores | own | facts | {"stats": json.dumps(said)} | series


@pytest.mark.slow
def test_once_every_cell_is_there_every_claim_is_judged_but_those_that_need_a_gpu(
    defined: Results,
):
    random = np.random.default_rng(0)
    everything = {
        name: [measured(dict(row), random) for row in rows]
        for name, rows in defined.items()
        if name != "paper"
    }
    for claim in CLAIMS:
        found = find(claim, everything)
        lacking = [e.what for e in found.evidence if e.outcome == "missing"]
        lacking += [c.what for e in found.evidence for c in e.controls if not c.found.n]
        needs = claim.id in NEEDS_A_GPU
        assert needs == bool(lacking), f"{claim.id}: {lacking}"
        none_of_these = ("not yet measured",) if claim.predictions and not needs else ()
        assert found.verdict not in none_of_these, claim.id


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_words_count_nothing_that_grows_with_the_tables(claim: Claim):
    counts = r"\b(\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) "
    for prediction in claim.predictions:
        assert not re.search(counts + "(architectures|families|methods|kinds)", prediction.what)


def test_a_fitted_merge_beside_networks_that_are_not_is_told():
    """`rise` holds a merge to its networks as they were trained, whatever its finish."""
    told = [
        (claim, prediction)
        for claim in CLAIMS
        for prediction in claim.predictions
        if getattr(prediction.number, "quantity", None) is rise
        and {cells.finish for cells in selections(prediction.number)} == {FITTED}
        and not isinstance(prediction.number, Difference)  # of two that are both fitted
    ]
    assert {claim.id for claim, _ in told} == {"S1", "S1b"}
    for claim, prediction in told:
        assert "networks as trained" in " ".join(prediction.what.split())
        assert "of the merge alone" in claim.note


NAMED = {"CIFAR-10": {"cifar10", "cifar10-jpeg"}}
"""Data sets as notes call them, and the names that they have in the tables."""


def test_a_verdict_stands_on_the_data_that_the_note_says_the_source_speaks_of():
    found = {c: re.search(r"Theirs are networks on ([\w-]+)", c.note) for c in CLAIMS}
    assert any(found.values())
    for claim, said in found.items():
        if said:
            assert {cells.dataset for cells in selections(claim)} <= NAMED[said[1]], claim.id
