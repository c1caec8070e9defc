"""Merges of networks trained on real digits, for the laws of what follows a merge."""

from dataclasses import replace
from functools import cache

import torch

from basinbench.datasets.digits import digits
from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Alignment, Network, Problem, weighted_mean
from basinbench.methods.baselines import Identity
from basinbench.methods.symmetry.axes import Params
from basinbench.methods.tracing.trace import trace
from basinbench.methods.wrappers.impossible import nothing_to_match
from basinbench.runners.finishes import Finish
from basinbench.runners.finishes.base import Finished, Merge, MergeContext
from basinbench.runners.networks import MLP, VGG, Architecture, ResNet20
from basinbench.runners.training.inputs import Normalised, normalised
from basinbench.runners.training.recipes import recipe
from basinbench.runners.training.train import train

SHAPE, CLASSES = (1, 8, 8), 10
SHORT = replace(recipe("digits-short"), epochs=2)

PLAIN = MLP((32,))
DEEP = MLP((32, 32, 32))
BATCH = VGG(8, 4, norm="batch")
LAYER = ResNet20(0.25, norm="layer")
"""Convolutions without biases before layer norms: the hard case for a shift."""


@cache
def samples() -> Normalised:
    data = digits()
    return normalised(data, data.train, SHORT)


@cache
def network(architecture: Architecture, seed: int = 0) -> Network:
    module = architecture.build(SHAPE, CLASSES).eval()
    params = train(module, samples(), SHORT, seed=seed)
    return Network(module, params, trace(module, torch.zeros(2, *SHAPE)))


@cache
def context(architecture: Architecture, seeds: tuple[int, ...] = (0, 1)) -> MergeContext:
    """Two trained networks in one basis; without hidden units they are in one as they come."""
    problem = Problem(
        tuple(network(architecture, s) for s in seeds), samples(), 0, validation=samples()
    )
    method = Identity() if nothing_to_match(problem) else ActivationMatching(statistic="pearson")
    alignment = method.align(problem)
    return MergeContext(problem, alignment, samples(), SHORT, 5)


def merge(architecture: Architecture, t: float = 0.5) -> Merge:
    found = context(architecture)
    assert found.ends is not None
    return Merge(weighted_mean(found.ends, (1 - t, t)), (1 - t, t), found)


def alone(architecture: Architecture, params: Params | None = None) -> Merge:
    """One network, without any merge, or other `params` in its form."""
    net = network(architecture)
    own = net.params if params is None else params
    problem = Problem((net, net), samples(), 0, validation=samples())
    return Merge(
        own, (0.5, 0.5), MergeContext(problem, Alignment(({}, {}), merged=own), samples(), SHORT)
    )


def finished(finish: Finish, what: Merge) -> Finished:
    assert finish.skip(what.context) is None
    return finish.apply(what)


def assert_same(a: Params, b: Params) -> None:
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
