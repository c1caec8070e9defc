"""A document on standard output is nothing else, whoever prints meanwhile."""

import json
import os
from pathlib import Path

import pytest
from own_checkpoints import NETS, written

from basinbench.runners.cli import main
from basinbench.standard_output import print_document, said_on_stderr


def test_what_is_said_within_goes_to_standard_error_but_for_the_document(
    capfd: pytest.CaptureFixture[str],
):
    with said_on_stderr():
        print("by Python")
        os.write(1, b"by compiled code\n")
        with said_on_stderr():
            print("deeper")
            print_document("a document")
        os.system("echo by another program")  # noqa: S605
    print("after")
    out, err = capfd.readouterr()
    assert out == "a document\nafter\n"
    assert {"by Python", "by compiled code", "deeper", "by another program"} == {*err.splitlines()}


@pytest.mark.slow
@pytest.mark.parametrize("network", ["nets.py:mlp", "nets:mlp"])
def test_a_network_that_prints_leaves_json_alone(
    network: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    said = "print('imported')\n" + NETS.replace(
        "    return nn.Sequ", "    print('made'); return nn.Sequ"
    )
    Path("nets.py").write_text(said)
    code = main(["explain", "--network", network, "--input", "1,8,8", "--json"])
    out, err = capfd.readouterr()
    assert code == 0, err
    assert json.loads(out)
    assert {"imported", "made"} <= set(err.splitlines())
