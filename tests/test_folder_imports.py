"""The files beside a plug-in serve it alone, and run as they were counted or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from basinbench.errors import UserError
from basinbench.methods.plugins.loader import load_plugin
from basinbench.plugin_files import load
from basinbench.runners.networks.sources.given import given_network

METHOD = """
import basinbench
{head}

@basinbench.method(paper="an example")
def own_{name}(problem):
    {late}
    return {value}
"""


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        file = folder / f"{name.replace('__', '/').replace('/face', '/__init__')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def plugin(name: str = "a", head: str = "", late: str = "pass", value: str = "{}") -> str:
    return METHOD.format(name=name, head=head, late=late, value=value)


def result(file: Path, name: str = "a") -> object:
    """What the method of the file returns."""
    return vars(load_plugin(file)[f"own-{name}"])["function"].__func__(None)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = set(sys.modules), list(sys.path)
    yield tmp_path
    assert sys.path == before[1]
    more = {name for name in set(sys.modules) - before[0] if not name.startswith("basinbench")}
    files = (str(getattr(sys.modules[name], "__file__", "")) for name in more)
    assert not [file for file in files if file.startswith(str(tmp_path))]


HEADS = {
    "at the top": ("from helper import order", "pass"),
    "by the module": ("import helper", "order = helper.order"),
    "when it runs": ("", "from helper import order"),
    "of a package": ("from pack.deep import order", "pass"),
    "of a package by its name": ("import pack.deep", "order = pack.deep.order"),
    "of a package under another name": ("import pack.deep as it", "order = it.order"),
    "of a folder without a file of its own": ("from loose.deep import order", "pass"),
    "through another file": ("from other import order", "pass"),
    "through a star": ("from helper import *", "pass"),
}


@pytest.mark.parametrize("how", HEADS)
def test_two_folders_each_have_a_helper_of_one_name(how: str, folder: Path):
    head, late = HEADS[how]
    for each in "ab":
        written(
            folder / each,
            helper=f"order = {each!r}",
            other="from helper import order",
            pack__face="",
            pack__deep="from . import more\nfrom pack.more import order",
            pack__more="from helper import order",
            loose__deep="from helper import order",
            **{f"plug_{each}": plugin(each, head, late, "order")},
        )
    assert [result(folder / each / f"plug_{each}.py", each) for each in "abab"] == list("abab")


@pytest.mark.parametrize("how", HEADS)
def test_an_edited_helper_is_another_state_and_never_runs_under_the_old_one(how: str, folder: Path):
    """Even where it has the same size and, as far as the clock can tell, the same age."""
    head, late = HEADS[how]
    texts = {
        "other": "from helper import order",
        "pack__face": "",
        "pack__deep": "from helper import order",
        "loose__deep": "from helper import order",
    }
    written(folder, helper="order = 1", plug=plugin("a", head, late, "order"), **texts)
    first = load_plugin(folder / "plug.py")["own-a"]
    written(folder, helper="order = 2")
    function = vars(first)["function"].__func__
    if how == "when it runs":
        with pytest.raises(UserError, match=r"helper\.py was edited since this run began"):
            function(None)
    else:
        assert function(None) == 1
    assert result(folder / "plug.py") == 2
    assert load_plugin(folder / "plug.py")["own-a"].digest != first.digest


def test_a_user_s_files_are_found_by_nobody_else(folder: Path):
    """Not by pandas, say, which looks for a library `bottleneck` that few have."""
    names = ("bottleneck", "helper_of_nobody", "numexpr")
    written(folder, **{name: plugin(name.replace("_", "")) for name in names})
    written(folder, plug=plugin("plug", "import bottleneck, helper_of_nobody, numexpr"))
    written(
        folder,
        nets="import helper_of_nobody\nfrom torch import nn\ndef small(): return nn.Linear(2, 2)",
    )
    load(folder)
    given_network("nets.py:small", folder=folder)
    given_network("nets:small", folder=folder)
    absent = [name for name in names if find_spec(name) is None]
    assert "bottleneck" in absent
    assert not {*absent, "nets", "plug"} & set(sys.modules)
    assert find_spec("nets") is None


@pytest.mark.slow
def test_a_command_in_a_folder_with_a_file_that_a_library_looks_for(folder: Path):
    written(folder, bottleneck=plugin("neck"), numexpr="raise RuntimeError('not for you')")
    code = (
        "from basinbench.plugin_files import load\n"
        "from pathlib import Path; load(Path('bottleneck.py'))\n"
        "import pandas, sys; assert 'bottleneck' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "basinbench", "run", "quick", "--plugin", "bottleneck.py"]
    words = ["--method", "own-neck", "--dry-run", "--network", "mlp-64x3"]
    done = subprocess.run([*command, *words], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


UNCOUNTED = {
    "another folder": (
        "import sys; from pathlib import Path\n"
        "sys.path.insert(0, str(Path(__file__).parent / 'inner'))\nfrom hidden import order",
        "line 5: imports hidden from .*hidden.py, an edit of which would go unnoticed",
    ),
    "another folder, by name": (
        "import importlib, sys; from pathlib import Path\n"
        "sys.path.insert(0, str(Path(__file__).parent / 'inner'))\n"
        "order = importlib.import_module('hidden').order",
        "imports hidden from .*hidden.py, an edit of which would go unnoticed",
    ),
    "by name": (
        "import importlib\norder = importlib.import_module('helper').order",
        "No module named 'helper'; write `import helper`",
    ),
    "by a name that is made": (
        "order = __import__('hel' + 'per').order",
        "imports helper.py from .*helper.py, an edit of which would go unnoticed",
    ),
    "both installed and beside": (
        "import numpy",
        "plug.py in .* imports 'numpy', which is an installed module and numpy.py beside it",
    ),
    "both of Python and beside": ("import queue", "imports 'queue', which is an installed module"),
    "that of another file too": ("import more", "more.py in .* imports 'queue'"),
}


@pytest.mark.parametrize("how", UNCOUNTED)
def test_code_whose_edits_would_go_unnoticed_is_refused_in_a_sentence(how: str, folder: Path):
    head, sentence = UNCOUNTED[how]
    written(
        folder,
        helper="order = 1",
        inner__hidden="order = 1",
        numpy="order = 1",
        queue="order = 1",
        more="import queue",
        plug=plugin("a", head),
    )
    with pytest.raises(UserError, match=sentence):
        load(folder / "plug.py")


def test_code_elsewhere_on_python_s_path_counts(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """As of a project that is not installed; also where another plug-in has imported it before."""
    written(folder / "src", project__face="", project__part="order = 1")
    for name in "ab":
        written(folder / name, plug=plugin(name, "from project.part import order", value="order"))
    monkeypatch.syspath_prepend(folder / "src")
    before = [load(folder / name / "plug.py")[0].digest for name in "ab"]
    written(folder / "src", project__part="order = 2")
    after = [load(folder / name / "plug.py")[0].digest for name in "ab"]
    assert not set(before) & set(after)
    for name in ("project", "project.part"):
        sys.modules.pop(name, None)


def test_what_a_helper_defines_has_the_digest_of_its_code(folder: Path):
    """It stands in the keys of values that no class of the plug-in itself is part of."""
    nets = (
        "import basinbench\nfrom dataclasses import dataclass\n@dataclass(frozen=True)\n"
        "class Small(basinbench.Finish):\n    name = 'small'\n    def apply(self, merge): ...\n"
    )
    found = []
    for text in (nets, nets + "# edited\n"):
        written(folder, nets=text, plug=plugin("a", "from nets import Small"))
        found.append(vars(load(folder / "plug.py")[0].module)["Small"].digest)
    assert len({*found, ""}) == 3


def test_plug_ins_of_one_folder_share_their_helpers(folder: Path):
    written(folder, helper="class Shared: ...")
    for name in "ab":
        written(folder, **{f"plug_{name}": plugin(name, "from helper import Shared")})
    first, second = (load(folder / f"plug_{name}.py")[0].module for name in "ab")
    assert vars(first)["Shared"] is vars(second)["Shared"]
