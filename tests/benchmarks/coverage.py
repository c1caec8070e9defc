"""How often the clustered interval holds the true mean: the table of `reports.data.clustered`.

    python tests/benchmarks/coverage.py [--samples 4000]

A number is the sum of the effects of its networks and of one of its own. One network has the share
rho of a pair's variance, and as large a part of the whole in sets of three and five, whose networks
then have 2 rho together. Two seconds on one core.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from scipy.special import stdtrit

from basinbench.reports.data.clustered import Design, Networks, design

SHARES = (0.0, 0.1, 0.2, 0.3)


def sets(*bases: Sequence[int], of: int) -> tuple[Networks, ...]:
    """Each base turned round a circle of `of` networks."""
    return tuple(tuple(str((b + i) % of) for b in base) for base in bases for i in range(of))


def crossed(n: int) -> tuple[Networks, ...]:
    return tuple((str(i), str(j)) for i, j in combinations(range(n), 2))


def disjoint(n: int) -> tuple[Networks, ...]:
    return tuple((str(i), str(i + 1)) for i in range(0, n, 2))


def two_sides(n: int) -> tuple[Networks, ...]:
    return tuple((f"{i}a", f"{j}b") for i, j in product(range(n // 2), repeat=2))


def uneven(n: int) -> tuple[Networks, ...]:
    """About half of all pairs."""
    kept = np.random.default_rng(5).random(n * (n - 1) // 2) < 0.5
    return tuple(pair for pair, there in zip(crossed(n), kept, strict=True) if there)


DESIGNS = {
    **{("all pairs", n): crossed(n) for n in (5, 10, 20)},
    **{("half of them", n): uneven(n) for n in (6, 10, 20)},
    **{("two sides", n): two_sides(n) for n in (6, 10, 20)},
    **{("disjoint pairs", n): disjoint(n) for n in (6, 10, 20)},
    ("sets of three", 10): sets((0, 1, 3), of=10),
    ("sets of five", 10): sets((0, 1, 2, 4, 7), of=10),
}


def drawn(
    networks: tuple[Networks, ...],
    share: float,
    skewed: bool,
    samples: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Numbers of mean 0 and variance 1, (numbers, samples)."""

    def noise(size: int) -> np.ndarray:
        shape = (size, samples)
        return random.exponential(size=shape) - 1 if skewed else random.normal(size=shape)

    names = sorted({name for each in networks for name in each})
    member = np.array([[name in each for name in names] for each in networks], dtype=float)
    together = np.sqrt(2 * share / len(networks[0])) * member @ noise(len(names))
    return together + np.sqrt(1 - 2 * share) * noise(len(networks))


def covered(made: Design, values: np.ndarray, level: float = 0.95) -> float:
    """In which share of the samples (the second axis) the interval holds 0."""
    half = stdtrit(made.freedom, (1 + level) / 2) * made.errors(values)
    return float(np.mean(np.abs(values.mean(axis=0)) <= half))


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of clustered intervals")
    parser.add_argument("--samples", type=int, default=4000)
    samples, random = parser.parse_args().samples, np.random.default_rng(0)
    cases = [*((s, False) for s in SHARES), (0.0, True), (0.2, True), (0.3, True)]
    for (name, n), networks in DESIGNS.items():
        if (made := design(networks)) is None:
            raise RuntimeError(f"{name} of {n} networks show no spread")
        found = [covered(made, drawn(networks, *case, samples, random)) for case in cases]
        print(f"{name:18} {n:5} " + " ".join(f"{100 * each:6.1f}" for each in found))


if __name__ == "__main__":
    main()
