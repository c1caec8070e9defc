"""Laws of what cells share: each network's own images, all of them together once, both splits."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from tiny import CPU, PERCEPTRON, pair
from torch import Tensor
from torch.nn.functional import cross_entropy

from basinbench.datasets.catalogue import load
from basinbench.datasets.splits import Independent
from basinbench.runners.measuring.workspace import Workspace
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.inputs import Normalised


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("home"), CPU)


def dealt(*parts: int) -> tuple[Endpoint, ...]:
    """Networks that were trained on these of four disjoint parts."""
    return tuple(
        replace(endpoint, split=Independent(), part=part, parts=4)
        for endpoint, part in zip(pair(PERCEPTRON), parts, strict=True)
    )


def pictures(images: Tensor) -> Counter[bytes]:
    return Counter(image.numpy().tobytes() for image in images)


def whole(workspace: Workspace) -> Normalised:
    """The training set as the recipe of the networks normalises it."""
    return pair(PERCEPTRON)[0].samples(workspace.dataset("digits"))


def same(samples: Normalised, workspace: Workspace, index: Tensor) -> bool:
    """Whether these are the images at `index` of the training set, in whatever order."""
    found, wanted = samples[torch.arange(len(samples))], whole(workspace)[index]
    # The same picture may be in the data set twice, so they are counted.
    return pictures(found[0]) == pictures(wanted[0]) and torch.equal(
        found[1].bincount(), wanted[1].bincount()
    )


@pytest.mark.parametrize("parts", [(0, 1), (2, 2)], ids=["disjoint", "the same"])
def test_networks_share_the_images_that_one_of_them_has_seen(
    workspace: Workspace, parts: tuple[int, ...]
):
    endpoints = dealt(*parts)
    dataset = load("digits")
    deal = Independent().parts(dataset.train.labels, dataset.classes, 4)
    together = torch.cat([deal[part] for part in dict.fromkeys(parts)])
    for found in (workspace.problem(endpoints, 0), workspace.ends(endpoints)):
        assert isinstance(found.samples, Normalised)
        assert same(found.samples, workspace, together)
        for share, part in zip(found.per_network_data or (), parts, strict=True):
            assert isinstance(share, Normalised)
            assert same(share, workspace, deal[part])


def test_networks_of_the_whole_training_set_share_it_as_it_is(workspace: Workspace):
    ends = workspace.ends(pair(PERCEPTRON))
    assert len(ends.samples) == len(load("digits").train.labels)
    assert all(share is ends.samples for share in ends.per_network_data)


def test_every_network_is_scored_on_all_of_both_splits(workspace: Workspace):
    ends = workspace.ends(dealt(0, 1))
    test = replace(whole(workspace), images=workspace.dataset("digits").test)
    for split, samples in (("train", whole(workspace)), ("test", test)):
        images, labels = samples[torch.arange(len(samples))]
        for network, found in zip(ends.networks, ends.scores[split], strict=True):
            outputs = network(images, network.params)
            correct = (outputs.argmax(1) == labels).double()
            assert found.accuracy == pytest.approx(float(correct.mean()))
            assert found.loss == pytest.approx(float(cross_entropy(outputs, labels)), rel=1e-5)
    assert ends.scores["train"] != ends.scores["test"]
