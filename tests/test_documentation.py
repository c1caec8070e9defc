"""What the pages say: their code runs, their links lead somewhere.

The code of README.md is run here, that of CONTRIBUTING.md and all commands in test_guides.py.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import live_networks
import pytest
from console import command
from markdown_it import MarkdownIt
from markdown_it.token import Token

from basinbench.methods.plugins.catalogue import methods
from basinbench.results.store import read_table
from basinbench.runners.cli import parser
from basinbench.runners.folders import OWN_REPORTS, OWN_RESULTS

ROOT = Path(__file__).parents[1]


def python_blocks(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_the_examples_of_the_readme():
    code = "".join(code for code in python_blocks("README.md") if "compare(" not in code)
    model_a, model_b = (
        live_networks.ARCHITECTURES["resnet-ln"].build(live_networks.SHAPE, 5).eval() for _ in "ab"
    )
    for seed, model in enumerate((model_a, model_b)):
        model.double().load_state_dict(live_networks.alive(model, seed))
    names = {"model_a": model_a, "model_b": model_b, "images": live_networks.samples()[:][0]}
    exec(code, names)  # noqa: S102
    assert names["alignment"].alignment.is_permutation
    assert names["merged"].keys() == model_a.state_dict().keys()
    assert names["proof"].ok


@cache
def committed() -> frozenset[Path]:
    """All files and folders that git has or would take, without what it ignores: a local report."""
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout of git: which files are committed is not known")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [path for name in listed.split("\0")[:-1] if (path := ROOT / name).exists()]
    return frozenset(place for file in files for place in (file, *file.parents))


def tokens(page: Path) -> Iterator[Token]:
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()


def anchors(page: Path) -> set[str]:
    """What `#...` may name on a page: its headings, in GitHub's spelling."""
    pairs = pairwise(tokens(page))
    titles = [inline.content for token, inline in pairs if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def leads_somewhere(link: str, page: Path) -> bool:
    name, _, anchor = link.partition("#")
    target = Path(os.path.normpath(page.parent / name)) if name else page
    return target in committed() and (not anchor or anchor in anchors(target))


def test_every_link_leads_to_what_is_committed():
    """Links and pictures; addresses elsewhere are not visited."""
    pages = [path for path in committed() if path.suffix == ".md"]
    assert ROOT / "README.md" in pages
    links = [
        (page, str(link))
        for page in sorted(pages)
        for token in tokens(page)
        if (link := token.attrs.get("href") or token.attrs.get("src"))
    ]
    relative = [(page, link) for page, link in links if not re.match(r"[a-z]+:", link)]
    dead = [(page, link) for page, link in relative if not leads_somewhere(link, page)]
    assert not [f"{page.relative_to(ROOT)}: {link}" for page, link in dead]


SOURCE = r"[A-Z]\w+(?: et al\.| & [A-Z]\w+) \d{4}"


def test_every_method_s_source_has_its_title_on_the_first_page():
    cited = {m for each in methods().values() for m in re.findall(SOURCE, each.paper)}
    titles = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Cite it")[2]
    assert len(cited) > 10
    assert {source for source in cited if f"| {source} |" not in titles} == set()


PATH = re.compile(r"`([\w./]+(?:/|\.(?:py|toml|csv|md|css|js|html)))`")


def test_every_path_of_the_pages_is_there():
    """Those in backticks with a folder; names alone may be a user's own files."""
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(PATH.findall((ROOT / page).read_text(encoding="utf-8")))
        paths = [name for name in named if "/" in name and not ignored(name)]
        assert len(paths) > 1
        assert [name for name in paths if not (ROOT / name).exists()] == [], page


def test_every_package_is_in_the_table_of_folders():
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = {
        f"{path.parent.relative_to(ROOT)}/"
        for path in committed()
        if path.name == "__init__.py" and path.parent != ROOT and "tests" not in path.parts
    }
    assert len(packages) > 30
    assert {name for name in packages if f"`{name}`" not in table} == {"reports/"}


def ignored(*names: str) -> set[str]:
    """Those of these paths that git leaves alone."""
    committed()  # or skip: no checkout
    asking = ["git", "check-ignore", "--no-index", *names]
    listed = subprocess.run(asking, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return set(listed.splitlines())


def test_a_user_s_own_runs_leave_the_checkout_as_it_was():
    own = [f"{folder}/quick/cells.csv" for folder in (OWN_RESULTS, OWN_REPORTS)]
    assert ignored(*own, "results/quick/cells.csv") == set(own)
    defaults = parser().parse_args(["run"]), parser().parse_args(["report"])
    assert (defaults[0].results, defaults[1].out) == (OWN_RESULTS, OWN_REPORTS)


def test_make_bench_proves_something_each_time_and_leaves_the_checkout_clean():
    """Its home is its own and empty, and all that it writes lies where git does not look."""
    listed = subprocess.run(
        ["make", "--dry-run", "bench"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    written = dict(re.findall(r"--(home|results|out) (\S+)", listed))
    assert set(written) == {"home", "results", "out"}
    assert ignored(*written.values()) == set(written.values())
    emptied = re.findall(r"^rm -rf (\S+)$", listed, re.MULTILINE)
    assert all(any(Path(p).is_relative_to(e) for e in emptied) for p in written.values())
    assert listed.index("rm -rf") < listed.index("--home")


def commands(page: str) -> list[list[str]]:
    """The words of each `basinbench` command of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^(?: {4})?basinbench (.*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in found]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_of_the_pages_is_one(page: str):
    found = commands(page)
    assert len(found) >= 5
    for words in found:
        assert parser().parse_args(words).verb == words[0]


@pytest.mark.slow
def test_the_committed_results_are_updated_by_the_commands_of_the_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """In a copy, with a filter: the rows stay those that are committed, but for the one cell."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASINBENCH_HOME", str(tmp_path / "home"))
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = section.partition("## The committed results\n")[2].partition("\n## ")[0]
    run, report = (
        shlex.split(x)[1:] for x in re.findall(r"^basinbench .*$", section, re.MULTILINE)
    )
    shutil.copytree(ROOT / "results" / "quick", "results/quick")
    shutil.copytree(ROOT / "reports" / "quick", "reports/quick")
    before = read_table(Path("results/quick"))[0]["cell"].tolist()
    one = ["--network", "mlp-64x3", "--method", "identity", "--finish", "none", "--seed", "0-1"]
    assert command(capsys, *run, *one)[0] == 0
    assert read_table(Path("results/quick"))[0]["cell"].tolist() == before
    code, _, err = command(capsys, *report)
    assert (code, err) == (0, ""), "the committed reports are known for what was written"
    assert {path.name for path in Path().iterdir()} == {"home", "results", "reports"}
