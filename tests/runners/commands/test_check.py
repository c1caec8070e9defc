"""`basinbench check`: good methods pass, each broken law is found and said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from console import command

from basinbench.methods.base import Alignment, Method, Problem
from basinbench.methods.catalogue import built_in
from basinbench.methods.identity import Identity
from basinbench.methods.plugins.function import method
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners import checks
from basinbench.runners.checks import LAW_NETWORKS, LAWS, check
from basinbench.runners.networks.alive import network

CHEAPER: dict[str, Method] = {
    "straight-through": StraightThrough(epochs=1, batch=48, judge=48),
}


def faults(method: Method, names: tuple[str, ...] = ("mlp",)) -> dict[str, str]:
    """Law -> the sentence of its first fault."""
    found = check(method, 60, names)
    return {
        law: fault for law, row in found.items() for fault in [f.fault for f in row if f.fault][:1]
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", built_in())
def test_every_method_passes_on_the_mlp(name: str):
    assert faults(CHEAPER.get(name) or built_in()[name]()) == {}


def test_weight_matching_passes_and_recovers_noisy_permutations():
    found = check(WeightMatching(order="widest"), 60, ("mlp", "resnet-bn"))
    assert list(found) == list(LAWS)
    assert not [f for row in found.values() for f in row if f.fault]
    assert found["planted units found, noise 0.1"][0].words == "100%"


@dataclass(frozen=True)
class Broken(WeightMatching):
    """Weight matching with one law broken."""

    how: str = ""
    name: ClassVar[str] = "broken"

    def align(self, problem: Problem) -> Alignment:
        alignment = super().align(problem)
        first, second = problem.networks
        maps = dict(alignment.maps[1])
        if self.how == "inverse":
            maps = {g: m.inverse() for g, m in maps.items() if isinstance(m, Permutation)}
        elif self.how == "global stream":
            torch.rand(1)
        elif self.how == "stream":
            maps["hidden.0"] = Permutation(torch.randperm(32))
        elif self.how == "weights":
            second.params["head.bias"] += 1
        elif self.how == "module":
            with torch.no_grad():
                dict(first.module.named_parameters())["head.bias"].add_(1)
        elif self.how == "mode":
            first.module.train()
        elif self.how == "images":
            problem.training_data.tensors[0].mul_(2)  # type: ignore[attr-defined]
        elif self.how == "moves":
            maps["hidden.0"] = Permutation(torch.arange(32).roll(1))
        elif self.how == "infinite":
            return Alignment(alignment.maps, merged={k: v / 0 for k, v in first.params.items()})
        elif self.how == "raises":
            raise ArithmeticError("no luck")
        return replace(alignment, maps=({}, maps))


SAME, OTHERS = "same seed, same bytes", "nothing else changed"
EQUAL, PLANTED = "equal networks left alone", "planted units found, noise 0"
KEPT = "functions kept, float64"

BROKEN = {
    "inverse": (PLANTED, "of a planted permutation"),
    "global stream": (OTHERS, "changed PyTorch's global random stream"),
    "stream": (SAME, "the same seed gave two results"),
    "weights": (OTHERS, "changed 'head.bias' of network 1"),
    "module": (OTHERS, "changed 'head.bias' of the module of network 0"),
    "mode": (OTHERS, "changed the mode of network 0"),
    "images": (OTHERS, "changed the images"),
    "moves": (EQUAL, "brought apart in group 'hidden.0'"),
    "infinite": (KEPT, "the merge's outputs are not finite"),
    "raises": (KEPT, "ArithmeticError: no luck (test_check.py, line"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_each_broken_law_is_found(how: str):
    law, sentence = BROKEN[how]
    module = network("mlp", 1).module  # which all networks of the kind share
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    try:
        assert sentence in faults(Broken(how=how))[law]
    finally:
        module.eval().load_state_dict(before)


def test_a_false_symmetry_is_no_permutation_of_functions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checks, "equivalence_error", lambda *_: 1e-3)
    assert faults(WeightMatching())[KEPT] == "permutations change the outputs by 1e-03"


def test_a_method_that_claims_nothing_need_not_recover():
    assert faults(Identity()) == {}
    assert "planted" in faults(method("none", name="still")(lambda _: {})())[PLANTED]
    assert faults(method("none", name="still", recovers=False)(lambda _: {})()) == {}


def test_other_maps_and_merges_are_reported_and_not_judged():
    def rotate(problem: Problem):
        units = problem.networks[1].widths["hidden.0"]
        q = torch.linalg.qr(torch.randn(units, units, dtype=torch.float64)).Q
        return {"hidden.0": Linear(q, q.T)}

    found = check(method("none", name="rotation")(rotate)(), 60, ("mlp",))
    assert not [f.fault for row in found.values() for f in row if f.fault]
    assert found[KEPT][0].words == "mixes units"
    average = method("none", name="average")(
        lambda p: {k: (v + p.networks[1].params[k]) / 2 for k, v in p.networks[0].params.items()}
    )
    found = check(average(), 60, ("mlp",))
    assert [row[0].words for row in found.values()][:4] == ["merges", "ok", "ok", "0e+00"]
    assert found[PLANTED][0].words == "–"


def test_a_method_that_cannot_solve_a_network_is_skipped_there():
    skipping = method("none", name="still", skip=lambda _: "needs a miracle")(lambda _: {})
    assert {f.words for row in check(skipping(), 60, ("mlp",)).values() for f in row} == {"skipped"}


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    return lambda *words: command(capsys, *words)


def test_the_command_prints_a_table_and_exits_1_on_a_failure(
    call: Callable[..., tuple[int, str, str]],
):
    code, out, err = call("check", "identity")
    assert (code, err) == (0, "")
    assert all(word in out for word in (*LAW_NETWORKS, *LAWS))
    Path("endless.py").write_text(
        "import basinbench\n@basinbench.method(paper='none')\n"
        "def endless(problem):\n    while True: pass\n"
    )
    code, out, err = call("check", "endless.py", "--align-budget", "0.1s")
    assert (code, err) == (1, "")
    assert out.count("did not finish within 0.1 s") == len(LAW_NETWORKS)
    code, out, err = call("check", "identiti")
    assert (code, out) == (2, "")
    assert "unknown method 'identiti'; did you mean 'identity'?" in err
