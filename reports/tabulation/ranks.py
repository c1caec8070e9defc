"""Table: the methods ranked by the test loss of the merge, in each condition and over all."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ..data.condition import Condition
from ..data.families import CONTROLS, finish_order
from ..data.grid import PRINTED, GridResults
from ..data.named import Named
from ..data.ranking import FEWEST_METHODS, Ranks, complete_block, ranked
from ..data.statistics import Interval, stratified_mean
from ..wording import numbers
from ..wording.captions import caption, heading_of, where_measured
from ..wording.style import finish_in_words, in_words, method_styles
from .table import Section, Table, numbers_row

_RANKED = "Ranked pair by pair by the test loss of the merge with equal weights: 1 is the lowest."


def rank_table(grid: GridResults) -> Table:
    """Mean rank, share of pairs where it is best, whom it beats; no section of too few methods."""
    sections, rows = [], []
    for finish in sorted({f for s in grid.conditions for f in s.finishes}, key=finish_order):
        if finish.name in CONTROLS:
            continue
        found = {s: r for s in grid.conditions if (r := ranked(s, finish))}
        for condition, one in found.items():
            shown, kept = _of_setting(condition, finish, one)
            sections.append(shown)
            rows += kept
        shown, kept = _over_settings(finish, found)
        sections += shown
        rows += kept
    return Table("ranks", "Ranks", sections, pd.DataFrame(rows))


def _of_setting(condition: Condition, finish: Named, one: Ranks) -> tuple[Section, list[dict]]:
    beaten = one.beaten()
    shown, rows = [], []
    for method in _best_first([one]):
        found, best = _rank([one], method)
        labels = [method_styles(condition.line_up)[other].label for other in beaten[method]]
        everyone = len(labels) == len(one.methods) - 1
        beats = "all others" if everyone else "; ".join(labels) or "none"
        last = {"Beats": beats, "n": numbers.count(found)}
        shown.append(_rank_row(method_styles(condition.line_up)[method].label, found, best) | last)
        extra = {"settings": 1, "best": best, "beats": "; ".join(map(str, beaten[method]))}
        rows.append(numbers_row(condition, finish, method, {"rank": found}) | extra)
    left_out = ", ".join(method_styles(condition.line_up)[method].label for method in one.left_out)
    note = (
        f"{caption(condition, finish)} {_RANKED} A method beats another where the interval of "
        "their paired difference, which holds for all comparisons of two methods together, is "
        "below zero." + (f" Not ranked, since a pair is missing: {left_out}." if left_out else "")
    )
    return Section(
        condition.slug, f"{heading_of(condition, finish)}, ranks", pd.DataFrame(shown), note
    ), rows


def _over_settings(
    finish: Named, found: Mapping[Condition, Ranks]
) -> tuple[list[Section], list[dict]]:
    """Methods that all compared conditions have, ranked among themselves; of two conditions on."""
    of = {condition.slug: one for condition, one in found.items()}
    labels = next(iter(found)).line_up if found else ()
    has = {m: {slug for slug, one in of.items() if m in one.methods} for m in labels}
    methods, slugs = complete_block(has, FEWEST_METHODS, 2)
    if not methods:
        return [], []
    strata = [of[slug].of(methods) for slug in slugs]
    shown, rows = [], []
    for method in _best_first(strata):
        rank, best = _rank(strata, method)
        shown.append(_rank_row(in_words(method), rank, best) | {"n": numbers.count(rank)})
        about = dict.fromkeys(PRINTED) | {
            "finish": finish.label,
            "method": method.label,
            "n": rank.n,
        }
        values = {"rank": rank.estimate, "rank_low": rank.low, "rank_high": rank.high}
        rows.append(
            about
            | values
            | {
                "rank_n": rank.n,
                "rank_networks": rank.networks,
                "settings": len(slugs),
                "best": best,
            }
        )
    heading = f"Over {len(slugs)} settings: {finish_in_words(finish)}, ranks"
    others = [slug for slug in of if slug not in slugs]
    cells = pd.concat([s.select(finish) for s in found if s.slug in slugs])
    note = (
        f"Over the pairs of {len(slugs)} settings, intervals by the errors within each: "
        f"{', '.join(slugs)}. {_RANKED} Only methods that all of these have are ranked, among "
        "themselves." + (f" Settings that lack some: {', '.join(others)}." if others else "")
    )
    return [Section("", heading, pd.DataFrame(shown), f"{note} {where_measured(cells)}")], rows


def _rank(strata: Sequence[Ranks], method: Named) -> tuple[Interval, float]:
    """The mean rank over all pairs of all strata, and the share of pairs where it is best."""
    place = list(strata[0].methods).index(method)
    best = [float(value) for one in strata for value in one.best[place]]
    samples = [dict(zip(one.pairs, one.ranks[place].tolist(), strict=True)) for one in strata]
    return stratified_mean(samples), sum(best) / len(best)


def _best_first(strata: Sequence[Ranks]) -> list[Named]:
    """Methods by mean rank; equal ones in the order of their table."""
    return sorted(strata[0].methods, key=lambda method: _rank(strata, method)[0].estimate)


def _rank_row(label: str, rank: Interval, best: float) -> dict[str, str]:
    return {
        "Method": label,
        "Mean rank": numbers.interval(rank, 1, 2),
        "Best (% of pairs)": numbers.number(100 * best, 0),
    }
