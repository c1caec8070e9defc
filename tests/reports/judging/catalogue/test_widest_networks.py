"""A claim about every architecture leaves out none that the committed tables have."""

import json
from collections import defaultdict

import pandas as pd
from committed_results import RESULTS

from basinbench.reports.data.named import Named
from basinbench.reports.data.sweeps import width_of
from basinbench.reports.judging.catalogue import GRIDS
from basinbench.reports.judging.catalogue.widest_networks import WIDEST_NETWORKS
from basinbench.results.store import CELLS

WIDTHS = ("width", "widths")
FACTS = ["dataset", "network_family", "network_params", "recipe", "recipe_params"]
MERGED = {
    "status": "done",
    "method": "weight-matching",
    "method_params": "{}",
    "split": "shared",
    "networks": "2",
}


def kind(family: str, params: str) -> str:
    """The family and all that it is set to but its width."""
    own = {name: value for name, value in json.loads(params).items() if name not in WIDTHS}
    return f"{family} {json.dumps(own, sort_keys=True)}"


def widest_in_the_tables() -> set[tuple[str, str, Named, Named]]:
    """Grid, data set, network and recipe of the widest of each kind of which two were merged."""
    found: dict[tuple, set[tuple[float, tuple[str, str, Named, Named]]]] = defaultdict(set)
    for grid in GRIDS:
        if not (RESULTS / grid / CELLS).is_file():
            continue
        table = pd.read_csv(RESULTS / grid / CELLS, dtype=str, keep_default_na=False)
        merged = (table[list(MERGED)] == pd.Series(MERGED)).all(axis=1)
        networks = pd.DataFrame(table.loc[merged, FACTS]).drop_duplicates()
        for dataset, family, params, *recipe in networks.itertuples(index=False):
            network = (grid, dataset, Named(family, params), Named(*recipe))
            place = (grid, dataset, kind(family, params))
            found[place].add((width_of(params) or 0, network))
    return {
        network
        for networks in found.values()
        for width, network in networks
        if width == max(width for width, _ in networks)
    }


def test_the_widest_network_of_every_kind_in_the_tables_is_asked():
    asked = {
        (cells.grid, cells.dataset, cells.network, cells.recipe) for _, cells in WIDEST_NETWORKS
    }
    assert asked == widest_in_the_tables()
    assert len(WIDEST_NETWORKS) == len(asked), "and none twice"


def test_statistics_are_reset_where_there_are_some():
    for words, cells in WIDEST_NETWORKS:
        assert isinstance(cells.network, Named)
        has_statistics = cells.network.parameters.get("norm") == "batch"
        assert (cells.finish == Named("reset")) == has_statistics, words
