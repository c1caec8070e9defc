"""The tables of methods: what to use, and every method in every scenario."""

import pytest
from analytic_records import named
from settled import VGG8, settled

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.standings import standings
from basinbench.reports.tabulation.headline import shown_scenarios
from basinbench.reports.tabulation.methods import choice_section, method_table, ranking_section
from basinbench.results.store import gather


@pytest.fixture
def found(tmp_path):
    made = [
        settled("identity", 0.5),
        settled("weight-matching", 0.95, align_seconds=0.5),
        settled("activation-matching", 0.951, align_seconds=4.0),
        settled(named("fedma", epochs=0), 0.7),
        settled("identity", 0.1, network=VGG8),
        settled("weight-matching", 0.3, network=VGG8),
        settled("activation-matching", 0.6, network=VGG8),
    ]
    gather([each for records in made for each in records], tmp_path)
    return standings([read_grid(tmp_path)])


def test_what_to_use_has_the_best_the_fastest_as_good_and_the_best_without_data(found):
    rows = choice_section(found).rows.set_index("To merge")
    assert list(rows.index) == ["Perceptron", "VGG"]
    assert rows.loc["Perceptron", "Use"] == "Activation matching"
    assert rows.loc["Perceptron", "As good and fastest"] == "Weight matching"
    assert str(rows.loc["Perceptron", "Time"]).endswith("ms")
    assert rows.loc["VGG", "As good and fastest"] == "Activation matching"
    assert rows.loc["VGG", "Without any data"] == "Weight matching"


def test_the_ranking_marks_who_is_as_good_and_what_is_not_as_it_comes(found):
    section = ranking_section(found)
    rows = section.rows.set_index("Method")
    assert list(rows.index) == [
        "Activation matching",
        "Weight matching",
        "FedMA",
        "Identity",
        "Networks, mean",
        "Their ensemble",
    ]
    assert list(rows["As good as the best"])[:2] == ["2 of 2", "1 of 2"]
    marked = rows["Perceptron"].str.startswith("*")
    assert list(rows.index[marked]) == ["Activation matching", "Weight matching"]
    assert str(rows.loc["FedMA", "Perceptron"]).endswith("†")
    assert "† FedMA: no retraining." in section.caption
    assert rows.loc["FedMA", "VGG"] == "–"


def test_the_first_page_sets_the_most_telling_networks_beside_the_perceptron(found):
    assert shown_scenarios(found) == ["vgg", "perceptron"]
    rows = ranking_section(found, shown_scenarios(found)).rows
    assert list(rows.columns[3:5]) == ["VGG", "Perceptron"]


def test_its_numbers_are_kept_unrounded(found):
    numbers = method_table(found).numbers.set_index(["scenario", "method"])
    assert numbers.loc[("vgg", "weight-matching"), "accuracy"] == pytest.approx(0.301)
    assert numbers.loc[("vgg", "weight-matching"), "behind"] == pytest.approx(-0.3)
    assert not numbers.loc[("vgg", "weight-matching"), "as_good"]
