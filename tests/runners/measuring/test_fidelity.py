"""Methods give what their authors' code gave, and differ only where and as far as is said."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from basinbench.results.record import Value
from basinbench.runners.cells.fidelity import FidelityCell
from basinbench.runners.measuring.fidelity import (
    RESULTS,
    authors_result,
    fidelity_cells,
    fidelity_problem,
    measure_fidelity,
)
from basinbench.runners.measuring.fidelity_cases import FIDELITY_CASES
from basinbench.runners.measuring.workspace import Workspace

CPU = torch.device("cpu")

ROUNDING = 5e-7
"""Of sums in float32."""

SAID = {
    "Theirs moves the classes": (0.1, 2),
    "Their maps are divided by 1/n + 1e-7, so that every weight is a little smaller.": (0, 1e-5),
    "unconverged": (1e-4, 5e-3),
    "Theirs iterates in float32": (0, 1e-4),
    "underflows": (0.1, 2),
    "Their prior mean of the bias": (1e-2, 0.1),
    "Their merged unit counts": (0.1, 10),
    "Their means are short": (1e-6, 1e-4),
    "Theirs is in float32": (0, 1e-4),
    "Their variances are those of a sample": (1e-5, 5e-3),
}
"""What is said of a difference -> how large the difference of weights is, at least and at most."""

ACCIDENTS = ("underflows", "Their merged unit counts")
"""Where other units meet as well."""


def measured(cell: FidelityCell, home: Path) -> dict[str, Value]:
    status, row = measure_fidelity(cell, Workspace(home, CPU))
    assert status == "done"
    return row


@pytest.mark.slow
def test_every_method_gives_what_its_authors_code_gave(tmp_path: Path):
    for cell in fidelity_cells():
        row = measured(cell, tmp_path)
        said = [limits for words, limits in SAID.items() if words in cell.differs]
        least = max((low for low, _ in said), default=0.0)
        most = max((high for _, high in said), default=ROUNDING)
        difference = float(row["weights_difference"] or 0)
        assert least <= difference <= most, (str(cell), difference, cell.differs)
        is_accident = any(words in cell.differs for words in ACCIDENTS)
        assert (row["agreement"] == 1) is not is_accident, str(cell)
        if not cell.differs and row.get("own_accuracy") is not None:
            assert row["own_accuracy"] == row["authors_accuracy"], str(cell)


def test_what_is_promised_exact_is_exact(tmp_path: Path):
    """The quick ones, that a change of a method is seen to break at once."""
    cells = [c for c in fidelity_cells() if c.method.name in ("weight-matching", "zipit", "fedma")]
    exact = [c for c in cells if not c.differs]
    assert len(exact) >= 8
    for cell in exact:
        row = measured(cell, tmp_path)
        assert row["agreement"] == 1, str(cell)
        assert float(row["weights_difference"] or 0) <= ROUNDING, str(cell)


def test_an_underflow_leaves_half_of_one_network():
    """Without biases it classifies as that network does: its accuracy is no merge's."""
    case = next(c for c in FIDELITY_CASES if c.result == "otfusion-weights-sinkhorn")
    problem = fidelity_problem(case, CPU)
    theirs = authors_result(case, problem).merged
    reference = problem.networks[0].params
    for name, weight in theirs.items():
        torch.testing.assert_close(weight, reference[name] / 2, rtol=0, atol=1e-4)


def test_every_stored_result_is_shown_and_every_difference_is_explained():
    stored = {name.split("/")[0] for name in load_file(RESULTS)}
    assert stored == {case.result for case in FIDELITY_CASES}
    told = [c for c in FIDELITY_CASES if c.differs]
    for case in told:
        assert any(words in case.differs for words in SAID), case.differs
    for words in SAID:
        assert any(words in case.differs for case in told), words


def test_other_numbers_are_other_cells():
    first, *others = fidelity_cells()
    assert len({cell.key for cell in (first, *others)}) == len(FIDELITY_CASES)
    moved = FidelityCell(
        first.result, first.method, first.form, first.networks, first.code, "other", first.differs
    )
    assert moved.key != first.key
