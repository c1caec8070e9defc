"""BBP-MAP against a plain loop, in its limits, and over its one parameter that grows layers."""

import pytest
import torch
from torch import Tensor

from basinbench.methods.matching.assignment import assign
from basinbench.methods.matching.bbp_map import Gaussian, UnitMatching, match_units

FEW, MANY = 1e-100, 1e100
"""Masses of the process at which nothing founds a new unit, and everything does."""

seeds = pytest.mark.parametrize("seed", range(5))


def drawn(seed: int, widths: tuple[int, ...], size: int = 12, noise: float = 0.5) -> list[Tensor]:
    """Atoms of clients that share many units, noisy and shuffled."""
    draw = torch.Generator().manual_seed(seed)
    common = torch.randn(max(widths) + 3, size, generator=draw, dtype=torch.float64)
    return [
        common[torch.randperm(len(common), generator=draw)[:n]]
        + noise * torch.randn(n, size, generator=draw, dtype=torch.float64)
        for n in widths
    ]


def matched(
    atoms: list[Tensor],
    gamma: float = 1.0,
    sweeps: int = 2,
    sigma: float = 1.0,
    prior: Gaussian | None = None,
    precisions: list[Tensor] | None = None,
) -> UnitMatching:
    one = torch.ones_like(atoms[0][0])
    return match_units(
        atoms,
        precisions or [one / sigma] * len(atoms),
        prior or Gaussian(0 * one, one),
        gamma,
        sweeps,
        torch.Generator().manual_seed(0),
    )


def plain_loop(atoms, precisions, prior, gamma, visits):
    """The matching as one would write it: an atom and a global unit at a time."""
    clients, index = len(atoms), {}
    for j in visits:
        index.pop(j, None)
        used = sorted({i for own in index.values() for i in own})
        index = {k: [used.index(i) for i in own] for k, own in index.items()}
        new = len(atoms[j])
        gains = torch.zeros(new, len(used) + new, dtype=torch.float64)
        for a, atom in enumerate(atoms[j]):
            x, p = atom * precisions[j], precisions[j]
            for i in range(len(used)):
                having = [k for k, own in index.items() if i in own]
                seen = [(k, atoms[k][index[k].index(i)]) for k in having]
                g = prior.mean * prior.precision + sum(y * precisions[k] for k, y in seen)
                s = prior.precision + sum(precisions[k] for k in having)
                gains[a, i] = ((x + g) ** 2 / (s + p)).sum() - (g**2 / s).sum()
                gains[a, i] += torch.tensor(len(having) / (clients - len(having))).double().log()
            g, s = prior.mean * prior.precision, prior.precision
            for k in range(new):
                gains[a, len(used) + k] = ((x + g) ** 2 / (s + p)).sum() - (g**2 / s).sum()
                gains[a, len(used) + k] += (
                    2 * torch.tensor(gamma / clients / (k + 1)).double().log()
                )
        square = torch.zeros(gains.shape[1], gains.shape[1], dtype=torch.float64)
        square[:new] = gains
        columns = assign(square)[:new].tolist()
        fresh = iter(range(len(used), len(used) + new))
        index[j] = [c if c < len(used) else next(fresh) for c in columns]
    return [torch.tensor(index[j]) for j in range(clients)]


@seeds
@pytest.mark.parametrize("sweeps", [0, 2])
def test_agrees_with_the_plain_loop(seed: int, sweeps: int):
    atoms = drawn(seed, (6, 9, 4))
    draw = torch.Generator().manual_seed(seed)
    precisions = [0.5 + torch.rand(12, generator=draw, dtype=torch.float64) for _ in atoms]
    prior = Gaussian(precisions[0] - 0.8, 0.3 * precisions[1])
    found = matched(atoms, 3.0, sweeps, prior=prior, precisions=precisions)
    order = torch.Generator().manual_seed(0)
    visits = [1, 0, 2]
    for _ in range(sweeps):
        visits += torch.randperm(3, generator=order).tolist()
    expected = plain_loop(atoms, precisions, prior, 3.0, visits)
    assert 9 < found.units < 19, "a case in which units are shared and new ones founded"
    assert all(torch.equal(a, b) for a, b in zip(found.index, expected, strict=True))
    sums, precision = prior.mean * prior.precision, prior.precision
    for i in range(found.units):
        having = [(j, own.tolist().index(i)) for j, own in enumerate(found.index) if i in own]
        total = sums + sum(atoms[j][a] * precisions[j] for j, a in having)
        total /= precision + sum(precisions[j] for j, _ in having)
        torch.testing.assert_close(found.mean[i], total)


@seeds
def test_two_clients_and_no_new_units_are_a_linear_assignment(seed: int):
    a, b = drawn(seed, (20, 20), noise=2.0)
    found = matched([a, b], FEW)
    assert found.units == 20
    best = assign(a @ b.T)
    partners = found.index[1].argsort()[found.index[0]]
    assert torch.equal(partners, best)
    assert not torch.equal(best, torch.arange(20))


@pytest.mark.parametrize(("sigma", "sigma0"), [(1.0, 1.0), (0.1, 3.0), (1.0, 1e12)])
def test_means_shrink_towards_the_prior(sigma: float, sigma0: float):
    one = torch.ones(12, dtype=torch.float64)
    for seed in range(5):
        atoms = drawn(seed, (10, 10))
        found = matched(atoms, FEW, sigma=sigma, prior=Gaussian(0 * one, one / sigma0))
        mean = sum(atom[own.argsort()] for atom, own in zip(atoms, found.index, strict=True)) / 2
        factor = (2 / sigma) / (2 / sigma + 1 / sigma0)
        torch.testing.assert_close(found.mean, factor * mean)


@pytest.mark.parametrize("widths", [(10, 10), (10, 7, 12), (6, 6, 6, 9)])
def test_more_mass_makes_more_units_between_the_largest_and_the_sum(widths: tuple[int, ...]):
    masses = [FEW, 1e-6, 1e-2, 1.0, 1e2, 1e6, MANY]
    found = [
        [matched(drawn(s, widths, noise=1.0), gamma).units for s in range(8)] for gamma in masses
    ]
    assert all(max(widths) <= units <= sum(widths) for row in found for units in row)
    totals = [sum(row) for row in found]
    assert totals == sorted(totals)
    assert len(set(totals)) > 3
    assert set(found[0]) == {max(widths)}
    assert set(found[-1]) == {sum(widths)}


@seeds
def test_shared_units_are_found_and_those_of_one_client_kept(seed: int):
    """Two clients have nine units in common and three of their own each, all orthogonal."""
    draw = torch.Generator().manual_seed(seed)
    units = 5 * torch.linalg.qr(torch.randn(15, 15, generator=draw, dtype=torch.float64)).Q
    a, b = torch.arange(12), torch.tensor([12, 3, 4, 13, 5, 6, 7, 14, 8, 9, 10, 11])
    found = matched([units[a], units[b]])
    assert found.units == 15
    same = found.index[0][:, None] == found.index[1]
    assert torch.equal(same, a[:, None] == b)


def test_maps_put_every_unit_where_it_was_matched():
    atoms = drawn(0, (10, 7))
    found = matched(atoms)
    for atom, own, index in zip(atoms, found.maps(), found.index, strict=True):
        moved = own.apply(atom, 0, reads=False)
        assert moved.shape[0] == own.size == found.units
        assert torch.equal(moved[index], atom)
        assert torch.equal(own.apply(atom, 0, reads=True), moved)
        assert moved.abs().sum() == atom.abs().sum()


def test_diverged_weights_are_an_error_in_a_sentence():
    atoms = drawn(0, (3, 3))
    atoms[1][0, 0] = float("nan")
    with pytest.raises(ValueError, match="not all finite"):
        matched(atoms)


def test_it_has_converged_where_a_whole_sweep_moves_nobody():
    atoms = drawn(0, (9, 9, 9), noise=0.1)
    assert not matched(atoms, sweeps=0).converged  # nobody has looked
    assert matched(atoms, sweeps=3).converged
    found = [matched(drawn(seed, (12, 12, 12, 12), noise=2.0), sweeps=1) for seed in range(6)]
    assert not all(m.converged for m in found)
    for sweeps in range(1, 8):  # once it has, more sweeps change nothing
        now, later = (matched(drawn(1, (9, 7, 8), noise=1.0), sweeps=n) for n in (sweeps, 9))
        if now.converged:
            assert later.converged
            assert later.units == now.units
