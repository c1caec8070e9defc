"""The verdicts as files: a page, the table, and a figure per claim."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from ...results.files import write_whole
from ..data.statistics import FEW
from ..judging.claim import WRONG, Evidence, Finding
from ..plotting.pool import FigurePool, paths, write_figure
from ..plotting.verdicts import draw_evidence
from ..tabulation.table import Table
from ..tabulation.verdicts import measured_on, verdict_table

HOW_TO_READ_CLAIMS = f"""\
**How to read this.** Each claim predicts some numbers, and each number has a bound that was written
down before the grid `claims` was first run; where a claim's cells or numbers were changed after
that, its note says so, and an earlier verdict stands with it. No verdict is written by hand.

**A prediction** holds where all of its interval lies within the bound, and fails where all of it
lies outside. It is tested to either side at {WRONG:.0%}, so that the interval is that of
{1 - 2 * WRONG:.0%} (two one-sided tests where the bound has two ends): Student's t clustered by
network, since pairs that share one are not independent; differences are taken pair by pair. One
pair decides nothing, nor do {FEW} or fewer that differ, nor more that do if one network is in each
of them. What allows no exception is judged by the worst cell, and one exact value by
counterexample; numbers on which all pairs agree stand by themselves. A prediction may have a
*control*: what these networks must show so that they could have passed or failed. Where it fails
there is *no test*, and the prediction does not count. *Test images*: the standard error that the
choice of the test images adds; the intervals do not hold it.

**A claim** is *supported* where all of its predictions hold: each at its own level, for a wrong
verdict needs each of them (an intersection-union test). It is *refuted* where all fail, or where
one does of a claim about each of many; that one fails of several is corrected for their number
(Holm). It is *mixed* where some fail and others do not, *undecided* where intervals leave it open,
*not yet measured* as long as one number is missing, and *not judged* where no prediction is a test.
What is true *by construction*, a definition or a theorem, is listed apart and not counted. Some
claims are looked at several times, with more networks, until they are decided: each look spends its
part of the {WRONG:.0%}. Nothing is corrected across claims, and many share their networks.

A barrier of at most 0.02 nats counts as none. Units that are zero on every image are no *living*
ones: they have no partner to be found.
"""


def write_verdict_page(
    findings: Sequence[Finding],
    out: Path,
    pool: FigurePool,
    formats: Sequence[str] = ("svg",),
    about: str = "",
) -> tuple[list[Path], tuple[Finding, ...]]:
    """Write `README.md`, `tables/` and `figures/` below `out`; the files, and the findings drawn.

    `about` is a sentence on the results that they rest on.

    A finding with a figure names it: `out/figures/<figure>.svg`.
    """
    stems = [out / "figures" / finding.claim.id for finding in findings]
    jobs = ((finding.evidence, stem) for finding, stem in zip(findings, stems, strict=True))
    written = list(pool.map(partial(_draw_claim, formats), jobs))
    drawn = tuple(
        replace(finding, figure=finding.claim.id) if files else finding
        for finding, files in zip(findings, written, strict=True)
    )
    table = table_of(drawn)
    texts = {
        **{out / "tables" / name: text for name, text in table.files().items()},
        out / "README.md": _page(table, drawn, about),
    }
    for path, text in texts.items():
        write_whole(path, text)
    return [*chain.from_iterable(written), *texts], drawn


def _draw_claim(formats: Sequence[str], job: tuple[Sequence[Evidence], Path]) -> list[Path]:
    """Draw and write the figure of some evidence; its files, none where there are no numbers."""
    evidence, stem = job
    if not (figure := draw_evidence(evidence)):
        return []
    write_figure(figure, stem, formats)
    return paths(stem, formats)


def table_of(findings: Sequence[Finding]) -> Table:
    """The table of the verdicts, with the devices that they were measured on."""
    return verdict_table(findings, _devices(findings))


def _devices(findings: Sequence[Finding]) -> str:
    found = measured_on(findings)
    return f"Measured on {found}." if found else "Nothing was measured."


def _page(table: Table, findings: Sequence[Finding], about: str) -> str:
    figures = {f.claim.id: f.figure for f in findings if f.figure}
    overview, *sections = table.sections
    links = "[Table](tables/verdicts.md), [LaTeX](tables/verdicts.tex), [CSV](tables/verdicts.csv)."
    head = f"# Claims and verdicts\n\n{links}\n" + (f"\n{about}\n" if about else "")
    parts = [head, HOW_TO_READ_CLAIMS, overview.markdown(2)]
    for section in sections:
        parts.append(section.markdown(2))
        if section.about in figures:
            name = figures[section.about]
            parts.append(f"![{section.about}: the evidence](figures/{name}.svg)\n")
    return "\n".join(parts)
