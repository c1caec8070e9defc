"""Cells that no table could tell apart are refused before they are measured."""

from pathlib import Path

import pytest
from console import command

TRANSFERS = """
name = "trans"
dataset = "digits"
seeds = ["0-1"]
methods = ["weight-matching"]
network = "mlp-32x2"
points = 5

[[block]]
kind = "transfer"
recipe = "digits-short(epochs=1)"
by = "the last epoch"
[block.elsewhere]
recipe = "digits-short(epochs=9)"

[[block]]
kind = "transfer"
recipe = "digits-short(epochs=1)"
by = "{by}"
[block.elsewhere]
recipe = "digits-short(epochs=4)"
"""


@pytest.mark.parametrize("by", ["the last epoch", "epoch 4"])
def test_maps_from_different_networks_have_different_words(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("t.toml").write_text(TRANSFERS.format(by=by))
    code, out, err = command(capsys, "run", "--grid", "t.toml", "--dry-run")
    if by == "epoch 4":
        assert (code, err) == (0, "")
    else:
        assert (code, out) == (2, "")
        assert "come from different networks, both called 'the last epoch'" in err
