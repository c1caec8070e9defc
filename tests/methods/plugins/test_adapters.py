"""Functions in the forms of other repositories, adapted in a line."""

from collections.abc import Callable
from typing import Any

import live_networks
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from basinbench.errors import UserError
from basinbench.methods.base import Network, Problem, transported
from basinbench.methods.plugins import adapters
from basinbench.methods.plugins.function import FunctionMethod
from basinbench.methods.symmetry.maps import Linear
from basinbench.methods.symmetry.permutation_spec import permutation_spec, to_axes_to_perm, unfolded
from basinbench.methods.tracing.trace import trace
from basinbench.runners.checks import check
from basinbench.runners.keys import label_of
from basinbench.runners.measuring.timing import same_result


def loop(ps: Any, params_a: dict[str, Tensor], params_b: dict[str, Tensor]) -> dict[str, Tensor]:
    """Coordinate ascent over a specification, drawing from the global stream."""
    sizes = {p: params_a[axes[0][0]].shape[axes[0][1]] for p, axes in ps.perm_to_axes.items()}
    perm = {p: torch.arange(n) for p, n in sizes.items()}
    for _ in range(10):
        for i in torch.randperm(len(perm)):
            p = list(perm)[i]
            gain = torch.zeros(sizes[p], sizes[p], dtype=torch.float64)
            for key, axis in ps.perm_to_axes[p]:
                b = params_b[key]
                for dim, q in enumerate(ps.axes_to_perm[key]):
                    if q is not None and dim != axis:
                        b = b.index_select(dim, perm[q])
                flat = [w.movedim(axis, 0).reshape(sizes[p], -1) for w in (params_a[key], b)]
                gain += flat[0] @ flat[1].T
            perm[p] = torch.tensor(linear_sum_assignment(gain.numpy(), maximize=True)[1])
    params_b.clear()  # whatever it does with its arguments
    return perm


def nearest(fixed: Tensor, permutee: Tensor) -> Tensor:
    """The row with the largest inner product, by a linear assignment."""
    gain = fixed @ permutee.T
    fixed.zero_()
    return torch.from_numpy(linear_sum_assignment(gain.numpy(), maximize=True)[1])


def match_tensors(metric: dict[str, Tensor], r: float) -> tuple[Tensor, Tensor]:
    """Permute the second to the first by correlation, as ZipIt's form has it."""
    covariance = metric["covariance"]
    n = int(len(covariance) * (1 - r))
    scale = covariance.diagonal().clamp_min(1e-12).rsqrt()
    correlation = covariance * scale[:, None] * scale
    columns = linear_sum_assignment(correlation[:n, n:].numpy(), maximize=True)[1]
    eye = torch.eye(n)
    unmerge = torch.cat([eye, eye[torch.from_numpy(columns)].T])
    covariance.zero_()
    return (unmerge / unmerge.sum(0)).T, unmerge


git_rebasin = adapters.from_weight_matching(loop, name="their-matching", paper="theirs")
rows = adapters.from_matcher(nearest, name="nearest-rows", paper="theirs")
zipped = adapters.from_match_tensors(match_tensors, name="their-zip", paper="theirs")


def test_adapted_functions_are_methods_of_the_module_that_adapts_them():
    for made in (git_rebasin, rows, zipped):
        assert issubclass(made, FunctionMethod)
        assert made.__module__ == __name__
    assert git_rebasin.__doc__ == loop.__doc__
    assert (rows.name, rows.paper, label_of(rows(sweeps=2))) == (
        "nearest-rows",
        "theirs",
        "nearest-rows(sweeps=2)",
    )


@pytest.mark.slow
@pytest.mark.parametrize("made", [git_rebasin, rows, zipped], ids=lambda m: m.name)
def test_adapted_functions_keep_the_laws(made: type[FunctionMethod]):
    found = {law.name: row for law, row in check(made(), 60, ("mlp", "resnet-bn")).items()}
    assert not [f.fault for row in found.values() for f in row if f.fault]
    # from its own identity start a random order finds a residual network only now and then
    networks = 1 if made is git_rebasin else 2
    planted = found["planted units found, noise 0"][:networks]
    assert {f.words for f in planted} == {"100%"}


def flattening() -> tuple[Problem, Network, dict]:
    """A network with a flatten of 4 x 4 places before its linear layer, and it shuffled."""
    module = nn.Sequential(nn.Conv2d(2, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)).eval()
    symmetry = trace(module, torch.zeros(2, 2, 8, 8))
    net = Network(module, live_networks.alive(module, 1), symmetry)
    other, planted = live_networks.shuffled(net)
    return Problem((net, other), live_networks.samples()), net, planted


def as_floats(
    ps: Any, params_a: dict[str, Tensor], params_b: dict[str, Tensor]
) -> tuple[dict[str, Any], None]:
    """As released code has it: whole numbers held as floats, and something beside them."""
    found = loop(ps, params_a, params_b).items()
    return {p: i.float() if n % 2 else i.double().numpy() for n, (p, i) in enumerate(found)}, None


in_floats = adapters.from_weight_matching(as_floats, name="float-matching", paper="theirs")


def in_halves(
    ps: Any, params_a: dict[str, Tensor], params_b: dict[str, Tensor]
) -> dict[str, Tensor]:
    return {p: index + 0.5 for p, index in loop(ps, params_a, params_b).items()}


def test_whole_numbers_held_as_floats_are_indices():
    adapted(in_floats)
    halves = adapters.from_weight_matching(in_halves, name="half-matching", paper="theirs")
    with pytest.raises(UserError, match="not whole numbers"):
        halves().align(flattening()[0])


def adapted(made: Callable[..., FunctionMethod], **values: int) -> None:
    problem, _, planted = flattening()
    maps = made(**values).align(problem).maps[1]
    assert maps == {g: m.inverse() for g, m in planted.items()}


def test_a_flatten_is_unfolded():
    adapted(git_rebasin)
    adapted(rows)
    adapted(rows, sweeps=2)
    _, net, _ = flattening()
    assert permutation_spec(net.symmetry).axes_to_perm["3.weight"] == (None, "0", None)
    assert unfolded(net.symmetry, net.params)["3.weight"].shape == (3, 6, 16)


def test_where_nothing_is_flattened_the_specification_is_the_plain_one():
    net = live_networks.network("vgg-bn", 1)
    spec = permutation_spec(net.symmetry)
    assert spec.axes_to_perm == to_axes_to_perm(net.symmetry)
    assert set(spec.perm_to_axes) == set(net.widths)
    params = unfolded(net.symmetry, net.params)
    assert all(torch.equal(params[k], v) for k, v in net.params.items())
    for perm, places in spec.perm_to_axes.items():
        assert all(params[key].shape[dim] == net.widths[perm] for key, dim in places)
        assert all(spec.axes_to_perm[key][dim] == perm for key, dim in places)


def test_a_concatenation_is_cut():
    from small_networks import traced

    module, _, symmetry = traced("concatenation")
    params = unfolded(symmetry, module.state_dict())
    cut = [v for k, v in params.items() if k.startswith("head.weight[")]
    assert [v.shape[1] for v in cut] == [4, 5, 9]
    assert torch.equal(torch.cat(cut, 1), module.state_dict()["head.weight"])


def test_zips_of_a_shuffled_network_average_to_the_network():
    net = live_networks.network("mlp", 1)
    other, _ = live_networks.shuffled(net)
    problem = Problem((net, other), live_networks.samples())
    alignment = zipped().align(problem)
    assert isinstance(alignment.maps[1]["hidden.0"], Linear)
    merged = zipped().merge(problem, alignment, [0.5, 0.5])
    x = live_networks.samples(8)[:][0]
    torch.testing.assert_close(net(x, merged), net(x))


def test_three_networks_each_meet_the_first():
    net = live_networks.network("mlp", 1)
    others = [live_networks.shuffled(net, seed)[0] for seed in (1, 2)]
    problem = Problem((net, *others), live_networks.samples())
    for made in (git_rebasin, rows):
        for moved in transported(problem, made().align(problem)):
            assert all(torch.equal(moved[k], v) for k, v in net.params.items())


def test_the_seed_of_the_problem_is_that_of_the_function():
    problem = live_networks.problem("resnet-ln")
    assert same_result(git_rebasin().align(problem), git_rebasin().align(problem))
