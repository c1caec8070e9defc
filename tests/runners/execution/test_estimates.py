"""How long what nobody has run would take: counted by hand, and told by what was run before."""

from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from tiny import CPU, PERCEPTRON, RECIPE, cells, pair
from torch import nn

from basinbench.datasets.catalogue import load
from basinbench.errors import UserError
from basinbench.results.record import Record
from basinbench.runners.execution.durations import Durations
from basinbench.runners.execution.estimates import BACKWARD, Estimates, Rate
from basinbench.runners.finishes import Nothing
from basinbench.runners.folders import shipped_results
from basinbench.runners.measuring.environment import device_name
from basinbench.runners.networks import VGG, Architecture
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore

PRODUCTS = 2 * (64 * 16 + 16 * 16 + 16 * 10)
"""Of the perceptron on one image: pixels, two layers, classes; an addition each."""


@pytest.fixture
def estimates(tmp_path: Path) -> Estimates:
    return Estimates(load, EndpointStore(tmp_path), CPU, Durations(tmp_path))


def test_what_training_computes_is_what_it_multiplies(estimates: Estimates):
    (endpoint, _) = pair(PERCEPTRON)
    images = len(endpoint.samples(load("digits")))
    assert estimates.training_flops(endpoint) == BACKWARD * PRODUCTS * images
    longer = replace(endpoint, recipe=replace(RECIPE, epochs=7))
    assert estimates.training_flops(longer) == 7 * BACKWARD * PRODUCTS * images


def test_a_network_takes_as_long_as_its_like_that_was_trained_here(
    estimates: Estimates, tmp_path: Path
):
    first, second = pair(PERCEPTRON)
    data = load("digits")
    store, module = EndpointStore(tmp_path), PERCEPTRON.build(data.shape, data.classes)
    store.get(first, module, first.samples(data), CPU)
    estimates.know([first, second])
    took = float(store.facts(first)["seconds"])
    assert estimates.rates["mlp"].says == "1 network trained here"
    assert estimates.network(second) == pytest.approx(took)
    longer = replace(second, recipe=replace(RECIPE, epochs=10))
    assert estimates.network(longer) == pytest.approx(10 * took)


def test_without_any_a_few_steps_tell(estimates: Estimates):
    wide = Endpoint(VGG(8, 4), "digits", RECIPE, 0)
    narrow = replace(wide, network=VGG(8, 3))
    estimates.know([wide, narrow])
    assert estimates.rates["vgg"].says == "steps of vgg8-w3"
    assert 0 < estimates.network(narrow) < estimates.network(wide) < 60
    assert isnan(estimates.network(pair(PERCEPTRON)[0])), "of another family nothing is known"


def test_the_rate_of_the_smallest_is_not_that_of_a_large_one(estimates: Estimates):
    """Of small networks most time is not arithmetic: steps of larger ones tell theirs."""
    widths = [Endpoint(VGG(8, width), "digits", RECIPE, 0) for width in (1, 2, 8, 4096)]
    estimates.know(widths)
    rate = estimates.rates["vgg"]
    assert rate.says == "steps of vgg8-w1, vgg8-w8", "the last takes too long to be tried"
    sizes = [estimates.training_flops(each) for each in widths]
    seconds = [estimates.network(each) for each in widths]
    fastest = sizes[2] / seconds[2]
    assert fastest == pytest.approx(max(rate.known.values()))
    assert sizes[0] / seconds[0] < sizes[1] / seconds[1] < fastest
    assert sizes[3] / seconds[3] == pytest.approx(fastest)


class Scaled(nn.Module):
    """A network without any product of matrices."""

    def __init__(self, classes: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)[:, : len(self.scale)] * self.scale


@dataclass(frozen=True)
class Scales(Architecture):
    kind: ClassVar[str] = "scales"

    width: int = 1

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        del shape
        return Scaled(classes)


def test_without_products_there_is_no_rate(estimates: Estimates):
    endpoints = [Endpoint(Scales(width), "digits", RECIPE, 0) for width in (1, 2)]
    estimates.know(endpoints)
    assert isnan(estimates.network(endpoints[0]))
    assert estimates.rates["scales"].says == "steps of scales(width=1)"


def test_between_two_sizes_a_rate_is_read_off():
    rate = Rate({1e3: 1e6, 1e5: 1e8}, "two networks")
    assert rate.at(1e4) == pytest.approx(1e7)
    assert (rate.at(1.0), rate.at(1e9)) == (pytest.approx(1e6), pytest.approx(1e8))


def test_what_finished_cells_took_scales_the_others(estimates: Estimates):
    some, other = cells()[0], cells()[1]
    estimates.know(some.endpoints)
    before = estimates.cell(some), estimates.cell(other)
    row = some.describe() | {"status": "done", "device": device_name(CPU)}
    took = Record(row | {"cell_seconds": 3 * before[0]})
    assert estimates.calibrate({some: took}).startswith("1 finished cell took 3 times")
    assert estimates.cell(some) == pytest.approx(3 * before[0])
    assert estimates.cell(other) == pytest.approx(3 * before[1])
    elsewhere = Record(row | {"device": "Another", "cell_seconds": 9.0})
    assert estimates.calibrate({some: elsewhere}) == ""


def test_a_method_takes_what_it_usually_does_beside_the_evaluation(tmp_path: Path):
    matching = next(cell for cell in cells() if cell.method.name == "weight-matching")
    first, _ = matching.endpoints
    data = load("digits")
    store, module = EndpointStore(tmp_path), PERCEPTRON.build(data.shape, data.classes)
    store.get(first, module, first.samples(data), CPU)
    usual, found = Durations(shipped_results()), []
    for durations in (Durations(tmp_path), usual):
        each = Estimates(load, store, CPU, durations)
        each.know(matching.endpoints)
        found.append(each.cell(matching))
    images = sum(len(data.images(split)) for split in ("train", "validation", "test"))
    rate = each.rates["mlp"].at(PRODUCTS)
    assert found[0] == pytest.approx(PRODUCTS * images * matching.points / rate)
    assert found[1] == pytest.approx(found[0] + usual.alignment(matching))
    assert usual.alignment(matching) > 0


def test_the_budget_is_filled_in_the_order_of_a_run(estimates: Estimates):
    some = cells(finishes=(Nothing(),))
    endpoints = {e for cell in some for e in cell.endpoints}
    estimates.know(endpoints)
    everything = estimates.fitting(some, (), 1e9)
    assert (everything.networks, everything.cells) == (len(endpoints), len(some))
    assert estimates.fitting(some, (), 0.0).cells == 0
    one = estimates.network(some[0].endpoints[0])
    assert estimates.fitting(some, (), 1.5 * one).networks == 1
    assert estimates.fitting(some, endpoints, 1e9).networks == 0


def test_of_data_that_is_not_there_nothing_is_known(tmp_path: Path):
    def absent(name: str):
        raise UserError(f"no data set {name}")

    lost = Estimates(absent, EndpointStore(tmp_path), CPU, Durations(tmp_path))
    lost.know(cells()[0].endpoints)
    assert isnan(lost.network(cells()[0].endpoints[0]))
    assert isnan(lost.cell(cells()[0]))


def test_what_is_known_of_a_family_says_nothing_without_the_data(tmp_path: Path):
    def only_digits(name: str):
        if name != "digits":
            raise UserError(f"no data set {name}")
        return load(name)

    estimates = Estimates(only_digits, EndpointStore(tmp_path), CPU, Durations(tmp_path))
    (there, _) = pair(PERCEPTRON)
    absent = replace(there, dataset="mnist")
    estimates.know([there])
    assert estimates.network(there) > 0
    assert isnan(estimates.network(absent))
    cell = replace(cells()[0], endpoints=(absent, replace(absent, seed=1)))
    assert isnan(estimates.cell(cell))
    assert estimates.fitting([cell], (), 9.0).networks == 2, "what is not known counts as nothing"


def test_no_network_is_too_large_to_be_counted(estimates: Estimates):
    huge = Endpoint(VGG(16, 2048), "digits", RECIPE, 0)
    assert estimates.training_flops(huge) > 1e14
    assert torch.get_default_device() == CPU
