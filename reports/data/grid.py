"""One grid's results, read from its tables and cut into conditions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from re import sub

import pandas as pd

from ...results.columns import FAILED
from ...results.labels import each_label, label, network_label
from ...results.store import CELLS, read_image_groups, read_retraining, read_table
from .clustered import Networks, networks_of
from .condition import FACTS, Condition, Series
from .families import method_order
from .named import Named
from .sources import Origin
from .states import standing

FIDELITY = "fidelity"
"""The kind of cells that belong to no condition: each stands on networks of its own."""

PRINTED = ("dataset", "network", "recipe", "split", "networks")
"""What tells conditions apart, as it is printed."""


@dataclass(frozen=True, eq=False)
class GridResults:
    """A grid's name, all its cells, and its conditions in the order of their names.

    `origin` says whose results they are, where there are several folders. `image_groups` has what
    merges achieve on each group of the test images, where that was kept. `left_out` rows of its
    tables are not among the cells: another state of a plug-in has measured the same since.
    """

    name: str
    cells: pd.DataFrame
    conditions: Sequence[Condition]
    origin: Origin = ""
    image_groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    left_out: int = 0

    @property
    def is_planted(self) -> bool:
        """Whether its cells seek planted permutations, and merge nothing."""
        return bool(self.cells["noise"].notna().any())

    @property
    def is_fidelity(self) -> bool:
        """Whether its cells hold methods against their authors' code, and compare nothing else."""
        return bool((self.cells["kind"] == FIDELITY).all())


def read_grid(folder: Path, name: str = "", origin: Origin = "") -> GridResults:
    """The grid whose gathered tables lie in `folder`, by the name of that or by another.

    Its cells have the columns of `results.columns`, the labels `network_label`, `recipe_label` and
    `split_label`, and as `Named` `network_id`, `recipe_id`, `split_id`, `method_id`, `finish_id`
    and `against_id`. Raises
    `FileNotFoundError` where the tables are missing or empty, `ValueError` where they are damaged;
    the text is one sentence.
    """
    table, points = read_table(folder)
    if table.empty:
        raise FileNotFoundError(f"no results: {folder / CELLS} has no rows")
    table, left_out = standing(table)
    cells = with_names(table)
    curves = series_by_cell(points, "lambda")
    retraining = series_by_cell(read_retraining(folder), "epoch")
    merges = (cells["method"] != "") & (cells["against"] == "") & (cells["kind"] != FIDELITY)
    merged = merges & (cells["status"] == "done")
    failed = pd.DataFrame(cells[merges & cells["status"].isin(FAILED)])
    by_facts = cells[merged].groupby(list(FACTS), dropna=False, sort=False)
    groups = [pd.DataFrame(group) for _, group in by_facts]
    groups.sort(key=lambda group: str(_printed(group)))
    found = tuple(sorted(set(cells["method_id"][merged]), key=method_order))
    return GridResults(
        name or folder.name,
        cells,
        [
            _condition(group, own, found, curves, retraining, failed)
            for group, own in zip(groups, _slugs(groups), strict=True)
        ],
        origin,
        read_image_groups(folder),
        left_out,
    )


def with_names(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table, with labels for print and what methods and finishes are known by."""

    def each(function, *columns: str) -> list:
        return [function(*facts) for facts in zip(*(table[c] for c in columns), strict=True)]

    return table.assign(
        network_label=each(network_label, "network_family", "network_params"),
        recipe_label=each(each_label, "recipe", "recipe_params"),
        split_label=each(label, "split", "split_params"),
        network_id=each(Named, "network_family", "network_params"),
        recipe_id=each(Named, "recipe", "recipe_params"),
        split_id=each(Named, "split", "split_params"),
        method_id=each(Named, "method", "method_params", "maps_from"),
        finish_id=each(Named, "finish", "finish_params"),
        against_id=each(Named, "against", "against_params"),
    )


LONGEST = 80
"""Characters of a part of a file's name: systems allow 255 in all."""


def slug(text: object) -> str:
    """`text` fit for a file's name; what is cut or has nothing fit ends in its hash."""
    short = sub(r"[^A-Za-z0-9.]+", "-", str(text)).strip("-.")
    if short and len(short) <= LONGEST:
        return short
    return f"{short[: LONGEST - 9]}-{short_hash(text)}".lstrip("-")


def short_hash(text: object) -> str:
    """Eight hex digits that tell texts apart which look alike."""
    return sha256(str(text).encode()).hexdigest()[:8]


def series_by_cell(table: pd.DataFrame, at: str) -> dict[str, Series]:
    """Cell -> split -> the column `at` -> loss and accuracy."""
    found: dict[str, dict[str, dict[float, tuple[float, float]]]] = defaultdict(dict)
    columns = (table[name].tolist() for name in ("cell", "split", at, "loss", "accuracy"))
    for cell, split, place, loss, accuracy in zip(*columns, strict=True):
        found[cell].setdefault(split, {})[place] = (loss, accuracy)
    return dict(found)


def _condition(
    group: pd.DataFrame,
    name: str,
    found: tuple[Named, ...],
    curves: Mapping[str, Series],
    retraining: Mapping[str, Series],
    failed: pd.DataFrame,
) -> Condition:
    first, keys = group.iloc[0], group["cell"]
    *texts, networks = _printed(group)
    facts = {fact: first[fact] for fact in FACTS if fact != "networks"}
    return Condition(
        *texts,
        networks=networks,
        slug=name,
        facts=facts,
        cells=group,
        curves={key: curves.get(key, {}) for key in keys},
        line_up=found,
        retraining={key: retraining.get(key, {}) for key in keys},
        failed=_failed(failed, facts, networks),
    )


def _failed(
    cells: pd.DataFrame, facts: Mapping[str, str], networks: int
) -> dict[tuple[Named, Named], set[Networks]]:
    """By finish and method the pairs of these facts whose cell failed.

    The digest of data that was not read is blank, as is the number of networks that were not.
    """
    found: dict[tuple[Named, Named], set[Networks]] = defaultdict(set)
    own = cells[cells["networks"].fillna(networks) == networks]
    for fact, value in facts.items():
        same = own[fact] == value
        own = own[same | (own[fact] == "") if fact == "dataset_digest" else same]
    for finish, method, seeds in zip(own["finish_id"], own["method_id"], own["seeds"], strict=True):
        found[finish, method].add(networks_of({**facts, "seeds": seeds}))
    return dict(found)


def _printed(group: pd.DataFrame) -> tuple:
    """The values of `PRINTED`."""
    first = group.iloc[0]
    count = first["networks"]
    texts = (first["dataset"], *(first[f"{n}_label"] for n in ("network", "recipe", "split")))
    return (*texts, 2 if pd.isna(count) else int(count))


def _slugs(groups: Sequence[pd.DataFrame]) -> list[str]:
    """A name a condition: data set and network, and what else is needed to tell them apart."""
    keys = [_printed(group) for group in groups]
    varies = [i < 2 or len({key[i] for key in keys}) > 1 for i in range(len(PRINTED))]
    names = [
        slug("-".join(str(part) for part, used in zip(key, varies, strict=True) if used))
        for key in keys
    ]
    digests = [group.iloc[0]["dataset_digest"] for group in groups]
    told = [  # what is printed alike may rest on other data of the same name
        f"{name}-{slug(digest)[:6]}" if digest and names.count(name) > 1 else name
        for name, digest in zip(names, digests, strict=True)
    ]
    facts = [group.iloc[0][list(FACTS)].tolist() for group in groups]
    return [  # and what is not may be alike but for signs that no file name has
        f"{name}-{short_hash(own)}" if told.count(name) > 1 else name
        for name, own in zip(told, facts, strict=True)
    ]
