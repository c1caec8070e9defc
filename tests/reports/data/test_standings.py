"""Which conditions stand for which situation, and how the methods are ranked in them."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from analytic_records import mlp
from digits_problem import problem
from settled import RESNET, UNEQUAL, VGG8, settled

from basinbench.methods.base import Problem
from basinbench.reports.data.families import FAMILIES, sees
from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.scenarios import examples
from basinbench.reports.data.standings import Entrant, standings
from basinbench.results.store import gather
from basinbench.runners.grids.blocks import each_method

WM, AM, PLAIN = Entrant("weight-matching"), Entrant("activation-matching"), Entrant("identity")


def read(folder, *made):
    gather([each for records in made for each in records], folder)
    return read_grid(folder)


def of(*accuracies, **row):
    names = ("identity", "weight-matching", "activation-matching")
    return [r for name, a in zip(names, accuracies, strict=True) for r in settled(name, a, **row)]


def test_every_situation_is_found_by_its_facts_whatever_the_grid_is_called(tmp_path):
    grid = read(
        tmp_path,
        of(0.7, 0.96, 0.96),
        of(0.1, 0.5, 0.6, network=VGG8),
        of(0.1, 0.5, 0.6, network=RESNET),
        of(0.1, 0.8, 0.8, network=RESNET, finish="reset"),
        of(0.4, 0.7, 0.8, split="biased"),
        of(0.4, 0.7, 0.8, networks=3),
        settled("otfusion-weights", 0.9, network=UNEQUAL),
        settled("otfusion-activations", 0.8, network=UNEQUAL),
    )
    found = {e.scenario.slug: e for e in examples([grid])}
    assert list(found) == ["perceptron", "vgg", "resnet-batch", "split", "many", "unequal"]
    assert found["resnet-batch"].finish == Named("reset")
    assert found["vgg"].finish == Named("none")
    assert found["many"].condition.networks == 3


def test_real_images_come_before_digits_and_untrained_networks_never(tmp_path):
    digits = of(0.1, 0.2, 0.3, dataset="digits")
    more = settled("cca", 0.3, dataset="digits")
    fresh = of(0.1, 0.2, 0.3, network=mlp(9), recipe=named("mnist-short", epochs=0))
    grid = read(tmp_path, digits, more, fresh, of(0.7, 0.96, 0.96))
    (found,) = examples([grid])
    assert (found.condition.dataset, found.condition.network) == ("mnist", "mlp-512x3")
    (left,) = examples([read(tmp_path / "b", digits, more, fresh)])
    assert left.condition.dataset == "digits"


def test_who_is_as_good_as_the_best_most_often_comes_first_and_turns_with_the_numbers(tmp_path):
    ahead = read(tmp_path / "a", of(0.7, 0.96, 0.961), of(0.1, 0.5, 0.6, network=VGG8))
    behind = read(tmp_path / "b", of(0.7, 0.96, 0.961), of(0.1, 0.6, 0.5, network=VGG8))
    for grid, order in ((ahead, [AM, WM, PLAIN]), (behind, [WM, AM, PLAIN])):
        found = standings([grid])
        assert found.everywhere == order
        assert [found.as_good(e) for e in order] == [2, 1, 0]
        telling = found.most_telling
        assert telling is not None
        assert telling.example.scenario.slug == "vgg"
        assert telling.best == order[0]
    assert found.columns[0].scores[PLAIN].behind.estimate == pytest.approx(0.7 - 0.961)


def test_settings_are_chosen_by_validation_images_pair_by_pair_and_never_by_test_images(tmp_path):
    def setting(gamma, test, validation):
        made = settled(named("pfnm", gamma=gamma), test, step=0.0, align_seconds=2.0)
        chosen = zip(made, validation, strict=True)
        return [replace(r, row=r.row | {"validation_accuracy_mid": v}) for r, v in chosen]

    plain = [
        replace(r, row=r.row | {"validation_accuracy_mid": 0.5})
        for r in settled("pfnm", 0.6, step=0.0, align_seconds=2.0)
    ]
    grid = read(
        tmp_path,
        of(0.1, 0.9, 0.9),
        plain,
        setting(1, 0.7, (0.9, 0.1, 0.1)),
        setting(2, 0.99, (0.1, 0.1, 0.4)),
        [  # no choice, whatever it achieves
            replace(r, row=r.row | {"validation_accuracy_mid": 1.0})
            for r in settled(named("pfnm", as_released=True), 0.999, step=0.0)
        ],
    )
    (column,) = standings([grid]).columns
    published, chosen = (column.scores[Entrant("pfnm", c)] for c in (False, True))
    assert column.chosen_by == "validation"
    assert list(published.values.values()) == pytest.approx([0.6, 0.6, 0.6])
    assert list(chosen.values.values()) == pytest.approx([0.7, 0.6, 0.6])
    assert (published.seconds.estimate, chosen.seconds.estimate) == pytest.approx((2.0, 6.0))
    assert (published.sees, chosen.sees) == ("", "labels")


def test_what_has_the_oddities_of_the_authors_code_is_no_plain_method(tmp_path):
    grid = read(
        tmp_path,
        of(0.1, 0.9, 0.9),
        settled(named("zipit", as_released=True), 0.99),
        settled(named("zipit", until=0.5), 0.7),
    )
    (column,) = standings([grid]).columns
    assert column.scores[Entrant("zipit")].settings[0] == named("zipit", until=0.5)


class Unseen:
    """Training data that nobody may look at; or at its images alone."""

    takes_indices = True

    def __init__(self, samples: Any, images: bool):
        self.samples, self.images = samples, images

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index: Any) -> Any:
        if not self.images:
            raise LookupError("looks at images")
        return self.samples[index][0], "no labels"


@pytest.mark.slow
@pytest.mark.parametrize("method", [m for m in each_method() if m.name != "parent"], ids=str)
def test_a_method_sees_of_the_training_data_what_is_said_of_it(method):
    whole = problem()
    generator = torch.Generator().manual_seed(0)
    first, second = whole.networks
    noisy = {k: v + torch.randn(v.shape, generator=generator) for k, v in second.params.items()}
    networks = (first, replace(second, params=noisy))  # no two alike, which are soon matched
    looked = []
    for images in (False, True):
        hidden = Unseen(whole.samples, images)
        try:
            clients = (hidden, hidden) if method.name == "fedma" else None
            method.align(Problem(networks, hidden, 0, clients, validation=hidden))
        except (LookupError, TypeError, AttributeError, ValueError):
            looked.append(True)
        else:
            looked.append(False)
    found = "labels" if looked[1] else "images" if looked[0] else ""
    assert found == sees(Named(method.name)) == FAMILIES[method.name].sees


def test_who_merged_fewer_networks_is_compared_on_these_alone(tmp_path):
    """The best of luck: the two easiest sets have a higher mean than all, whoever merges them."""
    all_of_them = settled("weight-matching", 0.95, sets=8)
    lucky = settled("otfusion-weights", 0.949, sets=8)[-2:]
    (column,) = standings([read(tmp_path / "a", all_of_them, lucky)]).columns
    few = column.scores[Entrant("otfusion-weights")]
    assert few.accuracy.estimate > column.scores[WM].accuracy.estimate
    assert few.behind.estimate == pytest.approx(-0.001)
    assert column.best == column.best_among(column.scores) == WM
    assert [column.on_fewer_sets(e) for e in (WM, Entrant("otfusion-weights"))] == [False, True]
    ahead = settled("frank-wolfe", 0.97, step=0.0011, sets=6)
    (column,) = standings([read(tmp_path / "b", all_of_them, ahead)]).columns
    assert column.best == Entrant("frank-wolfe"), "ahead beyond chance on the sets of both"


def test_methods_are_level_by_the_scenarios_that_both_were_measured_in(tmp_path):
    fusion = Entrant("otfusion-weights")
    grid = read(
        tmp_path,
        of(0.7, 0.96, 0.95),
        settled("otfusion-weights", 0.95),
        of(0.1, 0.5, 0.8, network=VGG8),
        settled("otfusion-weights", 0.8, network=VGG8),
        settled("otfusion-weights", 0.9, network=UNEQUAL),
        settled("otfusion-activations", 0.8, network=UNEQUAL),
    )
    found = standings([grid])
    assert [found.as_good(e) for e in (fusion, WM)] == [2, 1]
    assert found.is_level(WM, fusion), "each of one of the two that both have"
    assert found.is_level(fusion, WM)
    assert not found.is_level(PLAIN, WM)
    assert not found.is_level(Entrant("otfusion-activations"), WM), "never measured together"
