"""The state of a method's code: what runs counts, what does not does not."""

from pathlib import Path

import pytest
from tiny import CPU, PERCEPTRON, cells

from basinbench.methods.best_of import BestOf
from basinbench.methods.plugins.catalogue import built_in
from basinbench.methods.weight_matching import WeightMatching
from basinbench.results.store import RecordStore
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing
from basinbench.runners.measuring import code

BEFORE = '''
"""A module."""

import sys  # for nothing


class A:
    """A class."""

    x: int = 1  # a comment
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "module.py"


def seen(file: Path, text: str) -> str:
    file.write_text(text)
    code._code.cache_clear()
    return code._code(file)


def test_words_for_readers_do_not_count_and_what_runs_does(file: Path):
    before = seen(file, BEFORE)
    for same in (
        BEFORE.replace("A class.", "Another."),
        BEFORE.replace("# a comment", ""),
        BEFORE.replace("\n\n\n", "\n"),
        BEFORE.replace('"""A module."""\n', ""),
    ):
        assert seen(file, same) == before
    for other in (BEFORE.replace("= 1", "= 2"), BEFORE.replace("import sys", "import os")):
        assert seen(file, other) != before


def test_a_method_counts_with_all_that_it_uses():
    names = {path.name for path in code._used_by(code.ROOT / "weight_matching.py")}
    assert {"weight_matching.py", "base.py", "gains.py", "assignment.py", "maps.py"} <= names
    assert not {"zipit.py", "otfusion.py", "__init__.py"} & names
    every = {code.code_digest(method()) for method in built_in().values()}
    files = {method.__module__ for method in built_in().values()}
    assert len(every) == len(files)
    assert code.code_digest(WeightMatching(order="widest")) == code.code_digest(WeightMatching())
    assert code.code_digest(BestOf()) != code.code_digest(WeightMatching())


@pytest.mark.usefixtures("one_thread")
def test_cells_of_another_state_are_kept_and_counted_or_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    some = cells(finishes=(Nothing(),), networks=(PERCEPTRON,))
    Engine(tmp_path, CPU).run(some)
    kept = Engine(tmp_path, CPU).run(some)
    assert (kept.kept, dict(kept.stale)) == (2, {})

    def another(path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        return text + "1" if path.name == "weight_matching.py" else text

    monkeypatch.setattr(code, "_code", another)
    code.code_digest.cache_clear()
    try:
        stale = Engine(tmp_path, CPU).run([some[1]])
        assert (stale.kept, dict(stale.stale)) == (1, {"weight-matching": 1})
        asked = [Engine(tmp_path, CPU).is_finished(some[1], stale) for stale in (False, True)]
        assert asked == [True, False], "what a dry run counts"
        again = Engine(tmp_path, CPU).run([some[1]], rerun_stale=True)
        assert (again.done, again.kept, dict(again.stale)) == (1, 0, {})
        record = RecordStore(tmp_path).read(some[1].key)
        assert record is not None
        assert record["method_digest"] == code.code_of(some[1])
    finally:
        code.code_digest.cache_clear()
