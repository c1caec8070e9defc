"""The findings on the first page: what is new, which method to use, and the table behind it.

    python -m basinbench.reports.tabulation.headline results README.md

writes them between the two marks of the page; a test holds that page and results agree.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...results.files import write_whole
from ..answers.answer import Answer
from ..answers.catalogue import answers
from ..data.grid import GridResults, read_grid
from ..data.sources import sources_in
from ..data.standings import Standings, standings
from ..judging.claim import Finding
from ..judging.verdicts import findings, read_grids
from ..wording.markdown import bullets, prose
from .methods import choice_section, ranking_section

MARKS = ("<!-- headline: made from results, do not edit -->\n", "<!-- end of headline -->\n")

PERCEPTRON = "perceptron"


def headline(grids: Sequence[GridResults], judged: Sequence[Finding]) -> str:
    """The findings of these grids, as Markdown: answers first, then two tables."""
    return "\n".join(_headline_parts(answers(grids, judged), standings(grids)))


def _headline_parts(said: Sequence[Answer], found: Standings) -> Iterator[str]:
    for answer in said:
        yield f"**{answer.question}** *{prose(answer.short)}*\n"
        yield bullets(answer.sentences)
    if not found.columns:
        return
    yield from _without_heading(choice_section(found).markdown(3))
    yield (
        "All methods, where they lie furthest apart and on the published perceptron (all of it in "
        "[`reports/findings`](reports/findings)):\n"
    )
    yield from _without_heading(ranking_section(found, shown_scenarios(found)).markdown(3))


def shown_scenarios(found: Standings) -> list[str]:
    """The most telling scenario, and the perceptron that most of the field is about."""
    telling = found.most_telling
    slugs = [telling.example.scenario.slug] if telling else []
    return list(dict.fromkeys([*slugs, PERCEPTRON]))


def _without_heading(text: str) -> Iterator[str]:
    yield text.partition("\n\n")[2]


def insert(page: str, text: str) -> str:
    """`page` with `text` between its marks; `ValueError` where it has none."""
    before, mark, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (mark and end):
        raise ValueError(f"the page has no {MARKS[0].strip()!r} ... {MARKS[1].strip()!r}")
    return f"{before}{mark}\n{text}\n{end}{after}"


def main(folder: str, page: str) -> None:
    """Write the headline of the results in `folder` into `page`."""
    path, results = Path(page), Path(folder)
    grids = [read_grid(source.folder) for source in sources_in(results)]
    made = headline(grids, findings(read_grids(results, grids)))
    write_whole(path, insert(path.read_text(encoding="utf-8"), made))


if __name__ == "__main__":
    main(*sys.argv[1:])
