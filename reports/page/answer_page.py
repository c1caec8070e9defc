"""The answers as files: a page, the table of methods, and their figures."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...results.files import write_whole
from ..answers.answer import Answer
from ..answers.catalogue import answered_by, answers
from ..data.grid import GridResults
from ..data.standings import Standings, standings
from ..judging.claim import Finding
from ..plotting.answers import answer_figures
from ..plotting.catalogue import FigureEntry
from ..plotting.pool import paths, write_figure
from ..tabulation.methods import method_table
from ..tabulation.table import Table
from ..wording.markdown import bullets, picture, prose


def write_answer_page(
    grids: Sequence[GridResults],
    findings: Sequence[Finding],
    out: Path,
    formats: Sequence[str] = ("svg",),
) -> list[Path]:
    """Write `README.md`, `tables/` and `figures/` below `out`; the files, none without answers."""
    grids = answered_by(grids)
    said, found = answers(grids, findings), standings(grids)
    if not said:
        return []
    entries = list(answer_figures(grids, found))
    files = []
    for entry in entries:
        stem = out / "figures" / entry.name
        if entry.figure is not None:
            write_figure(entry.figure, stem, formats)
            files += paths(stem, formats)
    table = method_table(found)
    texts = {
        **{out / "tables" / name: text for name, text in table.files().items()},
        out / "README.md": "\n".join([_head(findings), *_parts(said, found, table, entries)]),
    }
    for path, text in texts.items():
        write_whole(path, text)
    return [*files, *texts]


def _head(findings: Sequence[Finding]) -> str:
    judged = any(evidence.found.n for finding in findings for evidence in finding.evidence)
    verdicts = " and the [verdicts](../verdicts/README.md)" if judged else ""
    return (
        f"# Findings\n\nEvery sentence follows from the tables{verdicts}: where the numbers turn, "
        "the words do.\n"
    )


def _parts(
    said: Sequence[Answer], found: Standings, table: Table, entries: Sequence[FigureEntry]
) -> Iterator[str]:
    drawn = {entry.name: entry for entry in entries}
    for answer in said:
        yield f"## {answer.question}\n"
        yield f"**{prose(answer.short)}**\n"
        yield bullets(answer.sentences)
        if answer.claims:
            yield f"More in the claims {', '.join(answer.claims)}.\n"
        for entry in (drawn[name] for name in answer.figures if name in drawn):
            yield f"{picture(entry.title, f'figures/{entry.name}.svg')}\n\n{prose(entry.caption)}\n"
        if answer.slug == "choice" and found.columns:
            yield from (section.markdown(3) for section in table.sections)
