"""The page that shows a grid's tables and figures, as Markdown that a forge renders."""

from collections.abc import Iterator, Sequence

from ..data.grid import GridResults
from ..data.statistics import FEW, LEVEL
from ..plotting.catalogue import FigureEntry
from ..tabulation.table import Table
from ..wording.captions import left_out, where_measured
from ..wording.markdown import picture, prose

HOW_TO_READ = f"""\
**How to read this.** A *pair* is two networks trained with different seeds; n networks make up to
n (n - 1) / 2 pairs, and `n` says both. Numbers are means over pairs with {LEVEL:.0%} t-intervals
clustered by network (jackknife), since pairs that share a network are not independent; times are
medians. Of {FEW} pairs or fewer the values themselves stand in brackets: no interval of so few is
worth more. The intervals are about networks, not about the choice of the test images.

**Differences** are taken pair by pair, over the pairs that both methods have, and called higher or
lower only where their interval leaves out zero. All differences in one column of a table are
judged together, so that among methods that differ from the baseline by chance alone one is called
higher or lower in {1 - LEVEL:.0%} of tables at most (Holm); each interval has the level at which
its method was decided. *Unresolved* does not mean equal, and *too few to call* that more networks
are needed for any answer. Nothing is corrected for the number of columns.

**Ranks** are by the test loss of the merge with equal weights, pair by pair. Whether one method
beats another is judged in the same way, all comparisons of two methods together.

**Barriers** are the greatest rise of the loss (fall of the accuracy) along the line between the
aligned networks: *chord* above the straight line between the two (Entezari et al. 2021), *mean*
above the mean of the two (Git Re-Basin, definition 2.2). They are never below zero, since the ends
are on the line. The ends are the networks as they were trained. Where maps are no permutations
(CCA, OTFusion by Sinkhorn) the line runs between the moved networks: such a barrier has what the
maps themselves lose and grows towards the second end with the number of points, and the middle is
what to compare. Retrained networks are evaluated at the ends and in the middle alone.

**Failed**: a merge that diverged, whose loss is not finite somewhere on its line, or a cell that
failed and has none. A method has no mean where one of its merges failed; the table says of how many
pairs.

**Networks** before the merge and their **ensemble** (mean predicted probabilities) are references:
the ensemble costs one evaluation a network, the merge only one.
"""


HOW_TO_READ_PLANTED = f"""\
**How to read this.** Each network has random weights, and no network is trained. Its partner is
the same network with the units of every group in a random order, and then with normal noise on
every weight: *noise* is its standard deviation, as a multiple of that of the weight's tensor. A
method sees both, and random images where it looks at data.

**Recovered** is the share of units, over all groups together, that meet the unit which was planted
as theirs; by chance it is one unit a group. **Objective over planted** is the inner product of all
weights that the maps reach, over that of the planted permutation: above 1 the noise has made
another permutation the better match. Numbers are means over seeds with {LEVEL:.0%} t-intervals,
of {FEW} seeds or fewer with the values themselves; a *pair* is one seed.
"""


HOW_TO_READ_FIDELITY = """\
**How to read this.** Each method is given the same small networks as its authors' own code, with
the settings that are named, and both results are held side by side. The authors' functions were
retyped line by line and run elsewhere: only the numbers that they gave are kept here. Most networks
are perceptrons that were trained on scikit-learn's digits; those of weight matching have random
weights too, and it visits the groups in the orders in which theirs did.

**as_released** names a method with what its authors' code does differently, from its paper or from
this package; without it stands the method as this package runs it elsewhere. *Why* says where the
difference comes from. Where their result is an accident of arithmetic, it is no target: one plan of
OTFusion that is not shown, by Sinkhorn on distances of activations as they are, ends with an
exception there.
"""


def how_to_read(grid: GridResults) -> str:
    """What the page of `grid` begins with."""
    if grid.is_fidelity:
        return HOW_TO_READ_FIDELITY
    return HOW_TO_READ_PLANTED if grid.is_planted else HOW_TO_READ


def grid_page(grid: GridResults, tables: Sequence[Table], entries: Sequence[FigureEntry]) -> str:
    """The page: how to read it, then each condition's figures and tables, then what is missing."""
    return "\n".join(_page_parts(grid, tables, entries))


def _page_parts(
    grid: GridResults, tables: Sequence[Table], entries: Sequence[FigureEntry]
) -> Iterator[str]:
    outcomes = next(table for table in tables if table.name == "outcomes")
    yield f"# Grid `{grid.name}`\n"
    if grid.origin == "shipped":
        yield "These results came with the package.\n"
    yield f"{outcomes.sections[0].heading}. {prose(where_measured(grid.cells))}\n"
    if grid.left_out:
        yield f"{left_out(grid.left_out)}\n"
    links = [
        f"{t.title} ([table](tables/{t.name}.md), [CSV](tables/{t.name}.csv), "
        f"[LaTeX](tables/{t.name}.tex))"
        for t in tables
    ]
    yield f"Everything in one piece: {'; '.join(links)}.\n"
    yield how_to_read(grid)
    yield from (_shown(entry, grid.name, 2) for entry in entries if not entry.about)
    for table in tables:
        if table is not outcomes:
            yield from (part.markdown(2) for part in table.sections if not part.about)
    for condition in grid.conditions:
        yield f"## {prose(condition.title)}\n"
        for entry in entries:
            if entry.about == condition.slug:
                yield _shown(entry, condition.title, 3)
        for table in tables:
            for section in table.sections:
                if section.about == condition.slug:
                    yield section.markdown(3)
    yield f"## {outcomes.title}\n"
    yield from (section.markdown(3) for section in outcomes.sections)


def _shown(entry: FigureEntry, about: str, level: int) -> str:
    shown = picture(f"{entry.title}: {about}", f"figures/{entry.name}.svg")
    return f"{'#' * level} {prose(entry.title)}\n\n{shown}\n\n{prose(entry.caption)}\n"
