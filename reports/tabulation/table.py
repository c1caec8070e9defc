"""A table of the report: sections to be read, and the same numbers to be computed with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ...results.csv_files import kept_from_formulas
from ..data.condition import Condition
from ..data.named import Named
from ..data.statistics import Interval
from ..wording.markdown import cell, prose
from ..wording.numbers import MINUS
from . import latex


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a table as it is read: a heading, rows of text, and a caption.

    `about` is the slug of the condition that it belongs to; empty for what concerns all of them.
    """

    about: str
    heading: str
    rows: pd.DataFrame
    caption: str

    def markdown(self, level: int) -> str:
        """The section with a heading of this level; texts are kept from acting as Markdown."""
        table = "" if self.rows.empty else f"{self._markdown}\n\n"
        return f"{'#' * level} {prose(self.heading)}\n\n{table}{prose(self.caption)}\n"

    def latex(self) -> str:
        r"""The section as a `tabular`; heading and caption in a comment, fit for `\caption`."""
        comment = f"% {latex.text(self.heading)}. {latex.text(self.caption)}\n"
        return comment if self.rows.empty else comment + latex.tabular(self.rows, self._right)

    @cached_property
    def _markdown(self) -> str:
        shown = self.rows.map(cell)
        alignment = ["right" if right else "left" for right in self._right]
        return str(shown.to_markdown(index=False, disable_numparse=True, colalign=alignment))

    @cached_property
    def _right(self) -> list[bool]:
        """Which columns hold numbers."""
        return [any(map(_is_number, self.rows[name].tolist())) for name in self.rows]


@dataclass(frozen=True, eq=False)
class Table:
    """Sections under one title, and `numbers`: everything in them unrounded, a row per method."""

    name: str
    title: str
    sections: Sequence[Section]
    numbers: pd.DataFrame

    def markdown(self) -> str:
        """The whole table as a document of its own."""
        return "\n".join([f"# {self.title}\n", *(part.markdown(2) for part in self.sections)])

    def latex(self) -> str:
        """The whole table for a paper: a `tabular` a section, that needs booktabs alone."""
        return "\n".join([f"% {latex.text(self.title)}\n", *(s.latex() for s in self.sections)])

    def files(self) -> dict[str, str]:
        """The names of the files that hold this table, and their text."""
        texts = {"md": self.markdown(), "tex": self.latex(), "csv": self.csv()}
        return {f"{self.name}.{ending}": text for ending, text in texts.items()}

    def csv(self) -> str:
        """The numbers; floats read back exactly, and no text is a spreadsheet's formula."""
        safe = self.numbers.map(lambda v: kept_from_formulas(v) if isinstance(v, str) else v)
        return safe.to_csv(index=False, lineterminator="\n")


def numbers_row(
    condition: Condition, finish: Named | None, method: Named, found: Mapping[str, Interval]
) -> dict[str, object]:
    """One row of `Table.numbers`: what the row is about, then each estimate with its interval.

    `finish` is `None` where the numbers do not depend on it.
    """
    row: dict[str, object] = {
        "dataset": condition.dataset,
        "network": condition.network,
        "recipe": condition.recipe,
        "split": condition.split,
        "networks": condition.networks,
        **({} if finish is None else {"finish": finish.label}),
        "method": method.label,
        "n": condition.pairs(finish, method),
        "n_networks": condition.trained(finish, method),
        "diverged": condition.diverged(finish, method),
    }
    for name, interval in found.items():
        row |= {
            name: interval.estimate,
            f"{name}_low": interval.low,
            f"{name}_high": interval.high,
            f"{name}_n": interval.n,
            f"{name}_networks": interval.networks,
        }
    return row


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or text[:1] in ("+", MINUS)
