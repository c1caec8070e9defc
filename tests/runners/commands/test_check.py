"""`basinbench check`: good methods pass, each broken law is found and said.

That all methods of this package pass on all networks is said in test_methods.py.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from basinbench.methods import base
from basinbench.methods.base import Alignment, Method, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.plugins.function import method
from basinbench.methods.symmetry.axes import Params
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners import laws
from basinbench.runners.checks import check
from basinbench.runners.laws import LAWS, LawResult
from basinbench.runners.measuring.align import Change
from basinbench.runners.networks.alive import network


def results(method: Method, names: tuple[str, ...] = ("mlp",)) -> dict[str, list[LawResult]]:
    """Name of each law -> what it found."""
    return {law.name: row for law, row in check(method, 60, names).items()}


def faults(method: Method, names: tuple[str, ...] = ("mlp",)) -> dict[str, str]:
    """Law -> the sentence of its first fault."""
    first = {
        law: next((r.fault for r in row if r.fault), None)
        for law, row in results(method, names).items()
    }
    return {law: fault for law, fault in first.items() if fault}


def test_weight_matching_passes_and_recovers_noisy_permutations():
    found = results(WeightMatching(order="widest"), ("mlp", "resnet-bn"))
    assert list(found) == [law.name for law in LAWS]
    assert not [r for row in found.values() for r in row if r.fault]
    assert found["planted units found, noise 0.1"][0].words == "100%"


@dataclass(frozen=True)
class Broken(WeightMatching):
    """Weight matching with one law broken."""

    how: str = ""
    name: ClassVar[str] = "broken"

    def align(self, problem: Problem) -> Alignment:
        alignment = super().align(problem)
        first, second, *_ = problem.networks
        maps = dict(alignment.maps[1])
        if self.how == "inverse":
            maps = {g: m.inverse() for g, m in maps.items() if isinstance(m, Permutation)}
        elif self.how == "PyTorch's stream":
            torch.rand(1)
        elif self.how == "NumPy's stream":
            np.random.rand()  # noqa: NPY002
        elif self.how == "Python's stream":
            random.random()  # noqa: S311
        elif self.how == "stream":
            maps["hidden.0"] = Permutation(torch.randperm(32))
        elif self.how == "weights":
            second.params["head.bias"] += 1
        elif self.how == "module":
            with torch.no_grad():
                dict(first.module.named_parameters())["head.bias"].add_(1)
        elif self.how == "mode":
            first.module.train()
        elif self.how == "gradients":
            first.params["head.bias"].requires_grad_()
        elif self.how in ("images", "labels"):
            tensor = problem.training_data.tensors[self.how == "labels"]  # type: ignore[attr-defined]
            tensor.mul_(2)
        elif self.how == "stats":
            return replace(alignment, stats={"seconds": time.perf_counter()})
        elif self.how == "moves":
            maps["hidden.0"] = Permutation(torch.arange(32).roll(1))
        elif self.how == "infinite":
            return Alignment(alignment.maps, merged={k: v / 0 for k, v in first.params.items()})
        elif self.how == "raises":
            raise ArithmeticError("no luck")
        elif self.how == "reference":
            turned = {"hidden.0": Permutation(torch.arange(32).roll(1))}
            old = maps["hidden.0"]
            assert isinstance(old, Permutation)
            both = turned, maps | {"hidden.0": Permutation(old.index.roll(1))}
            return replace(alignment, maps=(*both, *alignment.maps[2:]))
        elif self.how == "two only" and len(problem.networks) > 2:
            raise ValueError("too many values to unpack")
        return replace(alignment, maps=({}, maps, *alignment.maps[2:]))

    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        merged = super().merge(problem, alignment, weights)
        if self.how == "merge's stream":
            torch.rand(1)
        elif self.how == "end" and weights[0] == 0:
            return {k: v * (1 + 1e-12) for k, v in merged.items()}
        elif self.how == "no mean" and len(weights) > 2:
            return {k: v * 1.01 for k, v in merged.items()}
        elif self.how == "infinite for three" and len(weights) > 2:
            return {k: v / 0 for k, v in merged.items()}
        return merged


SAME, OTHERS = "same seed, same bytes", "nothing else changed"
EQUAL, PLANTED = "equal networks left alone", "planted units found, noise 0"
KEPT, ENDS = "functions kept, float64", "ends of the line kept"
LOST, THREE = "no weight lost", "three networks meet"

BROKEN = {
    "inverse": (PLANTED, "of a planted permutation"),
    "PyTorch's stream": (OTHERS, "changed PyTorch's global random stream"),
    "NumPy's stream": (OTHERS, "changed NumPy's global random stream"),
    "Python's stream": (OTHERS, "changed Python's global random stream"),
    "merge's stream": (OTHERS, "changed PyTorch's global random stream"),
    "stream": (SAME, "the same seed gave two results"),
    "stats": (SAME, "the same seed gave two values of the stat 'seconds'"),
    "weights": (OTHERS, "changed 'head.bias' of network 1"),
    "module": (OTHERS, "changed 'head.bias' of network 0"),
    "mode": (OTHERS, "changed the mode of network 0"),
    "gradients": (OTHERS, "changed the mode of network 0"),
    "images": (OTHERS, "changed the images"),
    "labels": (OTHERS, "changed the labels"),
    "end": (ENDS, "`merge` with the weights (0, 1) is not network 1 in the common basis"),
    "infinite for three": (THREE, "the merge of three networks is not finite"),
    "moves": (EQUAL, "brought apart in group 'hidden.0'"),
    "infinite": (KEPT, "the merge's outputs are not finite"),
    "raises": (KEPT, "ArithmeticError: no luck (test_check.py, line"),
}


def test_each_broken_law_is_found():
    module = network("mlp", 1).module  # which all networks of the kind share
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    for how, (law, sentence) in BROKEN.items():
        try:
            assert sentence in faults(Broken(how=how)).get(law, "no fault"), how
        finally:
            module.eval().load_state_dict(before)


def test_what_is_no_fault_is_told():
    assert faults(Broken()) == {}
    for how, law, words in (
        ("reference", LOST, "reference moved"),
        ("two only", THREE, "two only"),
        ("no mean", THREE, "no mean"),
    ):
        assert faults(Broken(how=how)) == {}
        assert results(Broken(how=how))[law][0].words == words


def test_a_false_symmetry_is_no_permutation_of_functions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(laws, "equivalence_error", lambda *_: Change(1e-3))
    assert faults(WeightMatching())[KEPT] == "permutations change the outputs by 1e-03"


def test_a_transport_that_loses_a_weight_is_found(monkeypatch: pytest.MonkeyPatch):
    def transported(problem: Problem, alignment: Alignment) -> tuple[Params, ...]:
        first, second = base.transported(problem, alignment)
        weight = second["hidden.0.weight"].clone()
        weight[0] = weight[1]
        return first, second | {"hidden.0.weight": weight}

    monkeypatch.setattr(laws, "transported", transported)
    assert (
        faults(Broken(how="two only"))[LOST]
        == "'hidden.0.weight' no longer has the values that it had"
    )


def test_a_method_that_claims_nothing_need_not_recover():
    assert faults(Identity()) == {}
    assert "planted" in faults(method("none", name="still")(lambda _: {})())[PLANTED]
    assert faults(method("none", name="still", recovers=False)(lambda _: {})()) == {}


def test_other_maps_and_merges_are_reported_and_not_judged():
    def rotate(problem: Problem):
        units = problem.networks[1].widths["hidden.0"]
        q = torch.linalg.qr(torch.randn(units, units, dtype=torch.float64)).Q
        return {"hidden.0": Linear(q, q.T)}

    found = results(method("none", name="rotation")(rotate)())
    assert not [r for row in found.values() for r in row if r.fault]
    assert found[KEPT][0].words == "mixes units"
    average = method("none", name="average")(
        lambda p: {k: (v + p.networks[1].params[k]) / 2 for k, v in p.networks[0].params.items()}
    )
    found = {law: row[0].words for law, row in results(average()).items()}
    assert [found[law] for law in (KEPT, SAME, OTHERS)] == ["merges", "ok", "ok"]
    assert {found[law] for law in (LOST, ENDS, PLANTED, THREE)} == {"–"}
    assert found[EQUAL] == "0e+00"


def test_a_method_that_cannot_solve_a_network_is_skipped_there():
    skipping = method("none", name="still", skip=lambda _: "needs a miracle")(lambda _: {})
    assert {r.words for row in results(skipping()).values() for r in row} == {"skipped"}
