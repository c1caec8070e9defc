"""Texts that stand in Markdown as they are, whoever named what they speak of."""

import re
from collections.abc import Iterable

_ACTIVE = re.compile(r"\\|\*|~~|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=\])\(|&(?=#?\w+;)|<")
_WRITTEN = {"<": "&lt;", "&": "&amp;"}


def prose(text: object) -> str:
    """`text` in one line outside of tables: no emphasis, link, picture or tag is made of it.

    Backticks stay: captions set what is code between them, and nothing within acts.
    """
    parts = re.split(r"(`[^`]*`)", " ".join(str(text).split()))
    return "".join(part if i % 2 else _still(part) for i, part in enumerate(parts))


def bullets(texts: Iterable[object]) -> str:
    """A list of texts, each as `prose`."""
    return "".join(f"- {prose(text)}\n" for text in texts)


def cell(text: object) -> str:
    """`text` for a cell of a table, where a whole cell between stars is emphasised."""
    line = " ".join(str(text).split())
    whole = len(line) > 2 and line[0] == line[-1] == "*" and "*" not in line[1:-1]
    still = f"*{_still(line[1:-1])}*" if whole else _still(line)
    return still.replace("|", "\\|")


def picture(title: str, address: str) -> str:
    """A picture with its title for those who do not see it."""
    alternative = prose(title).replace("[", "\\[").replace("]", "\\]")
    return f"![{alternative}]({address})"


def _still(text: str) -> str:
    return _ACTIVE.sub(lambda found: _WRITTEN.get(found[0], f"\\{found[0]}"), text)
