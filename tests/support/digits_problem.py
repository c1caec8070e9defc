"""A problem on digits that no training comes before: one small network, twice."""

import torch
from tiny import RECIPE

from basinbench.datasets.digits import digits
from basinbench.methods.base import Network, Problem
from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace
from basinbench.runners.networks import MLP
from basinbench.runners.training.inputs import normalised


def problem(symmetry: Symmetry | None = None) -> Problem:
    """Both networks with a `symmetry` that need not be true; by default the traced one."""
    data = digits()
    module = MLP((6, 5)).build((1, 8, 8), 10).eval()
    params = {k: v.detach().clone() for k, v in module.state_dict().items()}
    traced = trace(module, torch.zeros(2, 1, 8, 8))
    network = Network(module, params, symmetry or traced)
    return Problem((network, network), normalised(data, data.train, RECIPE))
