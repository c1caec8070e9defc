"""`basinbench check` as a command: its tables, its exit code, and what ends a process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from console import command

from basinbench.runners.checks import LAW_NETWORKS
from basinbench.runners.commands.check import _print_results
from basinbench.runners.kind_checks import CheckResult
from basinbench.runners.laws import LAWS, LawResult


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    return lambda *words: command(capsys, *words)


def test_the_command_prints_a_table_and_exits_1_on_a_failure(
    call: Callable[..., tuple[int, str, str]],
):
    code, out, err = call("check", "identity")
    assert (code, err) == (0, "")
    assert all(word in out for word in (*LAW_NETWORKS, *(law.name for law in LAWS)))
    Path("endless.py").write_text(
        "import basinbench\n@basinbench.method(paper='none')\n"
        "def endless(problem):\n    while True: pass\n"
    )
    code, out, err = call("check", "endless.py", "--align-budget", "0.1s")
    assert (code, err) == (1, "")
    assert out.count(": did not finish within 0.1 s") == len(LAW_NETWORKS)
    assert [law.name for law in LAWS if f"{law.name}: {law.statement}" in out] == [LAWS[0].name]
    code, out, err = call("check", "identiti")
    assert (code, out) == (2, "")
    assert "unknown method 'identiti'; did you mean 'identity'?" in err


ENDINGS = {
    "os._exit(0)": "its process ended itself, with exit code 0",
    "raise KeyboardInterrupt": "KeyboardInterrupt (ends.py, line",
    "raise GeneratorExit": "GeneratorExit (ends.py, line",
    "raise SystemExit(0)": "SystemExit: 0 (ends.py, line",
    "os.kill(os.getpid(), 9)": "its process was killed",
}


@pytest.mark.slow
def test_whatever_ends_a_process_is_a_fault(call: Callable[..., tuple[int, str, str]]):
    """Of a method on a network, of a finish, and of no other."""
    methods = "".join(
        f"@basinbench.method(paper='none')\ndef ends_{i}(problem):\n"
        f"    if 'conv' not in str(problem.networks[0].module).lower(): {deed}\n    return {{}}\n"
        for i, deed in enumerate(ENDINGS)
    )
    finish = (
        "@dataclass(frozen=True)\nclass Ends(basinbench.Finish):\n    name = 'ends'\n"
        "    def apply(self, merge):\n        os._exit(0)\n"
        "@dataclass(frozen=True)\nclass Stays(Nothing):\n    name = 'stays'\n"
    )
    head = "import os, basinbench\nfrom dataclasses import dataclass\n"
    head += "from basinbench.runners.finishes import Nothing\n"
    Path("ends.py").write_text(head + methods + finish)
    code, out, err = call("check", "ends.py")
    assert (code, err) == (1, "")
    said = " ".join(out.split())
    for sentence in ENDINGS.values():
        assert f"mlp: {sentence}" in said
        assert f"vgg-bn: {sentence}" not in said
    assert "can be tried: its process ended itself, with exit code 0" in said
    assert said.index("finish ends") < said.index("finish stays")
    assert said.count("can be tried") == 2  # in the table, and below it


def test_a_file_that_ends_the_process_as_it_is_imported_is_no_good_one(
    call: Callable[..., tuple[int, str, str]],
):
    Path("ends.py").write_text("import os\nos._exit(0)\n")
    code, out, err = call("check", "ends.py")
    assert (code, out) == (2, "")
    assert "its process ended itself, with exit code 0" in err


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_no_number_is_cut_however_narrow_the_terminal(
    columns: str,
    call: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("COLUMNS", columns)
    found = {
        law: [LawResult(f"{i}.2345e-1{i}") for i, _ in enumerate(LAW_NETWORKS)] for law in LAWS
    }
    monkeypatch.setattr("basinbench.runners.checks.check", lambda *_: found)
    _, out, _ = call("check", "identity")
    lines = out.splitlines()
    for law, row in found.items():
        (line,) = [line for line in lines if line.strip().startswith(f"{law.name}  ")]
        assert [r.words for r in row] == line.split()[-len(row) :]
    assert any(all(name in line for name in LAW_NETWORKS) for line in lines)


@pytest.mark.parametrize("columns", ["20", "80"])
def test_nor_of_the_other_things(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", columns)
    results = [CheckResult(f"a law of many words, the {i}th", "9" * 60 + str(i)) for i in range(3)]
    _print_results("a title of many words that is longer than it is wide", results)
    out = capsys.readouterr().out
    assert all(result.law in out and result.words in out for result in results)


def test_what_a_plug_in_brought_is_told_first(call: Callable[..., tuple[int, str, str]]):
    Path("mine.py").write_text(
        "import basinbench\n@basinbench.method(paper='none')\ndef of_mine(problem): return {}\n"
    )
    for verb in ("run quick --dry-run --method", "check"):
        code, _, err = call(*verb.split(), "off-mine", "--plugin", "mine.py")
        assert code == 2
        assert "did you mean 'of-mine'? Known: of-mine, activation-matching, " in err
