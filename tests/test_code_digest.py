"""Which files count for the code of a file: those that it imports, and not the libraries."""

from pathlib import Path

import pytest

from basinbench.code_digest import digest_of

FILES = {
    "alone.py": "import beside\n",
    "beside.py": "from pack.deep.leaf import thing\n",
    "unread.py": "",
    "pack/__init__.py": "",
    "pack/layers.py": "import near\n",
    "pack/by_name.py": "",
    "pack/deep/__init__.py": "",
    "pack/deep/leaf.py": "from ..layers import act\nfrom pack.layers import norm\n",
    "pack/.venv/lib/site-packages/library.py": "",
    "near.py": "",
    "own/__init__.py": "",
    "own/models.py": "from .layers import act\n",
    "own/layers.py": "",
    "own/by_name.py": "",
    "loose/models.py": "from loose.layers import act\nfrom ..far import more\n",
    "loose/layers.py": "",
    "loose/unread.py": "",
    "far.py": "",
}
PACK = {"pack/__init__.py", "pack/layers.py", "pack/by_name.py", "pack/deep/__init__.py", "near.py"}
COUNT = {
    "alone.py": {"beside.py", "pack/deep/leaf.py", *PACK},
    "pack/deep/leaf.py": PACK,
    "own/models.py": {"own/__init__.py", "own/layers.py", "own/by_name.py"},
    "loose/models.py": {"loose/layers.py", "loose/unread.py", "far.py"},
}
"""File -> what counts for it; of what is a package by its place alone, all below its name."""


@pytest.mark.parametrize("start", COUNT)
def test_a_change_of_what_is_imported_changes_the_digest_and_no_other_does(
    start: str, tmp_path: Path
):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    before = digest_of(tmp_path / start, root=tmp_path)
    changed = set[str]()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text + "more = 1\n")
        if digest_of(tmp_path / start, root=tmp_path) != before:
            changed.add(name)
        (tmp_path / name).write_text(text)
    assert changed == {start, *COUNT[start]}


def test_a_folder_is_listed_once_however_many_files_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each file of a package names its package: libraries have hundreds."""
    (tmp_path / "pack").mkdir()
    for number in range(30):
        (tmp_path / "pack" / f"part{number}.py").write_text("from pack import part0\n")
    (tmp_path / "pack" / "__init__.py").write_text("")
    listed: list[Path] = []
    rglob = Path.rglob
    monkeypatch.setattr(
        Path, "rglob", lambda folder, pattern: listed.append(folder) or rglob(folder, pattern)
    )
    digest_of(tmp_path / "pack" / "part1.py")
    assert sorted(set(listed)) == sorted(listed)
