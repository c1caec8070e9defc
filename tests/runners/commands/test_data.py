"""`basinbench data`, and which cells lack their data set."""

from collections.abc import Callable
from pathlib import Path

import pytest
from console import command

from basinbench.runners.cells.missing import missing_datasets
from basinbench.runners.commands.filters import select_cells
from basinbench.runners.grids.named import grid

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder of data sets, and a proxy that is not there."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("BASINBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def test_the_list_says_what_is_there(nowhere: Path, capsys: pytest.CaptureFixture[str]):
    code, out, err = command(capsys, "data")
    assert (code, err) == (0, "")
    states = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines()[:-1]}
    assert states["digits"].startswith("built in ")
    assert states["mnist"] == "downloadable"
    assert states["cifar10-jpeg"] == "to be prepared"
    assert out.splitlines()[-1].startswith(f"data sets lie in {nowhere};")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["prepare"], "name the data set to prepare"),
        (["prepare", "mnist"], "unknown data set to prepare 'mnist'"),
        (["prepare", "cifar10-jpeg"], "data set 'cifar10' is not in"),
        (["make"], "invalid choice: 'make'"),
    ],
)
def test_what_cannot_be_prepared(
    words: list[str], sentence: str, nowhere: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, err = command(capsys, "data", *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert not (nowhere / "cifar10-jpeg").exists()


def test_cells_without_their_data_set_have_the_reason(nowhere: Path):
    wanted = {"method": ["identity"], "finish": ["none"], "seed": ["0-1", "0-4"]}
    cells = select_cells(grid("claims"), wanted)
    assert {"digits", "mnist", "cifar10-jpeg"} <= {cell.dataset for cell in cells}
    found = missing_datasets(cells)
    assert "digits" not in found
    assert found["cifar10-jpeg"] == (
        "data set 'cifar10-jpeg' is not there; `basinbench data prepare cifar10-jpeg` makes it in "
        f"{nowhere}"
    )
    assert found["mnist"].startswith(f"data set 'mnist' is not in {nowhere} and cannot be")
    assert all("\n" not in reason for reason in found.values())
