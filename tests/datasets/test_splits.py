"""Splits: parts are disjoint, cover the training set, and have the shares they promise."""

from itertools import product
from math import ceil

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from basinbench.datasets.splits import (
    Biased,
    Dirichlet,
    DisjointClasses,
    Independent,
    Shared,
    SpecialDigit,
    Split,
)

CLASSES = 10
DEALING = [
    Independent(),
    Independent(seed=7),
    DisjointClasses(),
    Biased(),
    SpecialDigit(),
    Dirichlet(minimum=1),
    Dirichlet(0.05, minimum=1),
]
"""Splits that deal every image to exactly one endpoint."""


@st.composite
def label_sets(draw: st.DrawFn) -> Tensor:
    """Labels of 20 to 300 images, every class at least once, in any order and imbalance."""
    extra = draw(st.lists(st.integers(0, CLASSES - 1), min_size=10, max_size=290))
    return torch.tensor(draw(st.permutations([*range(CLASSES), *extra])))


@pytest.mark.parametrize("split", DEALING, ids=repr)
@given(labels=label_sets())
@settings(max_examples=25)
def test_every_image_goes_to_exactly_one_of_two(split: Split, labels: Tensor):
    parts = split.parts(labels, CLASSES, 2)
    assert torch.cat(parts).sort().values.tolist() == list(range(len(labels)))
    assert [part.dtype for part in parts] == [torch.int64] * 2
    again = split.parts(labels, CLASSES, 2)
    assert all(torch.equal(a, b) for a, b in zip(parts, again, strict=True))


@given(labels=label_sets(), count=st.integers(1, 8), seed=st.integers(0, 9))
@settings(max_examples=25)
def test_many_parts(labels: Tensor, count: int, seed: int):
    shared = Shared().parts(labels, CLASSES, count)
    assert [part.tolist() for part in shared] == [list(range(len(labels)))] * count

    independent = Independent(seed).parts(labels, CLASSES, count)
    assert torch.cat(independent).sort().values.tolist() == list(range(len(labels)))
    assert max(map(len, independent)) - min(map(len, independent)) <= 1

    disjoint = DisjointClasses().parts(labels, CLASSES, count)
    assert torch.cat(disjoint).sort().values.tolist() == list(range(len(labels)))
    own = [set(labels[part].tolist()) for part in disjoint]
    assert sum(map(len, own)) == CLASSES  # no class is seen twice
    assert max(map(len, own)) - min(map(len, own)) <= 1


@given(labels=label_sets())
@settings(max_examples=25)
def test_biased_shares(labels: Tensor):
    one, two = Biased().parts(labels, CLASSES, 2)
    for part, share_of_low in ((one, 0.2), (two, 0.8)):
        for is_own, share in ((labels < 5, share_of_low), (labels >= 5, 1 - share_of_low)):
            assert abs(is_own[part].sum() - share * is_own.sum()) <= 0.5 + 1e-9


@given(labels=label_sets(), digit=st.integers(0, 9), share=st.sampled_from([0.05, 0.1, 0.5]))
@settings(max_examples=25)
def test_special_digit_shares(labels: Tensor, digit: int, share: float):
    one, two = SpecialDigit(digit, share).parts(labels, CLASSES, 2)
    whole = labels.bincount(minlength=CLASSES)
    own = labels[one].bincount(minlength=CLASSES)
    for label in range(CLASSES):
        want = int(whole[label]) if label == digit else ceil(share * int(whole[label]))
        assert own[label] == want
    assert not (labels[two] == digit).any()


def test_the_biased_split_is_git_re_basins():
    """Their procedure on a balanced set of 50,000, written here once more with numpy."""
    labels = np.tile(np.arange(100), 500)
    order = np.random.default_rng(123).permutation(50_000)
    low, high = order[labels[order] < 50], order[labels[order] >= 50]
    one, two = Biased().parts(torch.from_numpy(labels), 100, 2)
    np.testing.assert_array_equal(one, np.concatenate([low[:5000], high[5000:]]))
    np.testing.assert_array_equal(two, np.concatenate([high[:5000], low[5000:]]))


def test_seeds_deal_differently():
    labels = torch.arange(200) % CLASSES
    for split in (Independent, Biased, SpecialDigit, Dirichlet):
        one, two = (split(seed=seed).parts(labels, CLASSES, 2)[0] for seed in (0, 1))
        assert not torch.equal(one, two)


def test_independent_parts_have_the_same_distribution():
    labels = torch.arange(10_000).sort().values * CLASSES // 10_000  # sorted: the worst order
    one, two = Independent().parts(labels, CLASSES, 2)
    for part in (one, two):
        assert (labels[part].bincount() - 500).abs().max() < 100  # 6 standard deviations


@pytest.mark.parametrize("count", [2, 5, 10])
def test_every_client_of_a_dirichlet_split_has_its_minimum(count: int):
    labels = torch.arange(1500) % CLASSES
    for seed, alpha in product(range(5), (0.1, 0.5)):  # at 0.1 the first draw is seldom enough
        split = Dirichlet(alpha, seed, minimum=40)
        parts = split.parts(labels, CLASSES, count)
        assert len(parts) == count, split
        assert min(map(len, parts)) >= 40, split
        assert torch.cat(parts).sort().values.tolist() == list(range(1500)), split
        # who has an equal share gets no further class: one class more at most
        assert max(map(len, parts)) <= 1500 / count + 150, split


def test_a_small_alpha_gives_few_classes_and_a_large_one_all_alike():
    labels = torch.arange(10_000) % CLASSES
    few, all_alike = (
        torch.stack([p.bincount(minlength=CLASSES) for p in parts])
        for parts in (
            [labels[i] for i in Dirichlet(alpha).parts(labels, CLASSES, 5)] for alpha in (0.05, 1e6)
        )
    )
    assert (few > 50).sum() < 25
    assert (all_alike - 200).abs().max() <= 2


def test_dirichlet_proportions_are_pfnms():
    """Their procedure for two clients, written here once more: the first class is never full."""
    labels = torch.arange(1000) % CLASSES
    draw = np.random.default_rng(3)
    draw.permutation(100)
    share = draw.dirichlet([0.5, 0.5])[0]
    one, two = Dirichlet(seed=3).parts(labels, CLASSES, 2)
    assert (labels[one] == 0).sum() == int(100 * share)
    assert (labels[two] == 0).sum() == 100 - int(100 * share)


@pytest.mark.parametrize(
    ("split", "count", "message"),
    [
        (Dirichlet(), 3, "20 images cannot be dealt to 3 endpoints, at least 10 to each"),
        (Biased(), 3, "'biased' makes two parts, not 3"),
        (SpecialDigit(), 3, "'special-digit' makes two parts, not 3"),
        (SpecialDigit(digit=10), 2, "no class 10 among 10"),
        (DisjointClasses(), 11, "10 classes cannot be dealt to 11"),
        (Independent(), 21, "20 images cannot be dealt to 21"),
    ],
)
def test_what_a_split_cannot_do_is_said(split: Split, count: int, message: str):
    with pytest.raises(ValueError, match=message):
        split.parts(torch.arange(20) % CLASSES, CLASSES, count)


def test_a_split_that_no_draw_fits_is_given_up():
    with pytest.raises(ValueError, match="1000 draws gave 5 endpoints never 2 images each of 20"):
        Dirichlet(1e-3, minimum=2).parts(torch.zeros(20, dtype=torch.long), 1, 5)
