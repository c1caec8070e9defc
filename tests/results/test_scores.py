"""A finished merge has all of its scores, and none that its row says it cannot have."""

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest
from whole_records import record

from basinbench.results.columns import SCORES_OF
from basinbench.results.record import Record, Value
from basinbench.results.store import gather, read_table


def of_three(cell: str, **values: Value) -> Record:
    """A merge of three networks, which has no line that its row could be held against."""
    made = record(cell, 0.25)
    row = {name: value for name, value in made.row.items() if not name.endswith("_b")}
    return replace(made, row=row | {"networks": 3, "points": None} | values, curve=())


def written(folder: Path, *records: Record) -> Path:
    gather(records, folder)
    (folder / "tables.json").unlink()
    return folder


WITHOUT = {"kind": "agreement", **dict.fromkeys(n for s in SCORES_OF.values() for n in s)}
HARMLESS: dict[str, dict[str, Value]] = {
    "as it is": {},
    "a merge that diverged": {
        "diverged": True,
        "test_loss_mid": nan,
        "test_barrier_mean_loss": inf,
    },
    "networks of infinite loss": {
        "train_loss_max": inf,
        "train_loss_mean": inf,
        "train_barrier_mean_loss": -inf,
    },
    "an ensemble of infinite loss": {"test_ensemble_loss": inf},
    "another kind of cell": WITHOUT,
    "a cell that failed": {"status": "failed", "reason": "no luck", "test_loss_mid": None},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_can_be_measured_is_read(name: str, tmp_path: Path):
    read_table(written(tmp_path, of_three("a1"), of_three("a2", **HARMLESS[name])))


@pytest.mark.parametrize("value", [None, nan, inf])
@pytest.mark.parametrize(
    "name", ["test_accuracy_mid", "test_loss_mid", "train_ece_mid", "test_barrier_chord_loss"]
)
def test_a_score_that_cannot_be_is_refused_with_its_row(
    name: str, value: float | None, tmp_path: Path
):
    """Means would leave the row out, and say nothing of it."""
    if value == inf and "loss" not in name:
        pytest.skip("the column's own range says so")
    folder = written(tmp_path, of_three("a1"), of_three("a2", **{name: value}))
    said = "no" if value is None else "a"
    with pytest.raises(ValueError, match=rf"row 2, cell 'a2', has {said} {name}") as caught:
        read_table(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["test_loss_mean", "test_ensemble_accuracy", "train_loss_b"])
def test_the_networks_own_scores_are_not_missing_either(name: str, tmp_path: Path):
    sound = record("a1", 0.25)
    folder = written(tmp_path, replace(sound, row={**sound.row, name: None}))
    with pytest.raises(ValueError, match=rf"row 1, cell 'a1', has no {name}"):
        read_table(folder)
