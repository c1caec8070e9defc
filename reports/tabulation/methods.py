"""Table: which method to use: every method in every scenario, the best first."""

from collections import Counter
from collections.abc import Sequence
from math import isnan

import pandas as pd

from ..answers.answer import listed
from ..data.machines import machine
from ..data.standings import AS_GOOD, Column, Entrant, Standings
from ..wording import numbers
from ..wording.captions import caption
from ..wording.differences import per_cent
from ..wording.style import entrant_in_words, variant
from .table import Section, Table, numbers_row

SEES = {"": "nothing", "images": "images", "labels": "images, labels"}
"""What of the training data a method looks at, in words."""


def method_table(found: Standings) -> Table:
    """What to use in each scenario, and all methods in all of them."""
    sections = [choice_section(found), ranking_section(found)] if found.columns else []
    rows = [row for column in found.columns for row in _numbers(column)]
    return Table("methods", "Which method to use", sections, pd.DataFrame(rows))


def choice_section(found: Standings) -> Section:
    """One line a scenario: the best merge, the fastest that is as good, the best without data."""
    usual = _usual_device(found.columns)
    rows = [_choice(column, usual) for column in found.columns]
    told = (_as_good_note(), _device_note(found.columns, usual), *_exceptions(found.columns))
    return Section("", "What to use", pd.DataFrame(rows), " ".join(filter(None, told)))


def ranking_section(found: Standings, slugs: Sequence[str] = ()) -> Section:
    """One line a method, one column a scenario: of these, in their order, or of all."""
    columns = found.columns
    if slugs:
        columns = [c for slug in slugs if (c := found.column(slug)) is not None]
    rows = [_references("Networks, mean", [c.networks for c in columns], columns)]
    rows += [_references("Their ensemble", [c.ensemble for c in columns], columns)]
    shown = [
        _method_row(found, entrant, columns)
        for entrant in (*found.everywhere, *found.elsewhere)
        if any(entrant in column.scores for column in columns)
    ]
    return Section("", "Every method", pd.DataFrame([*shown, *rows]), _note(columns, found.timed))


def _note(columns: Sequence[Column], timed: Column | None) -> str:
    """What the columns are, and how the rows are ordered."""
    asked = "; ".join(f"{c.example.scenario.title}: {_what(c)}" for c in columns)
    told = [
        "Test accuracy (%) of the merge with equal weights: mean over sets of networks with its "
        f"interval, in italics where it is as good as the best. {_as_good_note()} Methods that "
        "were measured in fewer than half of the scenarios come last.",
        f"Time: median of the alignment alone, on {timed.example.scenario.phrase}."
        if timed
        else "",
        _dagger(columns),
        *_exceptions(columns),
        f"{asked}.",
    ]
    return " ".join(part for part in told if part)


def _device(column: Column) -> str:
    return machine(column.example.condition)[0]


def _usual_device(columns: Sequence[Column]) -> str:
    """The device of most columns, of equally many that of the first."""
    return Counter(map(_device, columns)).most_common(1)[0][0]


def _device_note(columns: Sequence[Column], usual: str) -> str:
    """Where times were measured, which are told apart where it was not all on one device."""
    others = dict.fromkeys(device for c in columns if (device := _device(c)) != usual)
    told = f"Time: median of the alignment alone, on {usual}"
    return f"{told}; § on {listed(list(others))}." if others else f"{told}."


def _as_good_note() -> str:
    return (
        f"As good as the best: no more than {100 * AS_GOOD:g} points below it, on the mean over "
        "the same networks."
    )


def _what(column: Column) -> str:
    told = caption(column.example.condition, column.example.finish).partition("; interval")[0]
    finish = "" if column.example.finish.name == "none" else ", statistics reset"
    return told.partition(". ")[0] + finish


def _choice(column: Column, usual: str) -> dict[str, str]:
    best, fast = column.best, column.as_good[0]
    blind = [e for e, score in column.scores.items() if not score.sees]
    top = column.best_among(blind) if blind else None
    return {
        "To merge": column.example.scenario.title,
        "Measured on": column.example.what,
        "Networks (%)": per_cent(column.networks),
        "Use": entrant_in_words(best, column.chosen_by),
        "Merge (%)": _accuracy(column, best),
        "As good and fastest": entrant_in_words(fast, column.chosen_by),
        "Time": numbers.duration(column.scores[fast].seconds)
        + ("" if _device(column) == usual else "§"),
        "Without any data": numbers.DASH if top is None else entrant_in_words(top),
        "Its merge (%)": numbers.DASH if top is None else _accuracy(column, top),
    }


def _accuracy(column: Column, entrant: Entrant) -> str:
    fewer = "‡" if column.on_fewer_sets(entrant) else ""
    return per_cent(column.scores[entrant].accuracy) + fewer


def _method_row(found: Standings, entrant: Entrant, columns: Sequence[Column]) -> dict[str, str]:
    there = [column for column in columns if entrant in column.scores]
    first = there[0].scores[entrant]
    label = entrant_in_words(entrant, there[0].chosen_by)
    row = {"Method": label, "Sees": SEES[first.sees]}
    row["As good as the best"] = f"{found.as_good(entrant)} of {found.count(entrant)}"
    for column in columns:
        row[column.example.scenario.title] = _cell(column, entrant)
    timed = found.timed
    if timed is None:
        return row
    seconds = timed.scores[entrant].seconds if entrant in timed.scores else None
    return row | {"Time": numbers.DASH if seconds is None else numbers.duration(seconds)}


def _cell(column: Column, entrant: Entrant) -> str:
    score = column.scores.get(entrant)
    if score is None:
        return numbers.DASH
    dagger = "" if len(score.settings) > 1 or score.settings[0].is_plain else "†"
    fewer = "‡" if column.on_fewer_sets(entrant) else ""
    text = per_cent(score.accuracy) + dagger + fewer
    return f"*{text}*" if score.is_as_good else text


def _dagger(columns: Sequence[Column]) -> str:
    """Which methods are not there as they come, and how else."""
    other = dict.fromkeys(
        f"{entrant_in_words(e)}: {variant(score.settings[0])}"
        for column in columns
        for e, score in column.scores.items()
        if len(score.settings) == 1 and not score.settings[0].is_plain
    )
    return f"† {'; '.join(other)}." if other else ""


def _fewer(columns: Sequence[Column]) -> str:
    """On how many sets of networks methods were measured that were not on all."""
    told = []
    for column in columns:
        counts = {e: len(score.values) for e, score in column.scores.items()}
        fewer = sorted({n for e, n in counts.items() if column.on_fewer_sets(e)})
        if fewer:
            title, sets = column.example.scenario.title, listed(map(str, fewer), "or")
            told.append(f"‡ {title}: on {sets} of these {max(counts.values())} sets of networks")
    return f"{'; '.join(told)}: compared with others on these alone." if told else ""


def _exceptions(columns: Sequence[Column]) -> tuple[str, str]:
    """What is said of entrants that merged fewer sets, and of those that failed on some."""
    failed = [
        f"{column.example.scenario.title}: {entrant_in_words(entrant, column.chosen_by)}, "
        f"{numbers.interval(found, 0, 0)}"
        for column in columns
        for entrant, found in column.failed.items()
    ]
    told = f"Left out, as some of their merges failed: {'; '.join(failed)}." if failed else ""
    return _fewer(columns), told


def _references(label: str, values: Sequence, columns: Sequence[Column]) -> dict[str, str]:
    told = {
        c.example.scenario.title: per_cent(v) if not isnan(v.estimate) else numbers.DASH
        for c, v in zip(columns, values, strict=True)
    }
    blank = numbers.DASH
    return {"Method": label, "Sees": blank, "As good as the best": blank, **told, "Time": blank}


def _numbers(column: Column) -> list[dict[str, object]]:
    """The rows to compute with, one an entrant."""
    example, rows = column.example, []
    for entrant, score in column.scores.items():
        found = {"accuracy": score.accuracy, "behind": score.behind, "seconds": score.seconds}
        row = numbers_row(example.condition, example.finish, score.settings[0], found)
        chosen = column.chosen_by if entrant.chosen else ""
        about = {"scenario": example.scenario.slug, "chosen_by": chosen}
        rows.append(about | row | {"settings": len(score.settings), "as_good": score.is_as_good})
    return rows
