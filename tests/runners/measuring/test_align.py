"""Laws of the proof and the clock that an alignment goes through, apart from any grid."""

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from demanding_networks import FLOAT32
from digits_problem import problem
from tiny import CPU, PERCEPTRON, cells, lasting
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from basinbench import network
from basinbench.datasets.base import Images
from basinbench.errors import UserError
from basinbench.methods.base import Alignment, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.proving.precisions import rounding
from basinbench.methods.proving.proof import prove
from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing
from basinbench.runners.measuring import align as aligning
from basinbench.runners.measuring.align import NotEquivalentError, align, equivalence_error
from basinbench.runners.measuring.timing import UnequalRunsError, measure, same_result
from basinbench.runners.training.inputs import Normalised


@dataclass(frozen=True)
class Reversing(Identity):
    """Reverses the order of the units of the second network."""

    name: ClassVar[str] = "reversing"

    def align(self, problem: Problem) -> Alignment:
        widths = problem.networks[1].widths
        return Alignment(({}, {g: Permutation(torch.arange(n).flip(0)) for g, n in widths.items()}))


def test_a_true_symmetry_passes_the_proof_and_a_false_one_fails_it():
    aligned = align(Reversing(), problem())
    error = aligned.columns["equivalence_error"]
    assert isinstance(error, float)
    assert 0 < error < 1e-10
    axes = dict(problem().networks[0].symmetry.axes)
    axes["hidden.0.bias"] = (Axis(((Factor(6),),)),)  # as if the bias did not move along
    with pytest.raises(NotEquivalentError, match="changes the networks' outputs by"):
        align(Reversing(), problem(Symmetry(axes)))


@pytest.mark.parametrize("name", FLOAT32)
def test_a_network_of_float32_is_proved_in_float32(name: str):
    """Exact maps pass, with what `prove` takes for rounding; a false symmetry fails."""
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    samples = TensorDataset(x, torch.arange(20) % 3)
    pair = [network(FLOAT32[name](), example=x[:2]) for _ in range(2)]
    whole = Problem(tuple(pair), samples)
    aligned = align(Reversing(), whole)
    proof = prove(pair[1], pair[1].symmetry, x)
    change = equivalence_error(whole, aligned.alignment)
    assert aligned.columns["equivalence_error"] == change.error
    assert change.kind == "float32"
    assert change.error < change.tolerance == rounding(torch.float32) >= proof.tolerance
    axes = dict(pair[1].symmetry.axes)
    axes["b.bias"] = (Axis(((Factor(8),),)),)  # as if the bias did not move along
    wrong = tuple(replace(one, symmetry=Symmetry(axes)) for one in pair)
    with pytest.raises(NotEquivalentError, match=r"may change them by 7e-05 in float32"):
        align(Reversing(), Problem(wrong, samples))


def test_a_network_that_cannot_be_called_is_one_sentence():
    class Refusing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.c = nn.Linear(4, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            if len(x) > 5:
                raise KeyError("too many")
            return self.c(self.a(x).relu())

    x = torch.randn(20, 4)
    pair = tuple(network(Refusing(), example=x[:2]) for _ in range(2))
    with pytest.raises(UserError, match="Refusing cannot be called on the inputs: KeyError"):
        align(Reversing(), Problem(pair, TensorDataset(x, torch.zeros(20).long())))


def test_an_output_that_is_not_a_number_is_no_proof():
    broken = problem()
    broken.networks[0].params["head.bias"][0] = torch.nan
    with pytest.raises(NotEquivalentError, match="outputs are not numbers"):
        align(Reversing(), broken)


def test_without_images_there_is_nothing_to_prove_on():
    aligned = align(Reversing(), replace(problem(), samples=None))
    assert aligned.columns["equivalence_error"] is None


def test_a_method_that_answers_differently_for_one_seed_is_found_out():
    draw = torch.Generator().manual_seed(0)

    def shuffle() -> Alignment:
        return Alignment(({"g": Permutation(torch.randperm(50, generator=draw))},))

    with pytest.raises(UnequalRunsError, match="two different alignments"):
        measure(shuffle, CPU)


def test_the_second_run_of_a_short_method_is_the_one_that_counts():
    runs: list[int] = []

    def first_is_slow() -> Alignment:
        runs.append(1)
        if len(runs) == 1:
            time.sleep(0.2)
        return Alignment(({},))

    measured = measure(first_is_slow, CPU)
    assert measured.runs == len(runs) == 2
    assert measured.used.seconds < 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of the CPU is known on Linux")
def test_the_peak_is_what_the_method_alone_needs():
    def use(megabytes: int) -> float:
        def work() -> Alignment:
            (torch.ones(megabytes * 2**18) + 0).sum()
            return Alignment(({},))

        return measure(work, CPU).used.peak_bytes / 2**20

    large, small = use(100), use(5)
    assert 190 < large < 230  # the ones and their copy
    assert small < 40


@dataclass(frozen=True)
class Glancing(Identity):
    """Looks at one image, of all the training data and of each share."""

    name: ClassVar[str] = "glancing"

    def align(self, problem: Problem) -> Alignment:
        for samples in (problem.training_data, *(problem.per_network_data or ())):
            samples[torch.tensor([0])]
        return super().align(problem)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of the CPU is known on Linux")
def test_normalising_all_images_is_no_part_of_the_method(monkeypatch: pytest.MonkeyPatch):
    for bound in ("REPEAT_BELOW_SECONDS", "REPEAT_COLD_BELOW_SECONDS"):
        monkeypatch.setattr(aligning, bound, 0)  # the first run is the one that counts
    raw = Images(torch.zeros(250_000, 1, 8, 8, dtype=torch.uint8), torch.zeros(250_000).long())
    whole, share = (Normalised(raw, (0.5,), (1.0,)) for _ in range(2))
    aligned = align(Glancing(), replace(problem(), samples=whole, per_network_data=(share, share)))
    peak = aligned.columns["align_peak_bytes"]
    assert isinstance(peak, int)
    assert aligned.columns["align_runs"] == 1
    assert peak < 0.2 * 4 * raw.images.numel()


def merged(value: float) -> Alignment:
    return Alignment(({}, {}), merged={"a": torch.tensor([1.0, value])})


def linear(value: float) -> Linear:
    return Linear(torch.tensor([[value]]), torch.tensor([[1.0]]))


def test_a_merge_that_has_diverged_has_done_so_twice():
    nan = float("nan")
    assert same_result(merged(nan), merged(nan))
    assert not same_result(merged(nan), merged(1.0))
    assert not same_result(merged(1.0), merged(2.0))
    assert not same_result(merged(1.0), Alignment(({}, {}), merged={}))
    alike = [Alignment(({}, {"a": linear(value)})) for value in (nan, nan, 1.0)]
    assert same_result(alike[0], alike[1])
    assert not same_result(alike[0], alike[2])
    assert measure(lambda: merged(nan), CPU).runs == 2


class Diverging(Identity):
    """Gives a merge of no numbers."""

    name: ClassVar[str] = "diverging"

    def align(self, problem: Problem) -> Alignment:
        own = problem.networks[0].params
        merged = {n: v * torch.nan if v.is_floating_point() else v for n, v in own.items()}
        return Alignment(({}, {}), merged=merged)


def test_a_diverged_merge_is_a_record(tmp_path: Path):
    Engine(tmp_path, CPU).run(cells((Diverging(),), (Nothing(),), (PERCEPTRON,)))
    ((row, _, _),) = lasting(tmp_path).values()
    assert row["status"] == "done"
    assert row["diverged"] is True
