"""Tables as LaTeX, for a paper: `tabular`s in the style of booktabs, and texts that compile."""

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

# What pandas leaves as it is, though LaTeX (with its oldest font encoding) prints something else
# or stops. Mathematics as such: a document need not load symbols for text.
_SIGNS = str.maketrans(
    {
        "−": "$-$",
        "–": "--",
        "∞": r"$\infty$",
        "µ": r"$\mu$",
        "σ": r"$\sigma$",
        "γ": r"$\gamma$",
        "λ": r"$\lambda$",
        "₀": "$_0$",
        "×": r"$\times$",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': "''",
    }
)
_LETTERS = 0x250
"""Code points below are Latin, which LaTeX reads as UTF-8 by itself."""


def tabular(rows: pd.DataFrame, right: Sequence[bool]) -> str:
    """`rows` of texts as a `tabular`, its columns named; those in `right` flush right.

    Compiles in any document that loads booktabs. Neither float nor caption is around it: the paper
    decides whether it goes in a `table`, a `table*` or on its side.
    """
    styler = rows.reset_index(drop=True).style.hide(axis="index")
    styler.format(_cell, escape="latex").format_index(_cell, axis=1, escape="latex")
    columns = "".join("r" if flush else "l" for flush in right)
    return styler.to_latex(hrules=True, column_format=columns)


@lru_cache(maxsize=1024)  # many sections share a caption
def text(words: str) -> str:
    """`words` in one line of LaTeX that prints them."""
    alone = pd.DataFrame([[words]]).style.hide(axis="index").hide(axis="columns")
    alone.format(_cell, escape="latex")
    return alone.to_latex().split("\n")[1].removesuffix(r" \\")


def _cell(escaped: str) -> str:
    r"""A text that pandas escaped, with what it leaves; `*emphasis*` of a whole cell is kept.

    What stands first must not be `[` or `*`: they would belong to the `\\` before.
    """
    line = " ".join(escaped.split()).translate(_SIGNS)
    line = "".join(sign if ord(sign) < _LETTERS else f"U+{ord(sign):04X}" for sign in line)
    if len(line) > 2 and line[0] == line[-1] == "*":
        return rf"\emph{{{line[1:-1]}}}"
    return "{}" + line if line[:1] in ("[", "*") else line
