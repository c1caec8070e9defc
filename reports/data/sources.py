"""Where the results of a report lie: the reader's own, and those that came with the package."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...results.peer_table import PEERS
from ...results.store import CELLS

Origin = Literal["", "own", "shipped"]
"""Whose results they are; empty where there is one folder alone, and no question."""


@dataclass(frozen=True)
class Source:
    """The tables of one grid: the name under which they are shown, their folder, and whose."""

    name: str
    folder: Path
    origin: Origin = ""

    def is_asked_for(self, names: Sequence[str]) -> bool:
        """Whether one of `names` is its name, or that of its grid."""
        return self.name in names or self.folder.name in names


def sources_in(folder: Path) -> list[Source]:
    """The grids whose tables lie in one folder."""
    return [Source(path.parent.name, path.parent) for path in sorted(folder.glob(f"*/{CELLS}"))]


def own_and_shipped(own: Path, shipped: Path) -> list[Source]:
    """The grids of both folders; of a grid that is in both, the shipped one is `<name>-shipped`.

    Claims look a grid up by its name, so that one's own is the one that they are judged by.
    """
    ours = [Source(s.name, s.folder, "own") for s in sources_in(own)]
    names = {source.name for source in ours}
    theirs = [Source(_free(s.name, names), s.folder, "shipped") for s in sources_in(shipped)]
    return sorted([*ours, *theirs], key=lambda source: source.name)


def peers_among(results: Path | Sequence[Source]) -> Path | None:
    """The folder with the table of other programs: of several the reader's own, else `None`."""
    if isinstance(results, Path):
        folders = [results]
    else:
        own_first = sorted(results, key=lambda source: source.origin != "own")
        folders = [source.folder.parent for source in own_first]
    name = PEERS.partition(".")[0]
    return next((f / name for f in folders if (f / name / PEERS).is_file()), None)


def _free(name: str, taken: Set[str]) -> str:
    while name in taken:
        name += "-shipped"
    return name
