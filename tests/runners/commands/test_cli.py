"""The command line, as a user meets it."""

import os
import re
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from console import command

import basinbench
from basinbench.runners.commands.list import _LISTS, KINDS

COMMAND = [sys.executable, "-m", "basinbench"]
SMALL = ["--network", "mlp-64x3", "--method", "identity", "--finish", "none", "--seed", "0-1"]


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """`basinbench WORDS...` in a process of its own."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """`main` in this process, in an empty folder: exit code, stdout, stderr.

    The same code as the command's, without the three seconds in which torch is imported.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))

    with warnings.catch_warnings():
        yield partial(command, capsys)


@pytest.mark.slow
def test_help_answers_at_once_and_without_torch():
    code = (
        "import sys; from basinbench.runners.cli import main, parser; parser(); "
        "code = 1\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: code = end.code\n"
        "heavy = {'torch', 'numpy', 'scipy', 'pandas', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(verb in done.stdout for verb in ("run", "report", "list"))


@pytest.mark.slow
def test_python_dash_m_is_the_command():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"basinbench {basinbench.__version__}\n")


BAD = {
    "an unknown format": (["report", "--format", "svg,jpg"], "svg, pdf or png, not 'jpg'"),
    "an unknown verb": (["rum"], "invalid choice: 'rum'"),
    "an unknown option": (
        ["run", "--mthod", "identity"],
        "unrecognized arguments: --mthod; see basinbench run --help",
    ),
    "no number of threads": (["run", "--threads", "many"], "a number from 1 to 1024, not 'many'"),
    "threads beyond count": (["run", "--threads", "9" * 20], "a number from 1 to 1024, not '999"),
    "no threads": (["run", "--threads", "0"], "a number from 1 to 1024, not '0'"),
    "an unknown grid": (["run", "quik"], "unknown grid 'quik'; did you mean 'quick'?"),
    "an unknown method": (
        ["run", "--method", "wieght-matching"],
        "unknown method 'wieght-matching'; did you mean 'weight-matching'?",
    ),
    "an unknown network": (["run", "--network", "mpl"], "did you mean 'mlp'?"),
    "an unknown data set": (["run", "--dataset", "digit"], "did you mean 'digits'?"),
    "an unknown finish": (["run", "--finish", "retain"], "did you mean 'retrain'?"),
    "unknown seeds": (["run", "--seed", "7"], "unknown seed '7'"),
    "an unknown parameter": (
        ["run", "--method", "zipit(untl=0.5)"],
        "unknown parameter of zipit 'untl'; did you mean 'until'?",
    ),
    "an unknown recipe": (["run", "--recipe", "digit-short"], "did you mean 'digits-short'?"),
    "a grid and a file": (["run", "quick", "--grid", "mine.toml"], "or give the file of one"),
    "a grid file that is not there": (["run", "--grid", "mine.toml"], "there is no grid file"),
    "the name of another grid": (["run", "--name", "mnist"], "a name of this package's own"),
    "filters without a cell": (
        ["run", "--network", "mlp-64x3+mlp-48x3", "--seed", "7-8-9"],
        "no cell of grid 'quick' matches all filters together",
    ),
    "an unknown device": (["run", "--device", "abacus"], "cannot use device 'abacus'"),
    "a device without numbers": (["run", "--device", "meta"], "cannot use device 'meta'"),
    "a device that is not there": (["run", "--device", "cuda:99"], "cannot use device 'cuda:99'"),
    "an unknown kind": (["list", "method"], "unknown kind 'method'; did you mean 'methods'?"),
    "results without a table": (["report", "--results", "nowhere"], "no results in nowhere"),
    "a home in a file": (["run", "--home", "file/home"], "cannot write to the home folder"),
    "a home in a file, dry": (
        ["run", "--dry-run", "--home", "file/home"],
        "the home folder file/home cannot be: file is no folder",
    ),
    "results in a file": (["run", "--results", "file"], "cannot write to the results folder"),
    "reports in a file": (["report", "--out", "file"], "cannot write to the out folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_exit_code_2(
    case: str, call: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    words, sentence = BAD[case]
    (tmp_path / "file").write_text("in the way")
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert err.startswith("basinbench: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert not list(tmp_path.rglob("*.safetensors")), "nothing is trained for bad input"


@pytest.mark.slow
def test_bad_input_in_a_process_of_its_own(tmp_path: Path):
    words, sentence = BAD["a home in a file"]
    (tmp_path / "file").write_text("in the way")
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission(call: Callable[..., tuple[int, str, str]], tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code, _, err = call("run", "--home", closed)
    assert code == 2
    assert "Permission denied" in err


def test_a_data_set_that_cannot_be_had(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither on disk nor, with a proxy that is not there, to be downloaded."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("BASINBENCH_DATA", str(tmp_path / "data"))
    why = f"data set 'mnist' is not in {tmp_path}"
    opened = urllib.request.urlopen
    tries: list[object] = []
    monkeypatch.setattr(
        urllib.request, "urlopen", lambda *a, **k: [tries.append(a), opened(*a, **k)][1]
    )
    code, out, err = call("run", "mnist", "--method", "identity", "--dry-run")
    assert (code, err) == (0, "")
    assert 0 < len(tries) < 10, "of the mirrors, once for all cells"
    assert out.splitlines()[-2].startswith(f"to be skipped: {why}")
    code, out, err = call("run", "mnist", "--method", "identity")
    assert (code, err) == (0, "")
    assert out.startswith("mnist: 0 cells done, 155 skipped, 0 failed")
    assert out.splitlines()[-1].startswith(f"155 skipped: {why}")


def test_a_dry_run_counts_and_does_nothing(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    code, out, err = call("run", *SMALL, "--dry-run", "--budget", "1h")
    assert (code, err) == (0, "")
    forms = [
        r"training mlp-64x3 on digits, seed 0: about [\d.e-]+ \w+",
        r"training mlp-64x3 on digits, seed 1: about [\d.e-]+ \w+",
        r"digits, identity, none: mlp-64x3, 0-1: about [\d.e-]+ \w+",
        "1 of 1 cell would be run on 2 networks, 2 of them to be trained",
        r"mlp: [\d.e+]+ GFLOP/s, by steps of mlp-64x3",
        "the budget has room for 2 networks and 1 cell",
        r"estimate: together about [\d.e-]+ \w+, if nothing else runs here",
    ]
    for line, form in zip(out.splitlines(), forms, strict=True):
        assert re.fullmatch(form, line), line
    assert list(tmp_path.iterdir()) == []


def test_cells_that_a_grid_does_not_have_stand_in_a_table_of_their_own(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    words = ["--network", "mlp-16x2", "--method", "identity,zipit(until=0.5)", "--finish", "none"]
    words += ["--recipe", "digits-short(epochs=1)", "--seed", "7-8"]
    words += ["--results", "results"]
    code, out, err = call("run", "quick", *words)
    assert (code, err) == (0, "")
    assert out.startswith("quick-own: 2 cells done")
    assert not (tmp_path / "results" / "quick").exists()
    rows = (tmp_path / "results" / "quick-own" / "cells.csv").read_text().splitlines()
    assert len(rows) == 3
    assert call("run", "quick", *words, "--name", "mine")[1].startswith("mine: 0 cells done")
    assert (tmp_path / "results" / "mine" / "cells.csv").is_file()


def test_failed_cells_make_the_exit_code_1_and_are_named(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
):
    from basinbench.methods.baselines import Identity

    def fails(*_: object) -> None:
        raise ArithmeticError("no luck")

    monkeypatch.setattr(Identity, "align", fails)
    code, out, err = call("run", *SMALL)
    assert code == 1
    assert out.startswith("quick: 0 cells done, 0 skipped, 1 failed")
    assert err.startswith("basinbench: 1 failed: identity: ArithmeticError: no luck (test_cli.py")
    assert err.count("\n") == 1


def test_a_damaged_checkpoint_is_named_and_trained_again(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    home = tmp_path / "home"
    assert call("run", *SMALL, "--home", home)[0] == 0
    damaged = sorted((home / "endpoints").glob("*.safetensors"))[0]
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    code, _, err = call("run", *SMALL, "--home", home, "--again")
    assert code == 0
    assert err.startswith("basinbench: warning: checkpoint")
    assert damaged.name in err
    assert err.count("\n") == 1
    assert damaged.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_has_names_and_lines(kind: str, call: Callable[..., tuple[int, str, str]]):
    code, out, err = call("list", kind)
    assert (code, err) == (0, "")
    lines, names = out.splitlines(), [name for name, _ in _LISTS[kind]()]
    assert names
    for line, name in zip(lines, names, strict=True):
        assert f"{line} ".startswith(f"  {name} ")


def test_a_grid_is_listed_in_words_or_as_a_file_that_runs(
    call: Callable[..., tuple[int, str, str]],
):
    code, out, err = call("list", "--grid", "repair")
    assert (code, err) == (0, "")
    assert "  activation-matching(samples=2000)" in out
    assert re.search(r"^  rescale +24 cells$", out, re.MULTILINE)
    code, out, _ = call("list", "--grid", "repair", "--as", "toml")
    Path("mine.toml").write_text(out)
    words = ["--method", "identity", "--finish", "none", "--seed", "0-1", "--dry-run"]
    mine, repair = (call("run", *grid, *words) for grid in (("--grid", "mine.toml"), ("repair",)))
    seconds = re.compile(r"about .*|: [\d.]+ [KMG]?FLOP/s")  # measured anew every time
    assert [seconds.sub("", text) for text in mine[1:]] == [
        seconds.sub("", text) for text in repair[1:]
    ]
    assert mine[0] == repair[0] == 0
    assert call("list", "--grid", "mine.toml", "--as", "toml")[1].count("repair-own-own") == 1
    assert "name one with --grid" in call("list", "--as", "toml")[2]
    assert call("list", "methods", "--grid", "repair")[0] == 2


def test_all_lists_together(call: Callable[..., tuple[int, str, str]]):
    code, out, _ = call("list")
    assert code == 0
    assert [line[:-1] for line in out.splitlines() if line.endswith(":")] == list(KINDS)
    for name in ("weight-matching", "mlp-512x3", "digits", "quick", "retrain", "mnist-short"):
        assert f"  {name} " in out or f"  {name}\n" in out


@pytest.mark.slow
def test_a_reader_who_has_read_enough_is_no_error():
    command = f"{sys.executable} -m basinbench list datasets | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
