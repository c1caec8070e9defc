"""The page that shows other programs beside this one, as Markdown that a forge renders."""

from pathlib import Path

from ...results.files import write_whole
from ..tabulation.peers import HOW_TO_READ_PEERS
from ..tabulation.table import Table


def write_peer_page(table: Table, out: Path) -> None:
    """Write `README.md` and `tables/` below `out`."""
    for name, text in table.files().items():
        write_whole(out / "tables" / name, text)
    parts = [
        f"# {table.title}\n",
        "In one piece: [table](tables/peers.md), [CSV](tables/peers.csv), "
        "[LaTeX](tables/peers.tex).\n",
        HOW_TO_READ_PEERS,
        *(section.markdown(2) for section in table.sections),
    ]
    write_whole(out / "README.md", "\n".join(parts))
