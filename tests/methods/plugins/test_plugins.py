"""Methods in files of one's own: found, run, told apart by their code; bad ones in a sentence."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from console import command

from basinbench.errors import UserError
from basinbench.methods.plugins.catalogue import built_in, methods
from basinbench.methods.plugins.loader import load_plugin
from basinbench.plugin_files import VARIABLE, plugins
from basinbench.runners.grids.named import grid
from basinbench.runners.keys import label_of

ROOT = Path(__file__).parents[3]
SMALL = ["--network", "mlp-64x3", "--finish", "none", "--seed", "0-1"]
Call = Callable[..., tuple[int, str, str]]

GOOD = """
import basinbench

@basinbench.method(paper="an example")
def still(problem, *, steps: int = 3):
    '''Moves nothing.'''
    return {}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: the two networks are trained once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, home: Path
) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(home))
    return lambda *words: command(capsys, *words)


def write(code: str, path: str = "mine.py") -> Path:
    file = Path(path)
    file.parent.mkdir(exist_ok=True)
    file.write_text(code)
    return file


def records(home: Path, method: str) -> list[dict]:
    found = [json.loads(p.read_text()) for p in (home / "cells").glob("*.json")]
    return [row for row in found if row["method"] == method]


def test_a_plugin_is_in_the_list_and_in_every_block_of_a_grid_and_nowhere_else(call: Call):
    write(GOOD)
    code, out, _ = call("list", "methods", "--plugin", "mine.py")
    assert code == 0
    assert re.search(r"^  still +Moves nothing. \[an example\]$", out, re.MULTILINE)
    with plugins([Path("mine.py")]):
        networks = {c.network for c in grid("quick").cells() if c.method.name == "still"}
        assert networks == {c.network for c in grid("quick").cells()}
    assert "still" not in methods()
    assert "still" not in call("list", "methods")[1]


def test_a_plugin_is_run_once_and_again_when_it_or_what_it_imports_is_edited(
    call: Call, home: Path
):
    write(GOOD.replace("return {}", "from aside import nothing; return nothing()"))
    write("def nothing(): return {}", "aside.py")
    words = ("run", "quick", "--plugin", "mine.py", "--method", "still", *SMALL)
    assert call(*words)[1].startswith("quick: 1 cell done")
    write(GOOD.replace("steps: int = 3", "steps: int = 4"))
    assert call(*words)[1].startswith("quick: 1 cell done")
    write(GOOD.replace("return {}", "from aside import nothing; return nothing()"))
    assert call(*words)[1].startswith("quick: 0 cells done, 0 skipped, 0 failed, 1 kept")
    write("def nothing(): return [{}, {}]", "aside.py")
    assert call(*words)[1].startswith("quick: 1 cell done")
    assert len(records(home, "still")) == 3


def test_a_class_is_a_plugin_too_and_a_folder_holds_several(call: Call):
    del call  # only for its folder
    write(GOOD, "folder/one.py")
    write(
        "from dataclasses import dataclass\n"
        "from basinbench.methods.baselines import Identity\n"
        "@dataclass(frozen=True)\n"
        "class Two(Identity):\n"
        "    name = 'two'\n",
        "folder/two.py",
    )
    write("def helps(): ...", "folder/helper.py")
    assert set(load_plugin(Path("folder"))) == {"still", "two"}
    assert load_plugin(Path("folder"))["still"] is load_plugin(Path("folder/one.py"))["still"]


def test_the_environment_names_plugins_as_well(call: Call, monkeypatch: pytest.MonkeyPatch):
    paths = [write(GOOD).absolute(), write(GOOD.replace("still", "calm"), "b.py").absolute()]
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, paths)))
    assert {"still", "calm"} <= set(methods())
    out = call("list", "methods", "--plugin", write(GOOD.replace("still", "quiet"), "c.py"))[1]
    assert all(f"  {name} " in out for name in ("still", "calm", "quiet"))
    assert os.environ[VARIABLE] == os.pathsep.join(map(str, paths))


@pytest.mark.slow
def test_installed_packages_name_methods_by_their_entry_points(tmp_path: Path):
    (tmp_path / "their_methods.py").write_text(GOOD)
    (tmp_path / "broken_methods.py").write_text("import nowhere_to_be_found")
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    named = "[basinbench.methods]\na = their_methods\nb = broken_methods\n"
    (info / "entry_points.txt").write_text(named)
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "basinbench", "list", "methods"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    assert done.returncode == 0
    assert "  still " in done.stdout
    assert done.stderr == (
        "basinbench: warning: plug-in broken_methods is left out: "
        "No module named 'nowhere_to_be_found'\n"
    )


BAD = {
    "missing": (None, "there is no plug-in mine.py"),
    "syntax": ("def f(:\n", "mine.py, line 1: invalid syntax"),
    "import": ("\nimport nowhere_x\n", "mine.py, line 2: ModuleNotFoundError: No module named"),
    "exception": ("def f():\n    return 1 / 0\nf()\n", "mine.py, line 2: ZeroDivisionError"),
    "exit": ("import sys\nsys.exit(3)\n", "mine.py, line 2: SystemExit: 3"),
    "empty": ("x = 1\n", "plug-in mine.py holds no method: a subclass of Method, or a function"),
    "signature": (
        GOOD.replace(": int", ""),
        "mine.py, line 4: hyper-parameter 'steps' of still needs a type",
    ),
    "built-in name": (GOOD.replace("still", "identity"), "two methods are called 'identity': in"),
    "two of one name": (
        GOOD + "calm = basinbench.method('none', name='still')(lambda problem: {})\n",
        "two methods are called 'still'",
    ),
    "a name with blanks": (
        GOOD + "calm = basinbench.method('none', name='my own')(lambda problem: {})\n",
        "has the name 'my own'; take small letters, digits and dashes",
    ),
    "unfinished": (
        "import basinbench\nclass Mine(basinbench.Method):\n    name = paper = 'mine'\n",
        "Mine is no method yet: it lacks align",
    ),
    "no dataclass": (
        "import basinbench\nclass Mine(basinbench.Method):\n    name = paper = 'mine'\n"
        "    def align(self, problem): ...\n",
        "Mine is no frozen dataclass: put @dataclass(frozen=True) before it",
    ),
    "no default": (
        "from dataclasses import dataclass\nimport basinbench\n@dataclass(frozen=True)\n"
        "class Mine(basinbench.Method):\n    steps: int\n    name = paper = 'mine'\n"
        "    def align(self, problem): ...\n",
        "Mine cannot be made without arguments, as the grids do",
    ),
    "no paper": (
        "from dataclasses import dataclass\nimport basinbench\n@dataclass(frozen=True)\n"
        "class Mine(basinbench.Method):\n    name = 'mine'\n    def align(self, problem): ...\n",
        "Mine has no `paper`: give it a class variable",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_plugin_that_cannot_be_loaded_is_one_sentence_and_exit_code_2(case: str, call: Call):
    content, sentence = BAD[case]
    if content is not None:
        write(content)
    for words in ("run --dry-run --plugin", "list methods --plugin", "check"):
        code, out, err = call(*words.split(), "mine.py")
        assert (code, out) == (2, ""), words
        assert err.startswith("basinbench: "), words
        assert err.count("\n") == 1, words
        assert sentence in err, words


FAULTS = {
    "wrong return": ("return 3", "returned an int; a method returns a dict"),
    "wrong group": ("return {'hiden': [0]}", "network 1 has no group 'hiden'"),
    "exception": ("raise ArithmeticError('no\\nluck')", "ArithmeticError: no luck (mine.py, line"),
    "exit": ("import sys; sys.exit(3)", "SystemExit: 3 (mine.py, line 7)"),
    "a loop": ("while True: pass", "did not finish within 0.2 s"),
    "a stubborn loop": (
        "\n    while True:\n        try:\n            while True: pass\n"
        "        except Exception: pass",
        "did not finish within 0.2 s",
    ),
    "in torch": ("import torch; torch.ones(2) @ torch.ones(3)", "(mine.py, line 7)"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_goes_wrong_at_run_time_fails_its_own_cells_alone(case: str, call: Call):
    body, sentence = FAULTS[case]
    write(GOOD.replace("return {}", body))
    code, out, err = call(
        *("run", "quick", "--plugin", "mine.py", "--method", "still,identity"),
        *("--align-budget", "0.2", "--again", *SMALL),
    )
    assert code == 1
    assert out.startswith("quick: 1 cell done, 0 skipped, 1 failed")
    (said,) = [line for line in err.splitlines() if " networks, " not in line]  # but for progress
    assert said.startswith("basinbench: 1 failed: still: ")
    assert sentence in said


def test_a_class_that_returns_no_alignment_is_told():
    from digits_problem import problem

    from basinbench.methods.baselines import Identity
    from basinbench.runners.measuring.align import align

    class Wrong(Identity):
        def align(self, problem):  # type: ignore[override]
            return [{} for _ in problem.networks]

    with pytest.raises(UserError, match="`align` returned a list, not an Alignment"):
        align(Wrong(), problem())


def test_a_spent_budget_leaves_the_other_cells_for_the_next_run(call: Call):
    words = ["run", "quick", "--method", "identity", *SMALL]
    code, out, err = call(*words, "--again", "--budget", "0.000001")
    assert (code, err) == (0, "")
    done, left, *_ = out.splitlines()
    assert done.startswith("quick: 0 cells done")
    assert re.fullmatch(r"\d+ cells? left when the run ended; run it again to go on", left)
    code, out, _ = call(*words, "--budget", "1h")
    assert code == 0
    assert "left" not in out


def test_a_time_has_a_number_and_a_unit(call: Call):
    for text in ("soon", "-3s", "0", "3d", "nan"):
        code, _, err = call("run", f"--budget={text}")
        assert code == 2
        assert f"a time such as 90, 30s, 2m or 1h, not {text!r}" in err


def test_the_code_of_a_plugin_is_in_the_key_and_built_in_keys_stay(call: Call):
    del call  # only for its folder
    from basinbench.methods.baselines import Identity
    from basinbench.runners.keys import description, key

    assert description(Identity()) == '{"key_version":2,"value":{"kind":"identity"}}'
    first = load_plugin(write(GOOD))["still"]()
    second = load_plugin(write(GOOD + "\n"))["still"]()
    assert label_of(first) == label_of(second)
    assert key(first) != key(second)
    assert all(not method.digest for method in built_in().values())
